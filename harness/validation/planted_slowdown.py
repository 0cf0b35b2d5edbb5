"""A slow-down of known size, which the harness must find."""

from collections.abc import Iterator, Sequence

from harness.backends.table import backend_named
from harness.model import Op, Span, Verdict
from harness.runs.settings import PUBLISHING_ROUNDS, Settings
from harness.validation.check import Check, sampling_error
from harness.validation.trials import Arrangement, Pair, Sitting, Trial, compared, measured_pairs
from harness.workers.task import Group, Lane

PART = "planted"
CALLS = 100
"""Calls in the statement that is slowed down by adding some more."""
PLANTED = {2: 0.0, 5: 0.8, 10: 0.99}
"""Per cent more calls, and the share of these slow-downs that has to be found, but for chance."""
BACKENDS = ("numpy", "torch-cpu-1t")


def planted(sitting: Sitting) -> list[Check]:
    """Compare a statement of 100 calls with those of 102, 105 and 110, and count what is called slower."""
    names = ("sin",) if sitting.quick else ("abs", "sin", "mean")
    sizes, repeats = ((256, 1024), 1) if sitting.quick else ((16, 256, 1024), 6)
    rounds = 3 if sitting.quick else PUBLISHING_ROUNDS
    settings = Settings(quick=sitting.quick, rounds=rounds, patience=sitting.patience)
    pairs: list[Pair] = []
    for name in names:
        op = sitting.ops[name]
        arrangements = [Arrangement(groups=(slowed(op, n),), pair_up=_with_plain) for n in sizes] * repeats
        sitting.say(f"{PART}: {name}, {len(arrangements)} groups, {rounds} rounds")
        pairs += measured_pairs(op, arrangements, settings)
    detail = f"{', '.join(names)} on {' and '.join(BACKENDS)}, {rounds} rounds"
    return [_check(more, [p for p in pairs if p.other.lane.twin == _twin(more)], detail) for more in PLANTED]


def slowed(op: Op, n: int) -> Group:
    """Return a group with, per backend, the plain statement and the slowed ones, of an op in one line."""
    lanes = []
    for backend in map(backend_named, BACKENDS):
        call = backend.statement(op, Span.CALL)
        for more in (0, *PLANTED):
            calls = CALLS + CALLS * more // 100
            lanes.append(
                Lane(
                    backend=backend.name,
                    spans=(Span.CALL,),
                    statement="\n".join([call] * calls),
                    twin=_twin(more),
                )
            )
    return Group(n=n, dtype="float32", lanes=tuple(lanes))


def _twin(more: int) -> str:
    """Return what the lane with so many per cent more calls is called beside the plain one."""
    return f"+{more}" if more else ""


def _with_plain(groups: Sequence[list[Trial]]) -> Iterator[Pair]:
    """Compare every slowed lane with the plain one of its backend, which goes before it."""
    (trials,) = groups
    step = 1 + len(PLANTED)
    for start in range(0, len(trials), step):
        plain, *slower = trials[start : start + step]
        yield from (Pair(plain, trial) for trial in slower)


def _check(more: int, pairs: Sequence[Pair], detail: str) -> Check:
    """Return the share of slow-downs of that size that were found."""
    table = compared(pairs)
    slower = int((table["verdict"] == Verdict.SLOWER).sum())
    noisy = sum(pair.noisy for pair in pairs)
    share = PLANTED[more]
    return Check(
        part=PART,
        name=f"slow-downs of {more} % found",
        measured=slower / len(pairs),
        unit="share",
        low=share - sampling_error(share, len(pairs)) if share else float("-inf"),
        detail=f"{slower} of {len(pairs)}, {noisy} of them noisy; real calls added: {detail}",
    )
