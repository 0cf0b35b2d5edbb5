"""What a cell's time means beside its device's ceilings: rates, shares, and what cannot be true."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness import units
from harness.backends.table import listed
from harness.errors import MeasureError
from harness.model import TIMED, Carried, Ceiling, Cell, Op, Status
from harness.names import one_line
from harness.ops.dtypes import itemsize
from harness.spellings.carrier import load
from harness.statistics.geometric_mean import estimate
from harness.timing.noise import round_median

MARGIN = 1.2
"""How many times faster than its ceilings allow a cell must be to be implausible.

Two products of the same matrices differ by some per cent from one second to the next, and clocks follow
the weather of a shared host; a result that was cached, or not waited for, is faster by powers of ten.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """A cell's time as rates; NaN where one is not defined."""

    bytes_per_second: float
    flop_per_second: float
    ceiling_share: float
    """The least time that the ceilings allow over the time that was taken."""


def work(op: Op, backend: str, n: int, dtype: str) -> tuple[float, float]:
    """
    Return the bytes that a call has to move at least, and the flop that it has to do.

    NaN where they are not counted, or where nothing is moved since the result shares the operand's memory.
    """
    if backend in op.zero_copy:
        return math.nan, math.nan
    if op.function:
        return _counted(op.function.moved, n), _counted(op.function.flop, n)
    elements = math.prod(op.shape(n))  # of a square matrix whose side is whole
    moved = op.moved.at(elements) * itemsize(dtype) if op.moved else math.nan
    return moved, op.flop.at(elements) if op.flop else math.nan


def _counted(count: Carried | None, n: int) -> float:
    """Return what a user's count says of a size; NaN without one."""
    if count is None:
        return math.nan
    try:
        return float(load(count)(n))  # type: ignore[operator] # as it was given
    except Exception as error:  # whatever a user's code raises
        raise MeasureError(
            f"the count {one_line(count.source)!r} failed at n = {n}: {type(error).__name__}: {error}; mend "
            "it, or leave it out"
        ) from error


def ceiling_of(backend: str, ceilings: Sequence[Ceiling]) -> Ceiling | None:
    """Return a backend's ceiling; None where nobody measured it, or this version knows no such backend."""
    found = listed(backend)
    if found is None:
        return None
    return next((c for c in ceilings if (c.device, c.threads) == (found.device, found.threads)), None)


def ceiling_name(backend: str) -> str:
    """Return what the ceiling is called that a backend shares with others of its device and threads."""
    found = listed(backend)
    if found is None:
        return "ceiling"
    device = "" if found.device == "cpu" else f" {found.device}"
    return f"ceiling{device}{', 1 thread' if found.threads == 1 else ''}"


def bandwidth(ceiling: Ceiling, moved: float) -> float:
    """Return the highest bytes per second at which a device can move so many bytes."""
    return ceiling.in_memory if moved >= ceiling.memory_from else ceiling.in_cache


def least_seconds(moved: float, flop: float, dtype: str, ceiling: Ceiling) -> float:
    """Return the shortest time in which a device can do some work; NaN where none of it is counted."""
    # The roofline: whichever takes longer of moving the bytes and doing the arithmetic, as if both overlapped
    # perfectly. What a call costs besides is left out, so small sizes are far below it.
    # S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance model for
    # multicore architectures", CACM 52(4), 2009.
    times = moved / bandwidth(ceiling, moved), flop / ceiling.matmul.get(dtype, math.nan)
    return max((time for time in times if not math.isnan(time)), default=math.nan)


def rates(cell: Cell, seconds: float, ceilings: Sequence[Ceiling]) -> Rates:
    """Return a cell's time per call, NaN where it has none, as rates."""
    ceiling = ceiling_of(cell.case.backend, ceilings)
    least = least_seconds(cell.moved, cell.flop, cell.case.dtype, ceiling) if ceiling else math.nan
    return Rates(
        bytes_per_second=cell.moved / seconds,
        flop_per_second=cell.flop / seconds,
        ceiling_share=least / seconds,
    )


def judge(cell: Cell, ceilings: Sequence[Ceiling]) -> Cell:
    """Return a cell, marked as implausible if faster than its device can be; its rounds stay as evidence."""
    if cell.status not in TIMED:
        return cell
    rounds = [round_ for round_ in cell.rounds if round_ is not None]
    medians = [round_median(round_) for round_ in rounds]
    if median(medians) <= 0:
        empty_loop = units.seconds(max(round_.floor for round_ in rounds))
        reason = f"a call takes no longer than an empty loop ({empty_loop}): nothing was computed"
        return replace(cell, status=Status.IMPLAUSIBLE, reason=reason)
    seconds, ceiling = estimate(medians).value, ceiling_of(cell.case.backend, ceilings)
    if ceiling is None or not rates(cell, seconds, ceilings).ceiling_share > MARGIN:
        return cell
    return replace(cell, status=Status.IMPLAUSIBLE, reason=_reason(cell, seconds, ceiling))


def _reason(cell: Cell, seconds: float, ceiling: Ceiling) -> str:
    """Return figure and ceiling of whichever bound the cell exceeds by more."""
    highest = bandwidth(ceiling, cell.moved)
    peak = ceiling.matmul.get(cell.case.dtype, math.nan)
    figures = [
        (cell.moved / seconds / highest, units.byte_rate(cell.moved / seconds), units.byte_rate(highest)),
        (cell.flop / seconds / peak, units.flop_rate(cell.flop / seconds), units.flop_rate(peak)),
    ]
    _, rate, limit = max(figure for figure in figures if not math.isnan(figure[0]))
    return (
        f"{rate}, though this machine's {ceiling.device} reached {limit} at best: the result was not "
        "computed anew in every call, or not waited for"
    )


def raise_ceilings(ceilings: Sequence[Ceiling], again: Sequence[Ceiling]) -> list[Ceiling]:
    """Return the best of two measurements of one machine; what only one of them has is kept."""
    best = {(c.device, c.threads): c for c in ceilings}
    for new in again:
        old = best.get((new.device, new.threads), new)
        dtypes = dict.fromkeys([*old.matmul, *new.matmul])
        best[new.device, new.threads] = Ceiling(
            device=new.device,
            threads=new.threads,
            in_cache=max(old.in_cache, new.in_cache),
            in_memory=max(old.in_memory, new.in_memory),
            memory_from=max(old.memory_from, new.memory_from),
            matmul={d: max(old.matmul.get(d, 0.0), new.matmul.get(d, 0.0)) for d in dtypes},
            empty_call=min(old.empty_call, new.empty_call),
            timer=min(old.timer, new.timer),
        )
    return list(best.values())
