"""All that touches asv: the environment plug-in, the base of the benchmarks, and how it is called."""
