"""Part 4: a slow-down of known size, which the harness must find."""

from collections.abc import Mapping

from harness.backends.table import backend_named
from harness.model import Op, Span, Verdict
from harness.runs.settings import PUBLISHING_ROUNDS, Settings
from harness.validation.check import Check, sampling_error
from harness.validation.trials import Say, Trial, compared, measured
from harness.workers.task import Group, Lane

PART = "planted"
CALLS = 100
"""Calls in the statement that is slowed down by adding some more."""
PLANTED = {2: 0.0, 5: 0.8, 10: 0.99}
"""Per cent more calls, and the share of these slow-downs that has to be found, but for chance."""
BACKENDS = ("numpy", "torch-cpu-1t")


def planted(ops: Mapping[str, Op], say: Say, *, quick: bool, patience: float | None = None) -> list[Check]:
    """
    Compare a statement of 100 calls with those of 102, 105 and 110, and count what is called slower.

    Parameters
    ----------
    ops : mapping of str to Op
        The project's ops.
    say : callable
        Told what is being done.
    quick : bool
        Whether to take one op and three rounds only.
    patience : float, optional
        Seconds; see `harness.runs.settings.Settings`.

    Returns
    -------
    list of Check

    Raises
    ------
    MeasureError
        If a process or a lane fails.
    """
    names = ("sin",) if quick else ("abs", "sin", "mean")
    sizes, repeats = ((256, 1024), 1) if quick else ((16, 256, 1024), 6)
    settings = Settings(quick=quick, rounds=3 if quick else PUBLISHING_ROUNDS, patience=patience)
    found: dict[int, list[tuple[Trial, Trial]]] = {more: [] for more in PLANTED}
    for name in names:
        groups = [slowed(ops[name], n) for n in sizes] * repeats
        say(f"{PART}: {name}, {len(groups)} groups, {settings.rounds} rounds")
        for trials in measured(ops[name], groups, rules=settings.rules(), rounds=settings.rounds):
            step = 1 + len(PLANTED)
            for at in range(0, len(trials), step):
                for more, trial in zip(PLANTED, trials[at + 1 : at + step], strict=True):
                    found[more].append((trials[at], trial))
    detail = f"{', '.join(names)} on {' and '.join(BACKENDS)}, {settings.rounds} rounds"
    return [_check(more, pairs, detail) for more, pairs in found.items()]


def slowed(op: Op, n: int) -> Group:
    """
    Return a group with, per backend, the plain statement and the slowed ones.

    Parameters
    ----------
    op : Op
        An op whose spelling is one line.
    n : int
        Elements of the operand.

    Returns
    -------
    Group
    """
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
                    twin=f"+{more}" if more else "",
                )
            )
    return Group(n=n, dtype="float32", lanes=tuple(lanes))


def _check(more: int, pairs: list[tuple[Trial, Trial]], detail: str) -> Check:
    """Return the share of slow-downs of that size that were found."""
    table = compared(pairs)
    found = int((table["verdict"] == Verdict.SLOWER).sum())
    noisy = sum(base.noisy or own.noisy for base, own in pairs)
    share = PLANTED[more]
    return Check(
        part=PART,
        name=f"slow-downs of {more} % found",
        measured=found / len(pairs),
        unit="share",
        low=share - sampling_error(share, len(pairs)) if share else float("-inf"),
        detail=f"{found} of {len(pairs)}, {noisy} of them noisy; real calls added: {detail}",
    )
