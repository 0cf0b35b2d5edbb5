"""One run: what is asked for, the plan, op after op, and what it leaves."""
