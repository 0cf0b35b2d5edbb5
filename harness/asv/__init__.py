"""All that touches asv: the environment plug-in, the base of the benchmarks, and the results it is handed."""
