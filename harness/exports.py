"""A run in the formats of other tools: values that can be written as JSON, and nothing is read or written."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any

from harness.estimate import counted, estimate, round_median
from harness.model import Cell, Round, Status

_NANOSECONDS = 1e9


def exported(cells: Iterable[Cell]) -> list[Cell]:
    """
    Return the cells that another tool may be told of.

    Parameters
    ----------
    cells : iterable of Cell
        Of one run.

    Returns
    -------
    list of Cell
        Those that are `ok`: the formats have no word for noisy, wrong or skipped.
    """
    return [cell for cell in cells if cell.status is Status.OK]


def pyperf(facts: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
    """
    Return a run as a benchmark suite of pyperf: a benchmark per cell, one of its runs per round.

    Parameters
    ----------
    facts : mapping
        What the run's ``run.json`` says.
    cells : sequence of Cell
        From `exported`.

    Returns
    -------
    dict
        In version 1.0 of the format, with the samples that the medians are taken of as values.

    References
    ----------
    https://pyperf.readthedocs.io/en/latest/api.html
    """
    machine, libraries = facts["machine"], facts["libraries"]
    told = {
        "hostname": machine.get("name"),
        "platform": machine.get("os"),
        "cpu_model_name": machine.get("cpu"),
        "cpu_count": machine.get("threads"),
        "python_version": libraries.get("python"),
        "numpy_version": libraries.get("numpy"),
        "torch_version": libraries.get("torch"),
        "commit_id": facts.get("commit"),
        "quick": str(facts["quick"]),
        "date": facts["begin"],
        "unit": "second",
    }
    # pyperf takes no empty value and no line break.
    metadata = {k: " ".join(v.split()) if isinstance(v, str) else v for k, v in told.items() if v}
    return {
        "version": "1.0",
        "metadata": metadata,
        "benchmarks": [
            {
                "metadata": {"name": _name(cell)},
                "runs": [
                    {"metadata": {"loops": found.number}, "values": list(counted(found))}
                    for found in _rounds(cell)
                ],
            }
            for cell in cells
        ],
    }


def google_benchmark(facts: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
    """
    Return a run as Google Benchmark reports one: a repetition per round, then their mean, median and spread.

    Parameters
    ----------
    facts, cells
        See `pyperf`.

    Returns
    -------
    dict
        Times in nanoseconds. ``cpu_time`` is what readers of the format need and nobody measured: it is
        ``real_time`` again, and the context says so.

    References
    ----------
    https://google.github.io/benchmark/user_guide.html
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


def github_action_benchmark(facts: Mapping[str, Any], cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """
    Return a run for github-action-benchmark's tool ``customSmallerIsBetter``.

    Parameters
    ----------
    facts, cells
        See `pyperf`.

    Returns
    -------
    list of dict
        Per cell the median in nanoseconds, and half of its 95 % interval as the range.

    References
    ----------
    https://github.com/benchmark-action/github-action-benchmark#examples
    """
    libraries = facts["libraries"]
    where = f"{facts['machine'].get('name')}: NumPy {libraries.get('numpy')}, Torch {libraries.get('torch')}"
    rows = []
    for cell in cells:
        rounds = _rounds(cell)
        time = estimate(map(round_median, rounds))
        row = {"name": _name(cell), "unit": "ns", "value": time.value * _NANOSECONDS}
        if not math.isnan(time.low):
            row["range"] = f"± {(time.high - time.low) / 2 * _NANOSECONDS:.3g}"
        rows.append(row | {"extra": f"{len(rounds)} rounds\n{where}"})
    return rows


FORMATS: dict[str, Callable[[Mapping[str, Any], Sequence[Cell]], Any]] = {
    "pyperf": pyperf,
    "google-benchmark": google_benchmark,
    "github-action-benchmark": github_action_benchmark,
}
"""By the name of the tool, the function that returns what it reads."""


def _name(cell: Cell) -> str:
    """Return a name that tells a cell from all others of its run."""
    case = cell.case
    return f"{case.op}/{case.backend}/{case.span}/{case.dtype}/{case.n}"


def _rounds(cell: Cell) -> list[Round]:
    """Return the rounds of a cell that have a timing."""
    return [found for found in cell.rounds if found is not None]


def _repetitions(family: int, cell: Cell) -> list[dict[str, Any]]:
    """Return a cell's rounds as the repetitions of a benchmark, and the aggregates of several."""
    rounds = _rounds(cell)
    times = [round_median(found) * _NANOSECONDS for found in rounds]
    common = {
        "family_index": family,
        "per_family_instance_index": 0,
        "run_name": _name(cell),
        "repetitions": len(rounds),
        "threads": 1,
    }
    rows = [
        {
            "name": _name(cell),
            **common,
            "run_type": "iteration",
            "repetition_index": index,
            "iterations": found.number * len(found.samples),
            **_times(time),
        }
        for index, (found, time) in enumerate(zip(rounds, times, strict=True))
    ]
    if len(times) > 1:
        rows += [
            {
                "name": f"{_name(cell)}_{aggregate}",
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
    """Return a time as the format spells it."""
    return {"real_time": nanoseconds, "cpu_time": nanoseconds, "time_unit": "ns"}
