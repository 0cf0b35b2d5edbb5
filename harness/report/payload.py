"""The figures as the page's script reads them: columns of a frame as short rows, each name kept once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from numbers import Integral
from typing import Any

import pandas as pd

from harness.backends import BACKENDS
from harness.crossovers import crossover
from harness.figures.rates import rate_curves
from harness.model import State, Verdict
from harness.plan import BASELINE
from harness.ratios import speedup
from harness.report.answers import answers
from harness.report.cards import Card

ONE_THREAD = f"{BASELINE}-1t"
CELL = (
    "op",
    "backend",
    "span",
    "dtype",
    "n",
    "status",
    "reason",
    "seconds",
    "low",
    "high",
    "rounds",
    "samples",
    "disturbed",
    "faults_per_call",
    "max_error",
    "tolerance",
    "ceiling_share",
)
"""Columns of a cell in the page; the first four, the status and the reason are places in lists of names."""
VERDICTS = tuple(map(str, Verdict))
_NAMED = ("op", "backend", "span", "dtype", "status", "reason")
_DIGITS = 5


def baselines(cells: pd.DataFrame) -> list[str]:
    """
    Return the backends that a page compares with.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.

    Returns
    -------
    list of str
        NumPy as it is, and NumPy on one thread where some op has it.
    """
    present = set(cells["backend"])
    return [name for name in (BASELINE, ONE_THREAD) if name in present]


def against(cells: pd.DataFrame, baseline: str, aa_error: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Compare with a baseline; an op that was not measured with it is compared with NumPy as it is.

    Parameters
    ----------
    cells : DataFrame
        Of one run.
    baseline : str
        One of `baselines`.
    aa_error : float
        The machine's own; see `harness.speedup`.

    Returns
    -------
    speedups, crossovers : DataFrame
        NumPy on one thread is measured only for ops that NumPy runs on several; for all others it is the
        same as NumPy.
    """
    has = set(cells[cells["backend"] == baseline]["op"])
    parts = [(cells[cells["op"].isin(has)], baseline), (cells[~cells["op"].isin(has)], BASELINE)]
    parts = [(own, name) for own, name in parts if name in set(own["backend"])]
    if not parts:
        return speedup(cells.iloc[:0].assign(backend=[]), baseline), pd.DataFrame()
    return (
        pd.concat([speedup(own, name, aa_error=aa_error) for own, name in parts], ignore_index=True),
        pd.concat([crossover(own, name, aa_error=aa_error) for own, name in parts], ignore_index=True),
    )


def names_of(cells: pd.DataFrame) -> dict[str, list[str]]:
    """
    Return the different texts of the named columns, in the order in which they are shown.

    Parameters
    ----------
    cells : DataFrame
        Of all machines in the page.

    Returns
    -------
    dict of str to list of str
    """
    names = {column: list(dict.fromkeys(cells[column])) for column in _NAMED}
    known = [backend for backend in BACKENDS if backend in names["backend"]]
    return names | {"backend": [*known, *(name for name in names["backend"] if name not in known)]}


def counts_of(cells: pd.DataFrame) -> list[list[Any]]:
    """
    Return what a call moves and computes at least, which is the same on every machine and backend.

    Parameters
    ----------
    cells : DataFrame
        Of all machines in the page.

    Returns
    -------
    list of list
        Op, dtype, n, bytes and floating-point operations; None for what is not counted. What a backend
        need not move is not left out: it has no share of a ceiling.
    """
    timed = cells[cells["seconds"].notna()]
    counted = timed.assign(
        moved=timed["bytes_per_second"] * timed["seconds"], flop=timed["flop_per_second"] * timed["seconds"]
    )
    found = counted.groupby(["op", "dtype", "n"], sort=False)[["moved", "flop"]].max()
    return [[*key, *map(_short, row)] for key, row in zip(found.index, found.to_numpy(), strict=True)]


def machine_payload(
    cells: pd.DataFrame,
    card: Card,
    names: Mapping[str, Sequence[str]],
    found: Sequence[str],
    aa_error: float,
) -> dict[str, Any]:
    """
    Return everything the page shows of one machine.

    Parameters
    ----------
    cells : DataFrame
        Of its run.
    card : Card
        Of that run.
    names : mapping of str to sequence of str
        From `names_of`.
    found : sequence of str
        The baselines; those that this run lacks are left out.
    aa_error : float
        The machine's own; see `harness.speedup`.

    Returns
    -------
    dict
        Of texts, numbers, lists and None.
    """
    place = {column: {name: at for at, name in enumerate(listed)} for column, listed in names.items()}
    cells = cells.reset_index(drop=True)
    ratios: dict[str, Any] = {}
    crossings: dict[str, Any] = {}
    said: dict[str, Any] = {}
    key = ["op", "backend", "span", "dtype", "n"]
    number = {tuple(row): at for at, row in enumerate(cells[key].itertuples(index=False))}
    for baseline in (name for name in found if name in set(cells["backend"])):
        speedups, crossovers = against(cells, baseline, aa_error)
        known = speedups[speedups["speedup"].notna()]
        ratios[baseline] = [
            [
                number[row.op, row.backend, row.span, row.dtype, row.n],
                *map(_short, (row.speedup, row.low, row.high)),
                VERDICTS.index(row.verdict),
            ]
            for row in known.itertuples()
        ]
        crossings[baseline] = [
            [place[c][getattr(row, c)] for c in ("op", "backend", "span", "dtype")]
            + [*map(_short, (row.n, row.low, row.high)), row.faster]
            for row in crossovers.itertuples()
            if row.state == State.CROSSES
        ]
        said[baseline] = [asdict(answer) for answer in answers(cells, speedups, crossovers)]
    columns = [
        [place[column][value] for value in cells[column]] if column in _NAMED else map(_short, cells[column])
        for column in CELL
    ]
    return {
        "machine": card.machine,
        "run": card.run,
        "date": card.date,
        "identity": card.identity,
        "quick": card.quick,
        "options": card.options,
        "cells": [list(row) for row in zip(*columns, strict=True)],
        "ratios": ratios,
        "crossings": crossings,
        "answers": said,
        "rates": _rates(cells),
        "caches": card.caches,
    }


def _rates(cells: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, per op and dtype with a ceiling, which rate tells and what the devices allow at each size."""
    found = []
    for (op, dtype), own in cells.groupby(["op", "dtype"], sort=False):
        curves = rate_curves(own, op)
        if curves is not None:
            ceilings = [
                [c.backend, [[int(n), _short(v)] for n, v in zip(c.n, c.value, strict=True)]]
                for c in curves.ceilings
            ]
            found.append({"op": op, "dtype": dtype, "rate": curves.column, "ceilings": ceilings})
    return found


def _short(value: Any) -> Any:  # noqa: ANN401 - a number of any of the frame's kinds
    """Return a number with the digits that are shown and one more; None for NaN."""
    if isinstance(value, Integral):
        return int(value)
    value = float(value)
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded
