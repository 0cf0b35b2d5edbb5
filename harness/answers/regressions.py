"""What a check in CI asks of two runs: whether one is slower than the other, or has lost what that has."""

import pandas as pd

from harness.answers.compared_run import ComparedRun
from harness.answers.comparison import compare
from harness.answers.differences import differences
from harness.errors import LostError, SlowerError, UndecidedError
from harness.model import Verdict
from harness.units import ratio

_MOST = 2
"""Differences between machines that a sentence names."""


def refuse_regressions(a: ComparedRun, b: ComparedRun, allowed: float) -> str:
    """
    Raise if a cell of `b` is slower by more than a share of the time, is lost, or if no cell can be judged.

    Return a sentence on what it was judged by. The first of these that is so is told: what got slower is
    known whatever else is not.
    """
    table = compare(a.cells, b.cells, least=allowed)
    slower, lost = table[table["verdict"] == Verdict.SLOWER], table[table["lost"]]
    by_more = f"slower by more than {100 * allowed:g} %"
    if len(slower):
        worst = slower.loc[slower["ratio"].idxmax()]
        besides = f"; cells without a time any more: {len(lost)}" if len(lost) else ""
        raise SlowerError(
            f"cells of {b.name} that are {by_more}: {len(slower)}, worst {_told(worst)}: "
            f"{ratio(worst['ratio'])} the time{besides}{_of_other_machines(a, b)}"
        )
    if len(lost):
        first = lost.iloc[0]
        raise LostError(
            f"cells that have a time in {a.name} and none in {b.name}: {len(lost)}, first {_told(first)}: "
            f"{first['status_b'] or 'missing'}: {first['reason']}"
        )
    judged = _judged(table, allowed)
    if judged.empty:
        raise UndecidedError(
            f"whether {b.name} is {by_more} than {a.name} could be judged in no cell; measure both with more "
            "rounds, as by `harness run --rounds 10`, or on a quieter machine"
        )
    little = "; all of it is provisional" if judged["provisional"].all() else ""
    return (
        f"in the {len(judged)} of {table['ratio'].notna().sum()} cells that could be judged nothing is "
        f"{by_more}{little}{_of_other_machines(a, b)}"
    )


def _of_other_machines(a: ComparedRun, b: ComparedRun) -> str:
    """Return in what the machines of two runs differ: in CI each may be another of a pool."""
    found = [one for one in differences(a.facts, b.facts) if one.name.startswith("machine.")]
    if not found:
        return ""
    told = ", ".join(f"{one.name} {one.a or '-'} against {one.b or '-'}" for one in found[:_MOST])
    more = f" and {len(found) - _MOST} more" if found[_MOST:] else ""
    return f"; the machines differ ({told}{more}), which may be all there is to it: measure both on one"


def _judged(table: pd.DataFrame, allowed: float) -> pd.DataFrame:
    """Return the cells that are faster, or slower by no more than is allowed, as far as intervals go."""
    within = (table["high"] <= 1 + allowed) & table["p"].notna()
    return table[(table["verdict"] == Verdict.FASTER) | within]


def _told(cell: "pd.Series[object]") -> str:
    """Return which cell it is."""
    return f"{cell['op']} on {cell['backend']} at n = {cell['n']}"
