"""Ops x backends x sizes -> groups of contenders; what cannot run is a skipped cell with its reason."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from harness.backends.backend import Backend
from harness.backends.gradients import DIFFERENTIATING
from harness.backends.half_precision import too_slow, undefined
from harness.backends.table import backend_named, without_rival
from harness.model import ITEMSIZE, WAITED_FOR, Case, Cell, Op, Span, Status
from harness.runs.settings import Settings
from harness.timing.loop import UnmeasurableError
from harness.workers.task import Group, Lane

SIZES = tuple(4**power for power in range(2, 13))
"""The default sizes: powers of 4, so that the sides of matrices are whole and all ops share one axis."""
QUICK_SIZES = SIZES[: SIZES.index(4**10) + 1 : 2]
_DOUBLE = 8  # bytes of a float64
_SPARE = 0.8
"""Share of the free memory that a group may plan to use."""


def sizes(op: Op, settings: Settings) -> tuple[int, ...]:
    """Return the sizes at which an op is measured, ascending; it caps its default sizes by what they cost."""
    if op.sizes == ():  # none of a function's can be measured
        return ()
    if op.sizes is not None:
        low, high = settings.min_size or 1, settings.max_size or math.inf
        return tuple(n for n in op.sizes if low <= n <= high)
    default = QUICK_SIZES if settings.quick else SIZES
    low = settings.min_size or default[0]
    high = settings.max_size or max(low, min(default[-1], op.max_size))
    step = 16 if settings.quick else 4
    chosen = [low]
    while chosen[-1] * step <= high:
        chosen.append(chosen[-1] * step)
    return tuple(chosen)


def applies(op: Op, backend: Backend) -> bool:
    """Return whether a backend is another one than those before it for this op."""
    return op.threaded or without_rival(backend.name) != "numpy-1t"


def spans_of(op: Op, backend: Backend) -> tuple[Span, ...]:
    """Return what the clocks of a backend can cover of an op: a graph hangs on operands that are there."""
    if op.function and op.function.part:
        return tuple(span for span in backend.spans if span is not Span.ROUND_TRIP)
    return backend.spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be measured and what will not."""

    groups: tuple[Group, ...] = ()
    skipped: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What this machine has."""

    missing: Mapping[str, str] = field(default_factory=dict)
    """Why a backend cannot run, by backend."""
    memory: int
    """Bytes of host memory that are free."""
    device_memory: Mapping[str, int] = field(default_factory=dict)
    """Bytes of a device's own memory that are free, by backend."""


def plan(op: Op, settings: Settings, means: Means) -> Plan:
    """Decide what is measured of an op: nothing of a function that was not seen to end at any size."""
    if op.sizes == ():
        return Plan()
    swept = sizes(op, settings)
    if not swept:
        return Plan()
    dtypes = settings.dtypes if op.function is None else (op.function.dtype,)
    controlled = {swept[0], swept[len(swept) // 2], swept[-1]}
    plans = [
        plan_size(op, settings, means, n, dtype, control=n in controlled)
        for dtype, n in product(dtypes, swept)
    ]
    return Plan(
        groups=tuple(group for planned in plans for group in planned.groups),
        skipped=tuple(cell for planned in plans for cell in planned.skipped),
    )


def plan_size(op: Op, settings: Settings, means: Means, n: int, dtype: str, *, control: bool = False) -> Plan:
    """Decide what is measured at one size; a control is the baseline's call once more."""
    lanes: list[Lane] = []
    skipped: list[Cell] = []
    named = (backend_named(name, pinned=settings.pinned) for name in settings.backends)
    backends = [backend for backend in named if applies(op, backend)]
    for backend in backends:
        slow = too_slow(op, backend, n, dtype) if settings.max_size is None else ""
        reasons = {
            span: means.missing.get(backend.name)
            or unspelled(op, backend, span)
            or undefined(op, backend, dtype, span)
            or slow
            or _too_large(op, n, dtype, backend, backends, means)
            for span in spans_of(op, backend)
        }
        skipped += [
            Cell(
                case=Case(op=op.name, backend=backend.name, n=n, dtype=dtype, span=span),
                status=Status.SKIPPED,
                reason=reason,
            )
            for span, reason in reasons.items()
            if reason
        ]
        lanes += _lanes(op, backend, [span for span, reason in reasons.items() if not reason])
    call = next(
        (lane for lane in lanes if lane.backend == settings.baseline and Span.CALL in lane.spans), None
    )
    if control and call is not None:
        lanes.append(replace(call, spans=(Span.CONTROL,), twin="control"))
    return Plan(
        groups=(Group(n=n, dtype=dtype, lanes=tuple(lanes)),) if lanes else (), skipped=tuple(skipped)
    )


def _lanes(op: Op, backend: Backend, spans: Iterable[Span]) -> list[Lane]:
    """Return one lane per span, or one for several where statement and clock are the same."""
    spans_of: dict[tuple[str, Span], list[Span]] = {}
    for span in spans:
        clock = Span.CALL if span in WAITED_FOR else span
        spans_of.setdefault((backend.statement(op, span), clock), []).append(span)
    return [
        Lane(backend=backend.name, spans=tuple(alike), statement=statement)
        for (statement, _clock), alike in spans_of.items()
    ]


def unspelled(op: Op, backend: Backend, span: Span) -> str:
    """Return why an op cannot be put to a backend, or an empty text."""
    if op.function and op.function.part and backend.library not in DIFFERENTIATING:
        return "it takes no gradients; leave it out, or write one by hand and measure that"
    if op.spelled(backend.name, backend.library) is None:
        return f"the op has no spelling for {backend.library}"
    try:
        backend.statement(op, span)
    except UnmeasurableError as error:
        return str(error)
    return ""


def _too_large(
    op: Op, n: int, dtype: str, backend: Backend, backends: Iterable[Backend], means: Means
) -> str:
    """Return why a size would not fit in memory, or an empty text."""
    if op.function:  # its survey has seen how much it needs
        return ""
    item, operands = ITEMSIZE[dtype], len(op.operands)
    copies = sum(other.copies(op) for other in backends)
    # Operands and their copies; the float64 reference with its operands, terms and difference; results
    # of which a backward pass keeps four.
    needed = n * (operands * item * (1 + copies) + _DOUBLE * (operands + 3) + 4 * item)
    if needed > _SPARE * means.memory:
        return f"needs about {needed:.2g} bytes of memory, {means.memory:.2g} are free"
    on_device = n * item * (operands + 4)
    free = means.device_memory.get(backend.name)
    if free is not None and on_device > _SPARE * free:
        return f"needs about {on_device:.2g} bytes of device memory, {free:.2g} are free"
    return ""
