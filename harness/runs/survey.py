"""What is found out about a user's function before it is measured, and which of its sizes can be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.backends.table import backend_named
from harness.model import WAITED_FOR, Case, Cell, Function, Op, Part, Span, Status
from harness.runs.job import Job
from harness.runs.plan import SIZES, Means, applies, spans_of, unspelled
from harness.runs.schedule import Timer
from harness.units import seconds
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Surveyed, SurveyTask

QUICK = tuple(16 * 8**power for power in range(7))
"""The sizes of a quick look at one function, which has more time for each than nine ops have."""
SHARE = 60
"""Sizes that nobody asked for end where the calls of one take this part of a run's time."""
FEWEST_CALLS = 12
"""Calls in the least that is measured of a size: two rounds, with what is held against double precision."""
UNBOUNDED = 60.0
"""Seconds that stand for those of a run that may take any time."""
MADE = 3
"""Times that the inputs of a size are made for the least that is measured: a first look and two rounds."""
CALLS_OF_PART = 2
"""Calls of a function that one of a part of its gradient takes, of the three together."""
OF_THE_TIME = 0.4
"""Of a run, that the first look at its function may take."""


@dataclass(slots=True, kw_only=True)
class _Sizes:
    """What became of the sizes of a function."""

    looked: dict[int, Surveyed] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)


def survey_all(
    ops: Sequence[Op], worker: WorkerProcess, job: Job, means: Means, timer: Timer
) -> list[tuple[Op, list[Cell]]]:
    """Return ops as `survey` does; one look is enough for the parts of one function's gradient."""
    found: list[tuple[Op, list[Cell]]] = []
    for op in ops:
        known, skipped = found[-1] if found else (op, [])
        if found and op.function and op.function.part and op.spelling is known.spelling:
            found.append((_as(known, op), [_of_op(cell, op) for cell in skipped]))
        else:
            found.append(survey(op, worker, job, means, timer, len(ops)))
    return found


def _as(known: Op, op: Op) -> Op:
    """Return another part of a function whose sizes and operands are known."""
    assert known.function is not None  # noqa: S101 - both are parts of one function
    assert op.function is not None  # noqa: S101 - as above
    same = {name: getattr(known.function, name) for name in ("calls", "dtype", "arguments", "results")}
    return replace(
        op,
        operands=known.operands,
        threaded=known.threaded,
        sizes=known.sizes,
        detach=known.detach,
        function=replace(op.function, **same),
    )


def _of_op(cell: Cell, op: Op) -> Cell:
    """Return a cell as one of another op."""
    return replace(cell, case=replace(cell.case, op=op.name))


def survey(
    op: Op, worker: WorkerProcess, job: Job, means: Means, timer: Timer, ops: int = 1
) -> tuple[Op, list[Cell]]:
    """
    Return a user's function as an op whose sizes and operands are known, and what is skipped of it.

    It is one of so many `ops`, which share the time.
    """
    if op.function is None:
        return op, []
    candidates = op.sizes or (QUICK if job.settings.quick else SIZES)
    total = timer.schedule.seconds / ops if math.isfinite(timer.schedule.seconds) else UNBOUNDED
    total /= CALLS_OF_PART if op.function.part else 1
    task = SurveyTask(
        op=op,
        backends=tuple(name for name in job.settings.backends if _can_run(op, name, means)),
        sizes=candidates,
        seed=job.settings.seed,
        longest=total / (SHARE if op.sizes is None else FEWEST_CALLS),
        memory=means.memory,
    )
    worker.give(task)
    ends = math.inf
    if job.settings.seconds is not None:  # else nobody has said how long to wait
        looks = ops / len(Part) if op.function.part else ops
        ends = timer.now() + OF_THE_TIME * max(timer.left(), 1.0) / looks
    sizes, waiting = _Sizes(), list(candidates)
    while waiting:
        n, began = waiting.pop(0), timer.now()
        answer: Surveyed | Death = worker.answer(ends - began)
        if isinstance(answer, Death):
            sizes.skipped[n] = answer.reason
            if answer.late:
                took, what = seconds(timer.now() - began), "inputs" if answer.lane is None else "calls"
                sizes.skipped[n] = f"its {what} take more than {took}, too long for {seconds(total)} in all"
            # What takes too long or too much takes more at larger sizes.
            if answer.status is not Status.CRASHED or not waiting:
                break
            worker.give(replace(task, sizes=tuple(waiting)))
        elif answer.reason:
            sizes.skipped[n] = answer.reason
        elif answer.arguments or answer.operands:
            sizes.looked[n] = answer
    _leave_out(sizes, candidates, total, asked=op.sizes is not None)
    _leave_others_out(sizes)
    known = _known(op, op.function, sizes)
    return known, _skipped(known, sizes.skipped, job)


def _leave_out(sizes: _Sizes, candidates: Sequence[int], total: float, *, asked: bool) -> None:
    """Skip the sizes that take too long; of those that nobody asked for only the first one is told."""
    for n, seen in list(sizes.looked.items()):
        calls = sum(seen.seconds.values())
        needed = FEWEST_CALLS * calls + MADE * seen.making
        if needed > total:
            del sizes.looked[n]
            if asked or not any(smaller < n for smaller in sizes.looked):
                what = f"calls take {seconds(calls)}"
                what += f" and its inputs {seconds(seen.making)}" if seen.making > calls else ""
                sizes.skipped[n] = (
                    f"its {what}, too long for {seconds(total)} in all; to have it measured give "
                    f"{math.ceil(needed)} seconds"
                )
    if asked:
        open_ = [n for n in candidates if n not in sizes.looked and n not in sizes.skipped]
        last = max((n for n in sizes.skipped if open_ and n < open_[0]), default=None)
        reason = f"n = {last}: {sizes.skipped[last]}" if last else "a smaller size took all of the time"
        sizes.skipped |= dict.fromkeys(open_, reason)


def _leave_others_out(sizes: _Sizes) -> None:
    """Skip the sizes whose arguments or results are put together otherwise than those of the first."""
    if not sizes.looked:
        return
    first = next(iter(sizes.looked.values()))
    results: dict[str, tuple[str, ...]] = {}
    for n, seen in list(sizes.looked.items()):
        for name, paths in seen.results.items():
            results.setdefault(name, paths)
        what = ""
        if (seen.operands, seen.arguments) != (first.operands, first.arguments):
            what = "inputs have"
        elif any(results[name] != paths for name, paths in seen.results.items()):
            what = "results have"
        if what:
            del sizes.looked[n]
            sizes.skipped[n] = (
                f"its {what} other parts than at n = {first.n}; let only the shapes of arrays depend on n"
            )


def _known(op: Op, function: Function, sizes: _Sizes) -> Op:
    """Return a function as an op with what was seen of it."""
    looked = list(sizes.looked.values())
    first = looked[0] if looked else Surveyed(n=0, dtype=function.dtype or "float64", operands=op.operands)
    results = {name: paths for one in looked for name, paths in one.results.items()}
    calls = {
        name: replace(carried, digest=carried.digest or first.digests.get(name, ""))
        for name, carried in function.calls.items()
    }
    return replace(
        op,
        operands=first.operands,
        threaded=any(one.threaded for one in looked),
        detach=any(one.hangs for one in looked),
        sizes=tuple(sizes.looked),
        function=replace(
            function, calls=calls, dtype=first.dtype, arguments=first.arguments, results=results
        ),
    )


def _skipped(op: Op, reasons: Mapping[int, str], job: Job) -> list[Cell]:
    """Return the cells of sizes that are not measured."""
    dtype = op.function.dtype if op.function else ""
    return [
        Cell(
            case=Case(op=op.name, backend=backend, n=n, dtype=dtype, span=span),
            status=Status.SKIPPED,
            reason=reason,
        )
        for n, reason in reasons.items()
        for backend in job.settings.backends
        if applies(op, backend_named(backend))
        for span in spans_of(op, backend_named(backend))
        if span in WAITED_FOR
    ]


def _can_run(op: Op, name: str, means: Means) -> bool:
    """Return whether a function can be tried on a backend."""
    return name not in means.missing and not unspelled(op, backend_named(name), Span.CALL)
