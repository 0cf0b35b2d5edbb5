"""One run: what is asked for, the plan, round after round of all its ops, and what it leaves."""
