"""Machines with equal cards: how far apart their times are, and which of them falls out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.differences import alike
from harness.statistics.outliers import Outlier, outliers

_CURVE = ["op", "dtype", "backend"]
_RATIO = ["ratio", "low", "high"]
_LEAST_CELLS = 0.5
"""Share of the median number of cells that a machine needs to be held against others."""
_FIRST = ["group", "machine", "equals", "falls_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OddMachine:
    """
    A machine that falls out of its equals.

    Attributes
    ----------
    machine : str
    ratio, low, high : float
        Its times over those of the others, over all curves, with the ends of the 95 % interval.
    is_overall : bool
        Whether it falls out over all curves together.
    curves : DataFrame
        Those in which it falls out besides, or instead, the farthest first: ``op``, ``dtype``, ``backend``,
        ``ratio``, ``low``, ``high``.
    """

    machine: str
    ratio: float
    low: float
    high: float
    is_overall: bool
    curves: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualMachines:
    """
    Machines whose cards differ in nothing that tells of times.

    Attributes
    ----------
    machines : tuple of str
    spreads : Series
        By op, dtype and backend: the standard deviation of the logarithms of their times, without those that
        fall out.
    odd : tuple of OddMachine
        Those that fall out; none of fewer than 4.
    lacking : tuple of str
        Those that have so few of the others' cells that they are held against nobody.
    """

    machines: tuple[str, ...]
    spreads: "pd.Series[float]"
    odd: tuple[OddMachine, ...]
    lacking: tuple[str, ...]

    @property
    def compared(self) -> int:
        """How many are held against one another."""
        return len(self.machines) - len(self.lacking)


def equal_machines(cells: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> list[EqualMachines]:
    """
    Return the groups of machines that are equal, the largest first.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`, of one run for each machine.
    facts : mapping of str to mapping
        What is known of that run, by machine; see docs/store.md.

    Returns
    -------
    list of EqualMachines
        Of two machines or more each.

    Notes
    -----
    A curve is the times of an op on a backend: of each of its cells that all machines of the group have, the
    logarithm over the median of the machines, and of these the mean. A machine that has less than half of the
    median number of cells is left out. See `harness.statistics.outliers` for what falls out: in 1 of 100
    fleets of equals that deviate normally is any machine blamed.
    """
    present = {name: facts[name] for name in dict.fromkeys(cells["machine"])}
    groups = [group for group in sorted(alike(present), key=len, reverse=True) if group[1:]]
    place = {name: number for number, group in enumerate(groups) for name in group}
    of_groups = cells[[*_CURVE, "span", "n", "machine", "seconds"]].groupby(cells["machine"].map(place))
    return [_compared(rows, groups[int(number)]) for number, rows in of_groups]


def equal_machines_frame(groups: Iterable[EqualMachines]) -> pd.DataFrame:
    """Return a row per machine, and one per curve in which it falls out, as numbers; see `OddMachine`."""
    rows = []
    for number, group in enumerate(groups, start=1):
        odd = {one.machine: one for one in group.odd}
        for name in group.machines:
            first = {"group": number, "machine": name, "equals": len(group.machines) - 1}
            found = odd.get(name)
            rows.append({**first, "falls_out": found is not None})
            if found and found.is_overall:
                rows[-1] |= {"ratio": found.ratio, "low": found.low, "high": found.high}
            curves = found.curves.to_dict("records") if found else []
            rows += [{**first, "falls_out": True, **curve} for curve in curves]
    return pd.DataFrame(rows, columns=[*_FIRST, *_CURVE, *_RATIO])


def _compared(cells: pd.DataFrame, machines: Sequence[str]) -> EqualMachines:
    """Return how far apart equal machines are."""
    times = cells.pivot_table("seconds", [*_CURVE, "span", "n"], "machine").reindex(columns=machines)
    known = times.notna().sum()
    # One that measured little would leave nothing by which to compare the others.
    lacking = known < _LEAST_CELLS * known.median()
    table = _table(times.loc[:, ~lacking].dropna())
    odd = tuple(_odd(table, one) for one in outliers(table.to_numpy()))
    rest = table.drop(index=[one.machine for one in odd])
    return EqualMachines(
        machines=tuple(machines), spreads=rest.std(), odd=odd, lacking=tuple(lacking.index[lacking])
    )


def _table(times: pd.DataFrame) -> pd.DataFrame:
    """Return the log times of machines over their median, a row per machine and a column per curve."""
    logs = np.log(times)
    deviations = logs.sub(logs.median(axis=1), axis=0)
    return deviations.groupby(level=_CURVE, sort=False).mean().T


def _odd(table: pd.DataFrame, found: Outlier) -> OddMachine:
    """Return a machine that falls out, by its row in the table."""
    ratio, low, high = _ratios(found.overall, found.overall_reach)
    at = found.columns
    columns = zip(_RATIO, _ratios(found.deviations[at], found.reaches[at]), strict=True)
    return OddMachine(
        machine=str(table.index[found.row]),
        ratio=float(ratio),
        low=float(low),
        high=float(high),
        is_overall=found.is_overall,
        curves=table.columns[at].to_frame(index=False).assign(**dict(columns)),
    )


def _ratios(logs: Any, reaches: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - arrays, or a float each
    """Return ratios with the ends of their intervals."""
    return np.exp(logs), np.exp(logs - reaches), np.exp(logs + reaches)
