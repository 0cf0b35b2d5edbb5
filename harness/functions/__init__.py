"""Anybody's functions, measured by one call: what may be handed over, where it runs, and what comes back."""
