"""How a time is taken: the loop, the warm-up, turns in mirrored passes, and which blocks are disturbed."""
