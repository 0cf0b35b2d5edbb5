"""The figures as the page's script reads them: columns of a frame as short rows, each name kept once."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.backends.table import BACKENDS
from harness.model import State, Verdict
from harness.report.answers import Answer, answers
from harness.report.baselines import Compared
from harness.report.cards import Card
from harness.store.frame import COLUMNS

_NAMED = ("op", "backend", "span", "dtype", "status", "reason")
_LEFT_OUT = (
    *("machine", "run", "bytes_per_second", "flop_per_second"),
    *("floor", "first", "enqueue", "throttled"),
)
"""Columns that no part of the page shows."""
CELL = tuple(sorted((name for name in COLUMNS if name not in _LEFT_OUT), key=lambda name: name not in _NAMED))
"""Columns of a cell in the page; the named ones come first and are places in lists of names."""
VERDICTS = tuple(map(str, Verdict))
SIDES = ("above", "below")
_VERDICT = {"verdict": VERDICTS}
_RATIO = ("row", "speedup", "low", "high", "verdict")
_CROSSING = ("op", "backend", "span", "dtype", "n", "low", "high", "faster")
_DIGITS = 5


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
    names = {column: cells[column].unique().tolist() for column in _NAMED}
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
    return [
        [*key, *(float(f"{v:.{_DIGITS}g}") if math.isfinite(v) else None for v in row)]
        for key, row in zip(found.index, found.to_numpy(), strict=True)
    ]


def named(card: Card) -> dict[str, Any]:
    """
    Return what the page says of a machine before its figures are there.

    Parameters
    ----------
    card : Card
        The machine's.

    Returns
    -------
    dict
        Of texts and a bool.
    """
    return {
        "machine": card.machine,
        "run": card.run,
        "date": card.date,
        "identity": card.identity,
        "quick": card.quick,
    }


def payloads(
    cells: pd.DataFrame,
    cards: Sequence[Card],
    names: Mapping[str, Sequence[str]],
    found: Mapping[str, Compared],
    *,
    apart: bool = False,
) -> Iterator[str]:
    """
    Yield everything the page shows of each machine.

    Parameters
    ----------
    cells : DataFrame
        Of one run per machine, with the place of each among its machine's as ``row``.
    cards : sequence of Card
        Of these runs.
    names : mapping of str to sequence of str
        From `names_of`.
    found : mapping of str to Compared
        By baseline; those that a run lacks are left out of it.
    apart : bool
        Whether a machine has to stand for itself: with its card and with reasons of its own.

    Yields
    ------
    str
        JSON, in the order of the cards.
    """
    said = {baseline: answers(cells, own.curves) for baseline, own in found.items()}
    own = _ByMachine.of(cells, CELL, names)
    ratios = {
        name: _ByMachine.of(one.ratios[one.ratios["speedup"].notna()], _RATIO, _VERDICT)
        for name, one in found.items()
    }
    crossed = {
        name: _ByMachine.of(
            one.crossovers[one.crossovers["state"] == State.CROSSES], _CROSSING, {**names, "faster": SIDES}
        )
        for name, one in found.items()
    }
    for card in cards:
        columns = own.rows(card.machine)
        present = {names["backend"][at] for at in np.unique(columns["backend"]).tolist()}
        here = [baseline for baseline in found if baseline in present]
        plain: dict[str, Any] = {
            **named(card),
            "options": card.options,
            "caches": card.caches,
            "answers": {name: [_answer(one) for one in said[name][card.machine]] for name in here},
        }
        if apart:
            reasons, columns["reason"] = np.unique(columns["reason"], return_inverse=True)
            plain |= {"reasons": [names["reason"][at] for at in reasons.tolist()], "card": card.inputs}
        # Figures become text at once: to round them first, and write that, would convert each of them twice.
        figures = {
            "cells": _table(columns),
            "ratios": _object({name: _table(ratios[name].rows(card.machine)) for name in here}),
            "crossings": _object({name: _table(crossed[name].rows(card.machine)) for name in here}),
        }
        yield _object({key: text_of(value) for key, value in plain.items()} | figures)


def text_of(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """
    Return a value as JSON that can stand inside of a page.

    Parameters
    ----------
    value : object
        Of texts, finite numbers, lists, mappings and None.

    Returns
    -------
    str
        Without the characters that HTML could take for markup.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@dataclass(frozen=True, slots=True)
class _ByMachine:
    """Columns of figures, texts among them as places in lists of names, and which rows are of a machine."""

    columns: Mapping[str, Any]
    places: Mapping[str, Any]

    @classmethod
    def of(
        cls, table: pd.DataFrame, wanted: Sequence[str], names: Mapping[str, Sequence[str]]
    ) -> "_ByMachine":
        """Take the columns that are wanted out of a table."""
        columns = {name: _places(table[name], names[name]) for name in wanted if name in names}
        columns |= {name: table[name].to_numpy() for name in wanted if name not in names}
        return cls({name: columns[name] for name in wanted}, table.groupby("machine", sort=False).indices)

    def rows(self, machine: str) -> dict[str, Any]:
        """Return the columns of one machine."""
        at = self.places.get(machine, np.empty(0, dtype=np.int64))
        return {name: column[at] for name, column in self.columns.items()}


def _places(texts: "pd.Series[str]", names: Sequence[str]) -> Any:  # noqa: ANN401 - an array of int
    """Return where each text stands in a list of names."""
    codes, found = pd.factorize(texts)
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[text] for text in found.tolist()], dtype=np.int64)[codes]


def _answer(found: Answer) -> dict[str, Any]:
    """Return an answer with the names that the script knows."""
    return {"op": found.op, "said": found.said, "remarks": found.remarks}


def _object(members: Mapping[str, str]) -> str:
    """Return texts of JSON as the members of an object."""
    return "{" + ",".join(f"{text_of(name)}:{text}" for name, text in members.items()) + "}"


def _table(columns: Mapping[str, Any]) -> str:
    """Return columns as JSON of a list of rows."""
    rows = "],[".join(map(",".join, zip(*map(_numbers, columns.values()), strict=True)))
    return f"[[{rows}]]" if rows else "[]"


def _numbers(values: Any) -> list[str]:  # noqa: ANN401 - an array of any kind of number
    """Return numbers with the digits that are shown and one more; null for what is not finite."""
    if np.issubdtype(values.dtype, np.integer):
        return list(map(str, values.tolist()))
    values = np.where(np.isfinite(values), values, np.nan)
    text = f"%.{_DIGITS}g " * len(values) % tuple(values.tolist())
    return text.replace("nan", "null").split()
