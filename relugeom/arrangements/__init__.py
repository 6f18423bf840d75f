"""arrangements"""
