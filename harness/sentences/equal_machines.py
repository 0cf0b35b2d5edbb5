"""What equal machines say of one another, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.answers.equal_machines import EqualMachines, OddMachine
from harness.statistics.outliers import FEWEST
from harness.units import share

_MOST_CURVES = 4
"""Of a machine that falls out in more, the farthest are named and the others counted."""
_MOST_NAMES = 12
_GIB = 2**30


def group_sentences(group: EqualMachines, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a group of equal machines has in common, how far they are apart, and who falls out."""
    names, more = group.machines[:_MOST_NAMES], len(group.machines) - _MOST_NAMES
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    yield f"{len(group.machines)} machines are equal ({_card(facts['machine'])}): {listed}"
    if group.lacking:
        yield f"held against nobody, with less than half of the others' cells: {', '.join(group.lacking)}"
    if group.spreads.empty:
        yield "they have no time in common"
        return
    (op, dtype, backend), most = group.spreads.idxmax(), group.spreads.max()
    yield (
        f"their times differ by {share(group.spreads.median())} in the middle of {len(group.spreads)} curves "
        f"and by {share(most)} in {_curve(op, dtype, backend)} (standard deviation)"
    )
    if group.compared < FEWEST:
        yield f"which of them falls out can be told of {FEWEST} or more"
    elif not group.odd:
        yield "none of them falls out"
    for odd in group.odd:
        yield odd_sentence(odd, group.compared - 1)


def odd_sentence(odd: OddMachine, others: int) -> str:
    """Return how a machine falls out of its equals."""
    told = [f"{_apart(odd.ratio, odd.low, odd.high)} over all curves"] if odd.is_overall else []
    told += [
        f"{_apart(row.ratio, row.low, row.high)} in {_curve(row.op, row.dtype, row.backend)}"
        for row in odd.curves.head(_MOST_CURVES).itertuples()
    ]
    more = len(odd.curves) - _MOST_CURVES
    told += [f"and so in {more} more curves"] if more > 0 else []
    return f"{odd.machine} falls out of its {others} equals: {', '.join(told)}"


def _apart(ratio: float, low: float, high: float) -> str:
    """Return a ratio of times as ``"12 % slower (10 to 14)"``."""
    side, sign = ("slower", 1) if ratio > 1 else ("faster", -1)
    ends = sorted(round(100 * sign * (end - 1)) for end in (low, high))
    return f"{100 * abs(ratio - 1):.0f} % {side} ({ends[0]} to {ends[1]})"


def _curve(op: str, dtype: str, backend: str) -> str:
    """Return the name of a curve."""
    return f"{op} on {backend}" if dtype == "float32" else f"{op} in {dtype} on {backend}"


def _card(machine: Mapping[str, Any]) -> str:
    """Return a machine's processor, memory and GPUs."""
    gpus = [str(gpu.get("name")) for gpu in machine.get("gpus") or ()]
    ram = [f"{machine['ram'] / _GIB:.0f} GiB"] if machine.get("ram") else []
    cores = [f"{machine['cores']} cores"] if machine.get("cores") else []
    return ", ".join([str(machine.get("cpu") or "an unknown processor"), *cores, *ram, *gpus])
