"""Sweeps of this room take over one another's workers and are short; no figure's size is looked at."""

import pytest


@pytest.fixture(autouse=True)
def _all_are_brief(brief_sweeps: None) -> None:
    """Keep small what a sweep costs beside its test."""
