"""How an op is run on operands and held against float64, whatever is known of it."""
