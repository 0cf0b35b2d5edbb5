"""A chain of ops on data that is moved once: its time is the sum of the calls and the transfers of one op."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.advice.ratio_curve import Estimates
from harness.errors import UsageError
from harness.model import Span
from harness.ops.dtypes import itemsize

_WHOLE = 1.5
"""Elements that an op moves for each of its own from which on its result is as large as its operand."""
_SEVERAL = 2.5
"""Those from which on it has several operands, or results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """
    Ops of which each takes the result of the one before.

    Attributes
    ----------
    ops : sequence of str
        In order; one may come several times.
    seconds : mapping of str to float
        What the baseline takes for a call of each.
    moving : str
        The op whose transfers are those of the chain.
    moved : float
        Bytes of the operands and the result of the op that has most.
    """

    ops: Sequence[str]
    seconds: Mapping[str, float]
    moving: str
    moved: float = 0.0

    def log_speedups(self, call: Mapping[str, Estimates], round_trip: Estimates, calls: float) -> Estimates:
        """
        Return the log speedups of a number of calls with one transfer.

        Parameters
        ----------
        call : mapping of str to Estimates
            Those of calls of each op.
        round_trip : Estimates
            Those of round trips of `moving`.
        calls : float
            Calls of the chain on data that is moved once; infinite for calls alone.

        Notes
        -----
        The time over that of the baseline is a sum, of which each part is the exponential of a negative log
        speedup; to first order its relative error is theirs, weighted by their shares. Different ops are
        independent. What is of one op adds up: its calls and round trips share the baseline's times and the
        processes, and their log speedups correlate with 0.7 from round to round in the two committed runs.
        Of 1800 simulated intervals 97 % held a break-even of 3.7 calls, with independence 90 %.
        """
        whole = sum(self.seconds[op] for op in self.ops)
        unit = self.seconds[self.moving] / whole / calls
        parts = {
            op: [
                (
                    (self.ops.count(op) * self.seconds[op] / whole - (unit if op == self.moving else 0))
                    * np.exp(-estimates.logs),
                    estimates,
                )
            ]
            for op, estimates in call.items()
        }
        parts[self.moving].append((unit * np.exp(-round_trip.logs), round_trip))
        time = np.sum([share for of_op in parts.values() for share, _ in of_op], axis=0)
        # What takes longer is a larger part, so the lower end comes from the lower ends.
        below, above = (
            np.hypot.reduce(
                [sum(share * getattr(one, side) for share, one in of_op) for of_op in parts.values()], axis=0
            )
            / time
            for side in ("below", "above")
        )
        return Estimates(logs=-np.log(time), below=below, above=above)


_ALONE = Chain(ops=("",), seconds={"": 1.0}, moving="")


def log_speedups_of_one(call: Estimates, round_trip: Estimates, calls: float) -> Estimates:
    """Return the log speedups of a number of calls of one op with one transfer; they need no seconds."""
    return _ALONE.log_speedups({"": call}, round_trip, calls)


def chain_of(cells: pd.DataFrame, ops: Sequence[str], n: int, baseline: str) -> Chain:
    """
    Return a chain of ops at a size.

    Parameters
    ----------
    cells : DataFrame
        Of one run and dtype, from `harness.load`.
    ops : sequence of str
    n : int
        The size of what the first takes.
    baseline : str

    Raises
    ------
    UsageError
        If an op but the last gives fewer elements than it takes.

    Notes
    -----
    What goes into the last op is as large as what goes into the first, and nothing between is moved, so the
    transfers are those of the last; of the first where that moves three elements for each of its own, as a
    matrix product does. Nothing is taken as fused, nor a result as still in a cache.
    """
    moved = {op: _moved(cells[cells["op"] == op]) for op in dict.fromkeys(ops)}
    for op in ops[:-1]:
        if moved[op] < _WHOLE:
            raise UsageError(
                f"{op} gives fewer elements than it takes, so it can only be the last of a chain, "
                f"as in {','.join([*(one for one in ops if one != op), op])}"
            )
    seconds = {op: _seconds(cells[(cells["op"] == op) & (cells["backend"] == baseline)], n) for op in moved}
    return Chain(
        ops=ops,
        seconds=seconds,
        moving=ops[0] if moved[ops[0]] > _SEVERAL else ops[-1],
        moved=n * max(moved.values()) * itemsize(cells["dtype"].iloc[0]),
    )


def _moved(cells: pd.DataFrame) -> float:
    """Return how many elements an op moves for each of its own; 2 where nobody has counted."""
    counted = cells["bytes_per_second"] * cells["seconds"] / cells["n"]
    return float(counted.median()) / itemsize(cells["dtype"].iloc[0]) if counted.notna().any() else 2.0


def _seconds(cells: pd.DataFrame, n: int) -> float:
    """Return what a call takes at a size, from the cells of an op on one backend."""
    rows = cells[(cells["span"] == Span.CALL) & cells["seconds"].notna()].sort_values("n")
    return at_size(n, rows["n"], rows["seconds"])


def at_size(n: int, sizes: "pd.Series[int]", figures: "pd.Series[float]") -> float:
    """Return a figure at a size, on a line between the logarithms of those measured; NaN where none is."""
    return float(np.exp(np.interp(np.log(n), np.log(sizes), np.log(figures))))
