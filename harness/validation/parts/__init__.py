"""The parts of the battery: one acceptance test of the measuring each, and what it is measured beside."""
