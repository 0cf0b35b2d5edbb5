"""How a time is taken: the loop, the warm-up, the turns of mirrored passes, and which blocks are disturbed."""
