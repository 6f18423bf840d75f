"""The region adjacency graph (dual graph) and the questions asked of it."""
