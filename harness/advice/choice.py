"""The choice of a backend at a size and a number of calls per transfer."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from harness.advice.advice import Advice, Choice
from harness.advice.break_even import break_even
from harness.advice.chain import Chain, chain_of
from harness.advice.ratio_curve import (
    BEYOND,
    Basis,
    Estimates,
    RatioCurve,
    call_and_trip,
    is_spoiled,
    ratio_curves,
    weakest,
)
from harness.answers.speedup import speedup
from harness.answers.verdict import MARGIN, log_band, log_margin, speedup_verdicts
from harness.errors import UnknownNameError, UsageError
from harness.model import Span, Verdict
from harness.units import byte_count, elements

_NO_LIMIT: Mapping[str, float] = {}
_Pairs = dict[str, tuple[RatioCurve, RatioCurve]]
"""The curves of calls and of round trips, by backend."""


def advise(
    cells: pd.DataFrame,
    ops: str | Sequence[str],
    n: int,
    calls: int = 1,
    baseline: str | None = None,
    *,
    aa_error: float = 0.0,
    margin: float = MARGIN,
    memory: Mapping[str, float] = _NO_LIMIT,
) -> Advice:
    """
    Say which backend to take for an op, or for a chain of ops, each on the result of the one before.

    Parameters
    ----------
    cells : DataFrame
        Of one run and dtype, from `harness.load`.
    ops : str or sequence of str
        An op that was measured, or those of a chain in order.
    n : int
        The size, at least 1.
    calls : int
        How often it is called on data that is moved once, at least 1.
    baseline : str, optional
    aa_error, margin : float
        See `harness.speedup`.
    memory : mapping of str to float, optional
        Bytes that the host has, as ``"cpu"``, and the device of a backend, by backend.

    Returns
    -------
    Advice

    Raises
    ------
    UnknownNameError
        If an op or the baseline was not measured.
    UsageError
        If the size or the number of calls is below 1, no backend has calls and round trips of the ops within
        4 times of the size, the ops are no chain, or what they move does not fit into the host's memory.
    """
    speedups = speedup(cells, baseline, aa_error=aa_error, margin=margin)
    return advise_from(speedups, cells, ops, n, calls, margin=margin, memory=memory)


def advise_from(
    speedups: pd.DataFrame,
    cells: pd.DataFrame,
    ops: str | Sequence[str],
    n: int,
    calls: int,
    *,
    margin: float,
    memory: Mapping[str, float] = _NO_LIMIT,
) -> Advice:
    """Advise as `advise` does, from what `harness.speedup` returned for the cells."""
    if n < 1 or calls < 1:
        raise UsageError(f"a size of {n} and {calls} calls per transfer: both are whole numbers from 1 on")
    names = (ops,) if isinstance(ops, str) else tuple(ops)
    for name in names:
        if not speedups["op"].eq(name).any():
            raise UnknownNameError.of("op", name, speedups["op"].unique())
    mine = speedups[speedups["op"].isin(names)]
    pairs = {op: call_and_trip(ratio_curves(mine[mine["op"] == op])) for op in dict.fromkeys(names)}
    baseline = str(mine["baseline"].iloc[0])
    chain = chain_of(cells, names, n, baseline)
    backends = dict.fromkeys(name for of_op in pairs.values() for name in of_op)
    too_small = tuple(name for name in ("cpu", *backends) if chain.moved > memory.get(name, math.inf))
    if too_small and ("cpu" in too_small or len(too_small) == len(backends)):
        raise UsageError(
            f"{elements(n)} elements are {byte_count(chain.moved)} for {', '.join(pairs)}, more than the "
            f"{byte_count(memory[too_small[0]])} of memory of {too_small[0]}; ask for a smaller size"
        )
    found = _choices([name for name in backends if name not in too_small], pairs, chain, n, calls, margin)
    choices = sorted(found, key=lambda choice: -choice.speedup)
    if not choices:
        raise UsageError(_out_of_reach(mine, n))
    known = {choice.backend for choice in choices if choice.basis != Basis.EXTRAPOLATED}
    return Advice(
        ops=names,
        dtype=str(mine["dtype"].iloc[0]),
        baseline=baseline,
        n=n,
        calls=calls,
        choices=tuple(choices),
        too_small=too_small,
        spoiled=tuple(name for name in spoiled_backends(mine) if name not in known),
        margin=margin,
    )


def verdicts(told: Estimates, margin: float = MARGIN) -> list[Verdict]:
    """Return what each of some log speedups allows one to say, by the interval that is shown."""
    ends = told.logs - told.below, told.logs + told.above
    none_barred = np.zeros(len(told.logs), dtype=np.bool_)
    found = speedup_verdicts(ends, ends, log_band(0.0), log_margin(margin), none_barred)
    return [Verdict(verdict) for verdict in found.tolist()]


def _out_of_reach(speedups: pd.DataFrame, n: int) -> str:
    """Return why there is nothing to say at a size."""
    ops = ", ".join(dict.fromkeys(speedups["op"]))
    if spoiled := spoiled_backends(speedups):
        return (
            f"{', '.join(spoiled)} never had all cores to itself, and nothing else has calls and round trips "
            f"of {ops} near {elements(n)}; measure it again with less beside it"
        )
    timed = speedups[speedups["speedup"].notna() & speedups["span"].isin((Span.CALL, Span.ROUND_TRIP))]
    both = timed[timed.groupby(["op", "backend"])["span"].transform("nunique") == 2]  # noqa: PLR2004 - both
    if both.empty:
        return f"no backend has calls and round trips of {ops} beside the baseline's; see `harness cells`"
    least, most = both["n"].min(), both["n"].max()
    return (
        f"{elements(n)} is more than {BEYOND:.0f} times beyond the sizes at which a backend has calls and "
        f"round trips of {ops}, {elements(least)} to {elements(most)}; measure it: harness run --max-size {n}"
    )


def spoiled_backends(speedups: pd.DataFrame) -> list[str]:
    """Return the backends of which other work spoiled a time."""
    return list(dict.fromkeys(speedups[is_spoiled(speedups)]["backend"]))


def _choices(
    backends: Iterable[str], pairs: dict[str, _Pairs], chain: Chain, n: int, calls: int, margin: float
) -> Iterator[Choice]:
    """Yield what to expect of each of some backends whose curves of all the ops reach the size."""
    for backend in backends:
        found = {op: of_op[backend] for op, of_op in pairs.items() if backend in of_op}
        if len(found) < len(pairs) or not all(curve.basis(n) for pair in found.values() for curve in pair):
            continue
        at = np.array([float(n)])
        call = {op: pair[0].at(at) for op, pair in found.items()}
        of_calls = partial(chain.log_speedups, call, found[chain.moving][1].at(at))
        told = of_calls(calls)
        bases = {basis for pair in found.values() for curve in pair if (basis := curve.basis(n))}
        (verdict,) = verdicts(told, margin)
        low, high = np.exp([told.logs - told.below, told.logs + told.above])[:, 0].tolist()
        yield Choice(
            backend=backend,
            speedup=float(np.exp(told.logs[0])),
            low=low,
            high=high,
            verdict=verdict,
            pays=break_even(of_calls),
            basis=weakest(bases),
        )
