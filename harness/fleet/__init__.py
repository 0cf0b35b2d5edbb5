"""Many machines measured at once: Dask carries orders and runs, each machine has a harness of its own."""
