"""A run in files that other programs read."""
