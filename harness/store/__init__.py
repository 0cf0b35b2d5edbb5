"""Runs on disk: written whole, read by columns, checked and merged."""
