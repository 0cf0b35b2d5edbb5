"""A run: all its ops breadth first, round after round, so that there is an answer for each before the end."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from harness.errors import MeasureError
from harness.machine import gpus
from harness.machine.card import free_memory
from harness.model import Cache, Cell, Op, Status
from harness.names import is_plain
from harness.runs.ceilings import hold_against_ceilings, is_counted
from harness.runs.decisions import close_decided, refine
from harness.runs.findings import OpFindings
from harness.runs.job import Job
from harness.runs.lifecycle import add_facts, begin, refuse_other_versions
from harness.runs.numpy_alone import NumpyAlone
from harness.runs.plan import Means, plan
from harness.runs.progress import Standing, Step, Tell
from harness.runs.rounds import measure_round
from harness.runs.schedule import Timer, schedule
from harness.runs.standings import standings
from harness.runs.survey import survey_all
from harness.spellings.provenance import provenance
from harness.store.op_files import write_op
from harness.timing.rules import Rules
from harness.workers.parents import Parents
from harness.workers.task import Task

ADDED_ROUNDS = 2
"""Rounds for which there has to be time where sizes are added; those of which most is decided take less."""
FIRST_CALLS = 3
"""Rounds in which the first call of each statement is timed by itself, a figure without an interval."""
TOLD_SHARE = 0.02
"""Of a run's time, what the answers on the way may take for each op: they take the longer the more rounds."""
GRACE = 1.0
"""Seconds by which a user's function may keep a run beyond its time."""
FEWEST_ROUNDS = 2
"""Rounds that every op gets however little time there is: one alone tells no interval."""


@dataclass(slots=True, kw_only=True)
class Sweep:
    """An op on its way through the rounds."""

    findings: OpFindings
    skipped: list[Cell] = field(default_factory=list)
    seconds: float = 0.0
    last: float = 0.0
    """Seconds of its last round."""
    told: float = -math.inf
    """When its answers were last worked out."""
    telling: float = 0.0
    """Seconds that this took."""

    @property
    def op(self) -> Op:
        """What is measured."""
        return self.findings.op

    def is_open(self) -> bool:
        """Whether any of its lanes is still measured."""
        return any(self.findings.live_lanes(group) for group in range(len(self.findings.groups)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run found."""

    cells: dict[str, list[Cell]]  # by op
    seconds: dict[str, float]  # by op
    stopped: bool
    """Whether it was ended by hand before its time."""


def measure_run(
    job: Job,
    ops: Sequence[Op],
    parents: Parents,
    tell: Tell = lambda _step: None,
    now: Callable[[], float] = time.perf_counter,
) -> Measured:
    """
    Measure ops and store their cells; the run begins if it has not.

    A KeyboardInterrupt ends it with what is there; where that is nothing, it is raised.
    """
    for op in ops:
        if not is_plain(op.name):
            raise MeasureError(f"an op is called {op.name[:40]!r}, which cannot be a file's name; rename it")
    functions = [op for op in ops if op.function]
    timer = Timer(
        now=now,
        began=now(),
        schedule=schedule(job.settings, len(ops)),
        # Who asks about a function of their own has said how long to wait.
        grace=GRACE if ops and all(op.function for op in ops) else math.inf,
    )
    libraries = _libraries(job, ops, parents, timer, tell)
    means = Means(
        missing=libraries["missing"], memory=free_memory(), device_memory=libraries["device_memory"]
    )
    if functions:
        tell(_next(timer, "a first look at the functions"))
    looked_at = survey_all(ops, parents.of_round(0), job, means, timer)
    sweeps = [_sweep(op, skipped, job, means) for op, skipped in looked_at]
    alone = NumpyAlone([sweep.findings for sweep in sweeps], job.settings)
    stopped = False
    try:
        _measure_rounds(sweeps, alone, job, means, parents, timer, tell)
        for sweep in sweeps:
            if sweep.is_open():
                tell(_step(sweep, job, "answering", timer, done=True))
    except KeyboardInterrupt:
        if not any(sweep.findings.rounds() for sweep in sweeps):
            raise
        stopped = True
    cells = [cell for sweep in sweeps for cell in sweep.findings.cells()]
    guessed = [op.name for op in functions if op.function and op.function.moved is None]
    judged = hold_against_ceilings(cells, parents.of_round(0), job, libraries, guessed)
    told = {sweep.op.name: provenance(sweep.op) for sweep in sweeps if sweep.op.function}
    add_facts(job, numpy_alone=alone.facts(), **({"functions": told} if told else {}))
    return _store(job, sweeps, judged, timer, stopped=stopped)


def _libraries(job: Job, ops: Sequence[Op], parents: Parents, timer: Timer, tell: Tell) -> dict[str, Any]:
    """Return what the processes have imported; begin the run with it if it has not begun."""
    tell(_next(timer, "starting the processes that measure"))
    if not timer.start(parents, timer.schedule.rounds_to_start(0)) and not parents.count:
        raise MeasureError(
            f"no process that measures was ready after {timer.elapsed:.0f} s, on a machine that is busy or "
            "cold; try once more, or give it more seconds"
        )
    gpu_processes = gpus.processes()
    libraries = parents.of_round(0).libraries(job.settings.backends, timer.left() + timer.grace)
    refuse_other_versions(libraries)
    if not (job.folder / "run.json").exists():
        # They take a second, which a short run of what nobody has counted has a better use for.
        with_ceilings = any(map(is_counted, ops)) or not job.settings.quick
        if with_ceilings:
            tell(_next(timer, "measuring how fast this machine can be"))
        begin(
            job,
            libraries,
            parents.of_round(0),
            gpu_processes,
            looks=len(timer.schedule.looks),
            with_ceilings=with_ceilings,
        )
    return libraries


def _sweep(op: Op, skipped: Sequence[Cell], job: Job, means: Means) -> Sweep:
    """Return what is to be measured of an op."""
    planned = plan(op, job.settings, means)
    return Sweep(findings=OpFindings(op, planned.groups), skipped=[*skipped, *planned.skipped])


def _measure_rounds(
    sweeps: Sequence[Sweep],
    alone: NumpyAlone,
    job: Job,
    means: Means,
    parents: Parents,
    timer: Timer,
    tell: Tell,
) -> None:
    """Make rounds until all is decided, the time is over or the last is made."""
    looks, random = timer.schedule.looks, Random(job.settings.seed)  # noqa: S311 - an order, not a secret
    for order in range(timer.schedule.rounds):
        waiting = [sweep for sweep in sweeps if sweep.is_open()]
        if not waiting or (order >= FEWEST_ROUNDS and timer.left() < min(s.last for s in waiting)):
            return
        if order >= parents.count and not timer.start(parents, timer.schedule.rounds_to_start(order)):
            return
        for sweep in random.sample(waiting, len(waiting)):
            if order >= FEWEST_ROUNDS and timer.left() < sweep.last:
                continue
            doing = f"round {order + 1} of at most {timer.schedule.rounds}"
            tell(_next(timer, f"{doing}: {sweep.op.name}"))
            _measure_op(sweep, job, parents, order, timer)
            tell(_step(sweep, job, doing, timer))
        alone.measure(order)
        if order + 1 in looks[:-1]:
            look = looks.index(order + 1) + 1
            close_decided([sweep.findings for sweep in sweeps], job, look=look, looks=len(looks))
            has_time = timer.left() > ADDED_ROUNDS * sum(sweep.last for sweep in waiting)
            for sweep in waiting:
                sweep.skipped += refine(sweep.findings, job, means) if has_time else []
                if not sweep.is_open():
                    tell(_step(sweep, job, "decided", timer, done=True))


def _measure_op(sweep: Sweep, job: Job, parents: Parents, order: int, timer: Timer) -> None:
    """Measure one round of an op."""
    began = timer.now()
    settings = job.settings
    task = Task(
        op=sweep.op,
        groups=tuple(
            replace(group, check=sweep.findings.is_new(index))
            for index, group in enumerate(sweep.findings.groups)
        ),
        rules=Rules(),
        seed=settings.seed,
        order=order,
        check=order == 0,
        first=order < FIRST_CALLS,
        cold=settings.l2 == Cache.COLD,
        pinned=settings.pinned,
        baseline=settings.baseline,
    )
    # A user's function may take any time, and who asks has said how long to wait.
    is_bounded = sweep.op.function is not None and settings.seconds is not None
    ends = began + timer.left() + GRACE if is_bounded else math.inf
    measure_round(
        task,
        parents.of_round(order),
        sweep.findings,
        lambda: ends - timer.now(),
    )
    sweep.last = timer.now() - began
    sweep.seconds += sweep.last


def _next(timer: Timer, doing: str) -> Step:
    """Return what begins now."""
    return Step(elapsed=timer.elapsed, seconds=timer.schedule.seconds, doing=doing)


def _step(sweep: Sweep, job: Job, doing: str, timer: Timer, *, done: bool = False) -> Step:
    """Return how far the run is after an op's round, with its answers where these cost little of the time."""
    began = timer.now()
    lines: tuple[Standing, ...] = ()
    noisy = 0
    if done or (began - sweep.told) * TOLD_SHARE >= sweep.telling:
        lines = standings(sweep.findings, job)
        noisy = sum(cell.status is Status.NOISY for cell in sweep.findings.cells())
        sweep.told = timer.now()
        sweep.telling = sweep.told - began
    return Step(
        elapsed=timer.elapsed,
        seconds=timer.schedule.seconds,
        doing=doing,
        standings=lines,
        noisy=noisy,
        done=done,
    )


def _store(
    job: Job, sweeps: Iterable[Sweep], judged: Sequence[Cell], timer: Timer, *, stopped: bool
) -> Measured:
    """Write the cells of each op that has any, and return them."""
    cells: dict[str, list[Cell]] = {}
    measured = [sweep for sweep in sweeps if sweep.findings.rounds() or not sweep.findings.groups]
    for sweep in measured:
        of_op = [cell for cell in judged if cell.case.op == sweep.op.name] + sweep.skipped
        of_op.sort(key=lambda cell: (cell.case.dtype, cell.case.n))
        cost = {
            "timed": sweep.findings.timed,
            "warm_up": sweep.findings.warm_up,
            "starts": timer.starts / len(measured),
            "wall": sweep.seconds + timer.starts / len(measured),
        }
        write_op(job.folder, sweep.op.name, of_op, cost)
        cells[sweep.op.name] = of_op
    return Measured(
        cells=cells, seconds={sweep.op.name: sweep.seconds for sweep in measured}, stopped=stopped
    )
