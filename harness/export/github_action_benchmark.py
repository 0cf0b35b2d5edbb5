"""A run as github-action-benchmark reads it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.export.selection import cell_name, timed_rounds
from harness.model import Cell
from harness.timing.noise import round_median

_NANOSECONDS = 1e9


def github_action_benchmark(facts: Mapping[str, Any], cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """
    Return a run for github-action-benchmark's tool ``customSmallerIsBetter``, intervals as ranges.

    The format: https://github.com/benchmark-action/github-action-benchmark#examples.
    """
    from harness.statistics.geometric_mean import estimate  # loads NumPy, and the tools' names need none

    libraries = facts["libraries"]
    where = f"{facts['machine'].get('name')}: NumPy {libraries.get('numpy')}, Torch {libraries.get('torch')}"
    rows = []
    for cell in cells:
        rounds = timed_rounds(cell)
        time = estimate(map(round_median, rounds))
        row = {"name": cell_name(cell), "unit": "ns", "value": time.value * _NANOSECONDS}
        if not math.isnan(time.low):
            row["range"] = f"± {(time.high - time.low) / 2 * _NANOSECONDS:.3g}"
        rows.append(row | {"extra": f"{len(rounds)} rounds\n{where}"})
    return rows
