"""A run as Google Benchmark writes it."""

from collections.abc import Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any

from harness.export.selection import cell_name, timed_rounds
from harness.model import Cell
from harness.timing.noise import round_median

_NANOSECONDS = 1e9


def google_benchmark(facts: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
    """
    Return a run as Google Benchmark reports one: a repetition per round, then their mean, median and spread.

    The format: https://google.github.io/benchmark/user_guide.html.
    """
    machine = facts["machine"]
    context = {
        "date": facts["begin"],
        "host_name": machine.get("name"),
        "executable": "harness",
        "num_cpus": machine.get("threads"),
        "cpu_scaling_enabled": machine.get("governor") not in (None, "performance"),
        "caches": [],
        "load_avg": [],
        "library_build_type": "release",
        "note": "cpu_time repeats real_time; the processor time was not measured",
    }
    return {
        "context": context,
        "benchmarks": [row for family, cell in enumerate(cells) for row in _repetitions(family, cell)],
    }


def _repetitions(family: int, cell: Cell) -> list[dict[str, Any]]:
    """Return a cell's rounds as the repetitions of a benchmark, and the aggregates of several."""
    rounds = timed_rounds(cell)
    times = [round_median(round_) * _NANOSECONDS for round_ in rounds]
    common = {
        "family_index": family,
        "per_family_instance_index": 0,
        "run_name": cell_name(cell),
        "repetitions": len(rounds),
        "threads": 1,
    }
    rows = [
        {
            "name": cell_name(cell),
            **common,
            "run_type": "iteration",
            "repetition_index": index,
            "iterations": round_.number * len(round_.samples),
            **_times(time),
        }
        for index, (round_, time) in enumerate(zip(rounds, times, strict=True))
    ]
    if len(times) > 1:
        rows += [
            {
                "name": f"{cell_name(cell)}_{aggregate}",
                **common,
                "run_type": "aggregate",
                "aggregate_name": aggregate,
                "aggregate_unit": "time",
                "iterations": len(times),
                **_times(statistic(times)),
            }
            for aggregate, statistic in (("mean", fmean), ("median", median), ("stddev", stdev))
        ]
    return rows


def _times(nanoseconds: float) -> dict[str, Any]:
    """Return a time as the format spells it; its readers need a ``cpu_time``, which nobody measured."""
    return {"real_time": nanoseconds, "cpu_time": nanoseconds, "time_unit": "ns"}
