"""From cells to speedups, crossovers and comparisons, and to their sentences."""
