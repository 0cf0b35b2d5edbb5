"""How an op is made of what is handed over, carried to a worker, run on operands and held against float64."""
