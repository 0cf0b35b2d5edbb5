"""The cells of a run as figures."""
