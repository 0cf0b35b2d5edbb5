"""How fast a device could be at most on which nobody has measured: a bound from its ceilings."""

import math
from dataclasses import dataclass

import pandas as pd

from harness.advice.chain import at_size
from harness.advice.device import Device
from harness.errors import UnknownNameError, UsageError
from harness.machine.ceilings import least_seconds
from harness.model import Span
from harness.units import elements, multiple


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """
    How many times faster than the baseline a device can be at most; `str` of it is a sentence.

    Attributes
    ----------
    device, op, baseline : str
    n, calls : int
        The size, and how often the op is called on data that is moved once.
    alone : float
        At most so many times faster are calls whose data stays on the device.
    speedup : float
        At most so many times faster are the calls with their one transfer; NaN where no link is known.
    pays : float
        From so many calls per transfer on at the earliest it can pay; infinite where it never can, NaN where
        no link is known.
    """

    device: str
    op: str
    baseline: str
    n: int
    calls: int
    alone: float
    speedup: float
    pays: float

    def __str__(self) -> str:
        alone = f"{multiple(self.alone, 2)} times as fast as {self.baseline}"
        if math.isnan(self.speedup):
            told = f"calls are at most {alone}, to which transfers come that are not known"
        elif self.speedup == self.alone:
            told = f"calls are at most {alone}"
        else:
            many = (
                "a call with its transfers is"
                if self.calls == 1
                else f"{self.calls} calls with one transfer are"
            )
            told = f"{many} at most {multiple(self.speedup, 2)}, calls alone {alone}"
        if math.isinf(self.pays):
            told += "; it can pay at no number of calls per transfer"
        elif self.pays > 1:
            told += f"; it cannot pay below {elements(math.ceil(self.pays))} calls per transfer"
        return f"on {self.device} {told} (a bound, which no measurement need come near)"


def bound(
    cells: pd.DataFrame,
    op: str,
    n: int,
    calls: int = 1,
    baseline: str | None = None,
    *,
    device: Device,
) -> Bound:
    """
    Say how many times faster than the baseline a device can be at most.

    Parameters
    ----------
    cells : DataFrame
        Of one run and dtype, from `harness.load`, of a machine that is here.
    op : str
        One whose bytes or arithmetic are counted; of a function of your own, by `work`.
    n : int
        A size between the smallest and the largest that were measured.
    calls : int
        How often it is called on data that is moved once.
    baseline : str, optional
    device : Device

    Returns
    -------
    Bound

    Raises
    ------
    UnknownNameError
        If the baseline has no time of the op.
    UsageError
        If nothing of the op is counted, or the size is beyond those measured.

    Notes
    -----
    A call takes no less than to move its bytes and to do its arithmetic, whichever takes longer, as if
    nothing else cost anything; a transfer no less than to move what a call reads and writes once over the
    link. The baseline's time is the upper end of its interval.

    References
    ----------
    S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance model for multicore
    architectures", Communications of the ACM 52(4), 2009.
    """
    if not cells["op"].eq(op).any():
        raise UnknownNameError.of("op", op, cells["op"].unique())
    mine = cells[(cells["op"] == op) & (cells["span"] == Span.CALL) & cells["seconds"].notna()]
    against = baseline or str(mine["baseline"].iloc[0])
    rows = mine[mine["backend"] == against].sort_values("n")
    if rows.empty:
        raise UnknownNameError.of("backend", against, mine["backend"].unique())
    least_size, most_size = rows["n"].iloc[[0, -1]]
    if not least_size <= n <= most_size:
        raise UsageError(
            f"{elements(n)} is beyond the sizes at which {op} was measured on {against}, "
            f"{elements(least_size)} to {elements(most_size)}; measure it: harness run --max-size {n}"
        )
    moved, flop = (
        at_size(n, rows["n"], rows[rate] * rows["seconds"])
        for rate in ("bytes_per_second", "flop_per_second")
    )
    least = least_seconds(moved, flop, str(rows["dtype"].iloc[0]), device.ceiling)
    if not least > 0:
        raise UsageError(
            f"nobody has counted what {op} moves or computes, so there is no bound; count it, as in "
            "harness measure --bytes '8 * n' --flop '2 * n'"
        )
    seconds = at_size(n, rows["n"], rows["high"].fillna(rows["seconds"]))
    transfer, gained = moved / device.link, seconds - least
    return Bound(
        device=device.name,
        op=op,
        baseline=against,
        n=n,
        calls=calls,
        alone=seconds / least,
        speedup=calls * seconds / (calls * least + transfer),
        pays=max(1.0, transfer / gained) if gained > 0 else math.inf,
    )
