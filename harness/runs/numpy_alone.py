"""NumPy timed once more in processes that never import Torch: whether it is slower beside it.

On some builds the import changes which OpenMP or BLAS NumPy gets, and slows it several times over; who has
NumPy code has no Torch in the process.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.backends.table import BASELINE
from harness.model import Span
from harness.runs.findings import OpFindings
from harness.runs.rounds import measure_round
from harness.runs.settings import Settings
from harness.statistics.means import means_of
from harness.timing.rules import Rules
from harness.workers.process import WorkerProcess
from harness.workers.task import Group, Task

ROUNDS = 4
"""Of a run, those that have a round without Torch beside them, each in a process of its own."""
SIZES = 2
"""Of each op: the smallest that has a control, and the next."""
_RULES = Rules(passes=4)


class NumpyAlone:
    """NumPy's calls without Torch, round by round beside those of the run."""

    def __init__(self, ops: Sequence[OpFindings], settings: Settings) -> None:
        # A user's function may need what it imports, Torch among it.
        self._beside, self._settings = [of_op for of_op in ops if of_op.op.function is None], settings
        self._alone = [OpFindings(of_op.op, _calls(of_op.groups)) for of_op in self._beside]

    def measure(self, order: int) -> None:
        """Measure a round in a fresh process."""
        if order >= ROUNDS or not self._alone:
            return
        with WorkerProcess(self._settings.hang_limit, self._settings.start, libraries=("numpy",)) as worker:
            for of_op in self._alone:
                task = Task(
                    op=of_op.op,
                    groups=tuple(of_op.groups),
                    rules=_RULES,
                    seed=self._settings.seed,
                    order=order,
                    check=False,
                    first=False,
                )
                measure_round(task, worker, of_op)

    def facts(self) -> dict[str, float] | None:
        """Return NumPy's time beside Torch over that alone, and the ends of its interval; None if unknown."""
        if not self._alone:
            return None
        # What a process does to all its cells at once is not independent noise, so they are averaged first.
        logs = np.array([self._log_ratios(order) for order in range(ROUNDS)])
        of_rounds = np.array([[np.nanmean(row) if np.isfinite(row).any() else np.nan for row in logs]])
        means = means_of(of_rounds)
        if not math.isfinite(means.squared_error.item()):
            return None
        centre, half = means.centre.item(), means.half_width().item()
        ends = {"ratio": centre, "low": centre - half, "high": centre + half}
        return {name: math.exp(log) for name, log in ends.items()}

    def _log_ratios(self, order: int) -> list[float]:
        """Return the log ratio of each call in a round, NaN where either has no time."""
        ratios = []
        for beside, alone in zip(self._beside, self._alone, strict=True):
            for index, group in enumerate(alone.groups):
                (other,) = (at for at, of_run in enumerate(beside.groups) if _call(of_run) == group)
                lane = beside.groups[other].lanes.index(group.lanes[0])
                pair = beside.seconds(other, lane, order), alone.seconds(index, 0, order)
                ratios.append(math.log(pair[0] / pair[1]))
        return ratios


def _calls(groups: Sequence[Group]) -> list[Group]:
    """Return the baseline by itself at the smaller sizes that have a control."""
    controlled = [group for group in groups if any(Span.CONTROL in lane.spans for lane in group.lanes)]
    return [call for group in controlled[:SIZES] if (call := _call(group))]


def _call(group: Group) -> Group | None:
    """Return a group with nothing but the baseline's call."""
    lanes = [lane for lane in group.lanes if lane.backend == BASELINE and Span.CALL in lane.spans]
    return replace(group, lanes=(lanes[0],)) if lanes else None
