"""Which backend to take for an op at a size and a number of calls per transfer, and how sure that is."""
