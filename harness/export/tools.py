"""The formats of other tools, by the name of the tool."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from harness.export.github_action_benchmark import github_action_benchmark
from harness.export.google_benchmark import google_benchmark
from harness.export.pyperf import pyperf
from harness.model import Cell


class Tool(StrEnum):
    """The tools whose format a run can be written in."""

    PYPERF = "pyperf"
    GOOGLE_BENCHMARK = "google-benchmark"
    GITHUB_ACTION_BENCHMARK = "github-action-benchmark"


FORMATS: Mapping[Tool, Callable[[Mapping[str, Any], Sequence[Cell]], Any]] = {
    Tool.PYPERF: pyperf,
    Tool.GOOGLE_BENCHMARK: google_benchmark,
    Tool.GITHUB_ACTION_BENCHMARK: github_action_benchmark,
}
"""From what a run's ``run.json`` says, and its cells that are exported, to what the tool reads as JSON."""
