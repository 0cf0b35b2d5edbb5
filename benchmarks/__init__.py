"""What is timed: one class per op, one file per family."""
