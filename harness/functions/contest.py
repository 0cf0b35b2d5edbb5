"""What is measured against what: spellings on backends, and the one that all are held against."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.backends.gradients import DIFFERENTIATING
from harness.backends.table import BACKENDS, BASELINE, backend_named, in_order
from harness.errors import UsageError
from harness.model import EVERY, RIVAL, Op
from harness.ops.parts import parts
from harness.runs.settings import DEFAULT, MOST_SECONDS, Settings
from harness.spellings.spelling import NAMESPACE

TORCH = "torch-cpu"
"""Where a rival that names no library is measured if it is a Torch module, or its gradient is taken."""
QUICK_BELOW = 20.0
"""Seconds of a run below which it is a quick one, with fewer sizes and rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """An op, and how it is measured."""

    op: Op
    settings: Settings
    parts: tuple[Op, ...] = ()
    """What is measured in the place of the op: the parts of its gradient, if that is asked for."""


def contest(op: Op, on: str | Iterable[str] | None, seconds: float, *, grad: bool = False) -> Contest:
    """Return how an op of spellings, or its gradient, is measured on backends, in so many seconds."""
    if not 0 < seconds <= MOST_SECONDS:
        raise UsageError(f"{seconds:g} s is not above 0 and up to {MOST_SECONDS:g}, a day")
    asked = _asked(on)
    labels = in_order(_labels(op, asked, grad=grad))
    rivals = _rivals(op, asked)
    if not labels:
        raise UsageError(
            f"none of the spellings ({', '.join(op.spelling)}) is for any of the backends "
            f"({', '.join(asked or DEFAULT.backends)}); name others with on="
        )
    if grad and not any(map(_differentiates, labels)):
        raise UsageError(
            f"none of the backends ({', '.join(labels)}) takes gradients; name others with on=, such "
            f"as {TORCH}"
        )
    able = [label for label in labels if _differentiates(label)] if grad else labels
    first = able[0]
    if rivals and EVERY not in op.spelling and not set(op.spelling) - set(rivals):
        first = next((label for label in able if label.startswith(f"{rivals[0]}{RIVAL}")), first)
    return Contest(
        op=op,
        settings=Settings(
            backends=tuple(labels),
            dtypes=(op.function.dtype or "float64",) if op.function else ("float32",),
            seconds=seconds,
            quick=seconds < QUICK_BELOW,
            baseline=BASELINE if BASELINE in able else first,
        ),
        parts=parts(op) if grad else (),
    )


def libraries() -> tuple[str, ...]:
    """Return the libraries whose names are those of spellings, and of no rival."""
    return tuple(dict.fromkeys(backend.library for backend in BACKENDS.values()))


def _asked(on: str | Iterable[str] | None) -> list[str] | None:
    """Return the backends that are asked for, each of which has to be one; NumPy is the first."""
    if on is None:
        return None
    names = [name.strip() for name in (on.split(",") if isinstance(on, str) else on)]
    if not any(names):
        raise UsageError(
            "on names no backend; leave it out for all, or name some, such as 'numpy, torch-cpu'"
        )
    for name in names:
        backend = backend_named(name)
        if reason := backend.missing():
            raise UsageError(f"{name} cannot be measured here: {reason}; leave it out of on")
    return list(dict.fromkeys(names))


def _differentiates(label: str) -> bool:
    """Return whether a backend takes gradients."""
    return backend_named(label).library in DIFFERENTIATING


def _labels(op: Op, asked: list[str] | None, *, grad: bool) -> list[str]:
    """Return the labels of all cells: a backend's name for a library's spelling, with a rival's in front."""
    usual = [name for name in DEFAULT.backends if not backend_named(name).missing()]
    everywhere = asked or usual
    labels = [name for name in everywhere if op.spelled(name, backend_named(name).library) is not None]
    if labels and asked and not grad and BASELINE not in labels and op.spelled(BASELINE, "numpy") is not None:
        labels.append(BASELINE)
    for rival in _rivals(op, asked):
        takes_xp = f"{NAMESPACE}," in op.spelling[rival] or f"{NAMESPACE}." in op.spelling[rival]
        is_module = _is_module(op, rival)
        where = asked or (usual if takes_xp else [TORCH if is_module or grad else BASELINE])
        labels += [
            f"{rival}{RIVAL}{name}"
            for name in where
            if not is_module or backend_named(name).library == "torch"
        ]
    # NumPy stays to say that it takes none.
    return [label for label in labels if asked or not grad or label == BASELINE or _differentiates(label)]


def _is_module(op: Op, key: str) -> bool:
    """Return whether a spelling calls a Torch module."""
    modules = op.function.torch_modules if op.function else ()
    return op.spelling[key].startswith(tuple(f"{call}(" for call in modules))


def _rivals(op: Op, asked: Iterable[str] | None) -> list[str]:
    """Return the names of rivals, in their order: those that are no library's, others' backends included."""
    known = {EVERY, *libraries(), *(backend_named(name).library for name in asked or ())}
    return [name for name in op.spelling if name not in known]
