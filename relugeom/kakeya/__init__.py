"""kakeya"""
