"""Where an op runs and when it is done: NumPy, Torch on a device, JAX."""
