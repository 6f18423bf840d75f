"""Activation regions: the engines that enumerate them and the table that holds them."""
