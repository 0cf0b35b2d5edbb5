"""The advice panel: which sizes it offers, what is expected of each backend there, and the same as tables."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.advice.advice import advised_of, best_of
from harness.advice.chain import chain_of, log_speedups_of_one
from harness.advice.choice import spoiled_backends, verdicts
from harness.advice.ratio_curve import Basis, Estimates, RatioCurve, call_and_trip, ratio_curves, weakest
from harness.answers.verdict import MARGIN
from harness.model import Verdict
from harness.report.op_answers import op_title
from harness.report.tables import NOT_MEASURED, Entry, Table, chosen_sizes
from harness.statistics.arrays import Ints
from harness.units import interval, ratio, size

UNIT = 1e-7
"""Of log speedups in the page: so small that sentences made of them are the terminal's to the last digit."""
_FIGURES = ("logs", "below", "above")
_TABLE_CALLS = (1, 100)
_TABLE_SIZES = 5
_APART = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of a backend at each size of a panel."""

    backend: str
    call: Estimates
    round_trip: Estimates
    basis: Sequence[Basis | None]  # None where nothing is said
    lacking: Sequence[bool]  # whether its device lacks the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvicePanel:
    """What the panel offers of an op in a dtype."""

    op: str
    dtype: str
    baseline: str
    sizes: Ints
    backends: Sequence[Expected]
    spoiled: Sequence[str]  # backends of which other work spoiled a time


def advice_panels(
    speedups: pd.DataFrame, cells: pd.DataFrame, memory: Mapping[str, float]
) -> Iterator[AdvicePanel]:
    """
    Yield the panels of a machine's ops, from `harness.speedup`'s rows and the cells they are of.

    `memory` is in bytes, by backend. Ops of which no backend has calls and round trips have none.
    """
    for (op, dtype), rows in speedups.groupby(["op", "dtype"], sort=False):
        pairs = call_and_trip(ratio_curves(rows))
        if not pairs:
            continue
        baseline = str(rows["baseline"].iloc[0])
        mine = cells[(cells["op"] == op) & (cells["dtype"] == dtype)]
        moved = chain_of(mine, (op,), 1, baseline).moved
        most = {name: memory.get(name, np.inf) / moved for name in pairs}
        measured = rows[rows["backend"].isin(pairs) & rows["speedup"].notna()]["n"].unique().tolist()
        sizes = np.array(
            [
                n
                for n in _offered(measured)
                if any(n <= most[name] and _basis(pair, n) for name, pair in pairs.items())
            ]
        )
        if not sizes.size:
            continue
        backends = [_expected(name, pair, sizes, most[name]) for name, pair in pairs.items()]
        yield AdvicePanel(
            op=op,
            dtype=dtype,
            baseline=baseline,
            sizes=sizes,
            backends=backends,
            spoiled=spoiled_backends(rows),
        )


def advice_tables(panels: Sequence[AdvicePanel]) -> list[Table]:
    """Return what to take at a few of the sizes, with one call per transfer and with many."""
    sizes = sorted({n for panel in panels for n in panel.sizes.tolist()})
    often = [n for n in sizes if 2 * sum(n in panel.sizes for panel in panels) >= len(panels)]
    places = np.linspace(0, len(often) - 1, min(_TABLE_SIZES, len(often))).round().astype(int)
    few = [often[place] for place in places]
    return [
        Table(
            caption=f"What to take with {calls} call{'s' if calls > 1 else ''} per transfer",
            corner="op",
            heads=tuple(map(size, few)),
            rows=tuple(
                (op_title(panel.op, panel.dtype), tuple(_entries(panel, few, calls))) for panel in panels
            ),
        )
        for calls in (_TABLE_CALLS if few else ())
    ]


def panel_rows(panel: AdvicePanel, names: Mapping[str, Sequence[str]]) -> list[Any]:
    """
    Return op, dtype, sizes, backends with what is expected of each at each, and spoiled ones, for the script.

    That is the log speedup of a call and how far it may be off, the same of a round trip, and 1 if it lies
    beyond the sizes measured; None where nothing is said, 0 where its device lacks the memory.
    """
    return [
        names["op"].index(panel.op),
        names["dtype"].index(panel.dtype),
        panel.sizes.tolist(),
        [[names["backend"].index(one.backend), _rows(one)] for one in panel.backends],
        [names["backend"].index(name) for name in panel.spoiled],
    ]


class _Offer(NamedTuple):
    """What is expected of a backend at a size and a number of calls."""

    speedup: float
    low: float
    high: float
    backend: str
    verdict: Verdict


def _rows(one: Expected) -> list[Any]:
    """Return a row for each size."""
    return [
        0 if lacking else basis and [*call, *round_trip, *([1] if basis == Basis.EXTRAPOLATED else [])]
        for call, round_trip, basis, lacking in zip(
            _told(one.call), _told(one.round_trip), one.basis, one.lacking, strict=True
        )
    ]


def _told(some: Estimates) -> Iterator[list[Any]]:
    """Yield each log speedup with how far it may be off; with that below and above where they differ."""
    for log, *reach in zip(*(map(_whole, getattr(some, name)) for name in _FIGURES), strict=True):
        yield [log, reach[0] if reach[0] == reach[1] else reach]


def _whole(value: float) -> int | None:
    """Return a figure in whole units; None for NaN."""
    return round(value / UNIT) if math.isfinite(value) else None


def _offered(measured: Sequence[int]) -> list[int]:
    """Return the sizes that were chosen, of those measured, and the powers of 2 between them."""
    chosen = chosen_sizes(measured)
    powers = [2**power for power in range(min(chosen).bit_length(), max(chosen).bit_length())]
    # 1000 and 1024 are one place on a slider.
    apart = [n for n in powers if all(max(n, one) > _APART * min(n, one) for one in chosen)]
    return sorted([*chosen, *apart])


def _basis(pair: tuple[RatioCurve, RatioCurve], n: int) -> Basis | None:
    """Return the weaker of what two curves rest on at a size; None where one says nothing."""
    both = [basis for curve in pair if (basis := curve.basis(n))]
    return weakest(both) if len(both) == len(pair) else None


def _expected(backend: str, pair: tuple[RatioCurve, RatioCurve], sizes: Ints, most: float) -> Expected:
    """Return what is expected of a backend whose device holds so many elements."""
    call, round_trip = (curve.at(sizes.astype(np.float64)) for curve in pair)
    return Expected(
        backend=backend,
        call=call,
        round_trip=round_trip,
        basis=[_basis(pair, n) for n in sizes.tolist()],
        lacking=(sizes > most).tolist(),
    )


def _entries(panel: AdvicePanel, sizes: Sequence[int], calls: int) -> Iterator[Entry]:
    """Yield what is advised at sizes, as `Advice.advised` has it."""
    offers = [_offers(one, calls) for one in panel.backends]
    for n in sizes:
        if n not in panel.sizes:
            yield NOT_MEASURED
            continue
        at = panel.sizes.tolist().index(n)
        choices = [
            of_backend[at]
            for of_backend, one in zip(offers, panel.backends, strict=True)
            if one.basis[at] and not one.lacking[at]
        ]
        choices.sort(reverse=True)
        advised = advised_of(choices, MARGIN)
        if advised is None:
            yield Entry(panel.baseline, "")
            continue
        sure = advised is best_of(choices)
        told_by = f"{'' if sure else 'probably '}{advised.backend}, {ratio(advised.speedup)}"
        kind = Verdict.FASTER if sure else Verdict.UNSURE
        yield Entry(f"{told_by}{interval(advised.low, advised.high)}", kind)


def _offers(one: Expected, calls: int) -> list[_Offer]:
    """Return what is expected of a backend with so many calls at each size."""
    told = log_speedups_of_one(one.call, one.round_trip, calls)
    ends = np.exp([told.logs, told.logs - told.below, told.logs + told.above]).T.tolist()
    return [
        _Offer(speedup, low, high, one.backend, verdict)
        for (speedup, low, high), verdict in zip(ends, verdicts(told), strict=True)
    ]
