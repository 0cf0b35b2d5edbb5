"""What is found out about a function before it is timed, in this process: looked at, planned and checked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from harness.asv import sweep
from harness.functions.contest import Contest, contest
from harness.machine.thread_pools import ThreadPools
from harness.model import Span, Status
from harness.runs.plan import Means, plan
from harness.runs.schedule import Timer, schedule
from harness.runs.settings import Settings
from harness.runs.survey import survey_all
from harness.spellings.contenders import op_of
from harness.spellings.spelling import Spelling
from harness.timing.rules import Rules
from harness.workers.global_state import GlobalState
from harness.workers.group import Equipment, make_ready
from harness.workers.survey import survey
from harness.workers.task import Finding, SurveyTask, Task

if TYPE_CHECKING:
    from collections.abc import Iterator


class SilentPulse:
    """A pulse that nobody reads."""

    lane: int | None = None

    def beat(self, lane: int | None) -> None:
        self.lane = lane


class SamePlace:
    """A worker that looks at functions in this process."""

    def __init__(self) -> None:
        self._answers: Iterator[object] = iter(())

    def give(self, task: SurveyTask) -> None:
        self._answers = survey(task, ThreadPools(), SilentPulse(), GlobalState(ThreadPools()))  # type: ignore[arg-type] # it only beats

    def answer(self, _within: float = 0.0) -> object:
        return next(self._answers)


def asked(
    spellings: dict[str, Spelling],
    *,
    on: str = "torch-cpu",
    grad: bool = False,
    **options: Any,  # noqa: ANN401 - as `op_of` takes them
) -> Contest:
    """Return what is asked for by an argument of `harness.measure` each."""
    return contest(op_of(spellings, **options), on, 60.0, grad=grad)


def declared(
    numpy: str,
    torch: str,
    *,
    dtype: str = "float32",
    backends: tuple[str, ...] = ("numpy", "torch-cpu"),
    **facts: Any,  # noqa: ANN401 - as `sweep` takes them
) -> Contest:
    """Return what is asked for by an op of an operand x that is declared by texts, at one size."""
    op = sweep(numpy=numpy, torch=torch, **facts)(_texts).op
    settings = Settings(backends=backends, dtypes=(dtype,), seconds=60.0)
    return Contest(op=replace(op, sizes=(1024,)), settings=settings)


def _texts(x: object) -> None:
    """Texts."""


def findings(wanted: Contest) -> dict[str, dict[str, Finding]]:
    """Return what is found out about calls at the smallest size, by op and backend."""
    found: dict[str, dict[str, Finding]] = {}
    for (op, backend, span, _n), finding in every_finding(wanted, sizes=1).items():
        if span is not Span.ROUND_TRIP or finding.status is Status.SKIPPED:
            found.setdefault(op, {}).setdefault(backend, finding)
    return found


def every_finding(
    wanted: Contest,
    sizes: int | None = None,
    *,
    changes: Mapping[str, Any] = MappingProxyType({}),
    of_groups: Mapping[str, Any] = MappingProxyType({}),
) -> dict[tuple[str, str, Span, int], Finding]:
    """
    Return what is found out at so many sizes, or all, by op, backend, span and size.

    Tasks and groups may have changes.
    """
    worker: Any = SamePlace()
    state = GlobalState(ThreadPools())
    job: Any = SimpleNamespace(settings=wanted.settings, folder=Path("nowhere"))
    means, ops = Means(memory=10**9), list(wanted.parts or [wanted.op])
    timer = Timer(now=lambda: 0.0, began=0.0, schedule=schedule(wanted.settings, len(ops)))
    found: dict[tuple[str, str, Span, int], Finding] = {}
    for op, skipped in survey_all(ops, worker, job, means, timer):
        planned = plan(op, wanted.settings, means)
        for cell in [*skipped, *planned.skipped]:
            at = op.name, cell.case.backend, cell.case.span, cell.case.n
            found[at] = Finding(status=cell.status, reason=cell.reason)
        for group in (replace(one, **of_groups) for one in planned.groups[:sizes]):
            task = Task(
                op=op,
                groups=(group,),
                rules=Rules(),
                seed=0,
                order=0,
                first=False,
                baseline=wanted.settings.baseline,
                **changes,
            )
            equipment: Any = SimpleNamespace(
                task=task,
                pools=ThreadPools(),
                pulse=SilentPulse(),
                backend=None,
                state=state,
            )
            equipment.backend = lambda lane, equipment=equipment: Equipment.backend(equipment, lane)
            for lane, entrant in zip(group.lanes, make_ready(group, equipment), strict=True):
                found.setdefault((op.name, lane.backend, lane.spans[0], group.n), entrant.finding)
    return found
