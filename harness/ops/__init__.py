"""How an op's text is run on operands and held against float64."""
