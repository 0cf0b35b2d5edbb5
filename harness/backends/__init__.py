"""Where an op runs and when it is done: NumPy, Torch on the CPU or a GPU, CuPy, JAX, and what others add."""
