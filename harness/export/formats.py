"""The formats of other tools, by the name of the tool."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.export.github_action_benchmark import github_action_benchmark
from harness.export.google_benchmark import google_benchmark
from harness.export.pyperf import pyperf
from harness.model import Cell

FORMATS: dict[str, Callable[[Mapping[str, Any], Sequence[Cell]], Any]] = {
    "pyperf": pyperf,
    "google-benchmark": google_benchmark,
    "github-action-benchmark": github_action_benchmark,
}
"""By the name of the tool, the function that returns what it reads."""
