"""From cells to speedups, crossovers and comparisons, and what must be known to read them."""
