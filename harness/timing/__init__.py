"""How a time is taken: the loop, the warm-up, the turns, which blocks are disturbed, and when to stop."""
