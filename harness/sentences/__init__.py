"""What speedup curves say in words: where a backend is faster, by how much, and what is not known."""
