"""What is timed: one def per op, one file per family."""
