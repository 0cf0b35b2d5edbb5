"""What this computer is, how fast it can be, and what disturbs it."""
