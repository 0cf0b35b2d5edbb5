"""How a time is taken: the loop, the warm-up, interleaved samples, their marks, and when to stop."""
