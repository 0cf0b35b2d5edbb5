"""A run as pyperf reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.export.selection import cell_name, timed_rounds
from harness.model import Cell
from harness.timing.noise import counted_samples


def pyperf(facts: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
    """
    Return a run as a benchmark suite of pyperf: a benchmark per cell, one of its runs per round.

    Version 1.0 of the format, https://pyperf.readthedocs.io/en/latest/api.html.
    """
    machine, libraries = facts["machine"], facts["libraries"]
    entries = {
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
    metadata = {k: " ".join(v.split()) if isinstance(v, str) else v for k, v in entries.items() if v}
    return {
        "version": "1.0",
        "metadata": metadata,
        "benchmarks": [
            {
                "metadata": {"name": cell_name(cell)},
                "runs": [
                    {"metadata": {"loops": round_.number}, "values": list(counted_samples(round_))}
                    for round_ in timed_rounds(cell)
                ],
            }
            for cell in cells
        ],
    }
