"""Which backend to take at a size and a number of calls per transfer, and the laws that times follow."""
