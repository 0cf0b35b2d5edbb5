"""The figures as the page's script reads them: columns of a frame as short rows, each name kept once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.advice.break_even import MOST_CALLS
from harness.advice.regions import Region
from harness.answers.labels import is_rival
from harness.answers.verdict import log_band, log_margin
from harness.backends.table import in_order, listed
from harness.machine.ceilings import ceiling_name
from harness.model import State, Verdict
from harness.report.advice_panel import UNIT, AdvicePanel, panel_rows
from harness.report.baselines import BaselineAnswers
from harness.report.columns_json import Columns, object_text, short, table_text, text_of
from harness.report.functions import Function
from harness.report.glance import Glance
from harness.report.machine_cards import Card
from harness.report.op_answers import OpAnswer, op_answers
from harness.report.tables import MARKS
from harness.store.frame import COLUMNS

_NAMED = ("op", "backend", "span", "dtype", "status", "reason")
_NOT_SHOWN = (
    *("machine", "run", "bytes_per_second", "flop_per_second"),
    *("floor", "first", "enqueue", "throttled"),
)
_CELL = tuple(
    sorted((name for name in COLUMNS if name not in _NOT_SHOWN), key=lambda name: name not in _NAMED)
)
"""Columns of a cell in the page; the named ones come first and are places in lists of names."""
_RATIO = ("row", "speedup", "low", "high", "verdict")
_CROSSOVER = ("op", "backend", "span", "dtype", "n", "low", "high", "faster")
_VERDICTS = tuple(map(str, Verdict))
_SIDES = ("above", "below")


def names_of(cells: pd.DataFrame, shown: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the different texts of the named columns in their order; backends before rivals."""
    names = {column: cells[column].unique().tolist() for column in _NAMED}
    present = set(names["backend"])
    # A backend keeps its place, by which a page gives it a look, whatever rivals there are.
    labels = sorted(in_order(shown), key=is_rival)
    return names | {"backend": [shown[label] for label in labels if shown[label] in present]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a machine's ops besides their figures."""

    origins: Mapping[str, str]  # by op, of which run it is, where that is not the latest
    functions: Sequence[Function]
    glances: Sequence[Glance]
    panels: Sequence[AdvicePanel]


def machine_stub(card: Card) -> dict[str, Any]:
    """Return what the page says of a machine before its figures are there."""
    return {
        "machine": card.machine,
        "run": card.run,
        "date": card.date,
        "identity": card.identity,
        "kind": card.kind,
    }


def machine_texts(
    cells: pd.DataFrame,
    cards: Sequence[Card],
    names: Mapping[str, Sequence[str]],
    by_baseline: Mapping[str, BaselineAnswers],
    told: Mapping[str, Told],
    *,
    apart: bool = False,
) -> Iterator[str]:
    """
    Yield all that the page shows of each machine as JSON, in the order of the cards; `told` is by machine.

    A machine that is told `apart` stands for itself: with its card and with reasons of its own.
    """
    origins = {(name, op): text for name, one in told.items() for op, text in one.origins.items()}
    answers = {baseline: op_answers(cells, given.curves, origins) for baseline, given in by_baseline.items()}
    own: dict[str, dict[str, str]] = {}
    of_ops = cells[["machine", "op", "baseline"]].drop_duplicates(["machine", "op"])
    for machine, op, baseline in of_ops.itertuples(index=False, name=None):
        own.setdefault(machine, {})[op] = baseline
    figures = _Figures.of(cells, names, by_baseline)
    for card in cards:
        columns = figures.cells.of_machine(card.machine)
        present = {names["backend"][place] for place in np.unique(columns["backend"]).tolist()}
        # The first stands for the baselines of all runs.
        first, *others = by_baseline
        baselines = [first, *(baseline for baseline in others if baseline in present)]
        plain: dict[str, Any] = {
            **machine_stub(card),
            "options": card.options,
            "caches": card.caches,
            "own": own.get(card.machine, {}),
            "functions": [asdict(function) for function in told[card.machine].functions],
            "glances": [_glance(one, names["backend"]) for one in told[card.machine].glances],
            "advice": [panel_rows(one, names) for one in told[card.machine].panels],
            "answers": {
                name: [_answer(given) for given in answers[name][card.machine]] for name in baselines
            },
        }
        if apart:
            reasons, columns["reason"] = np.unique(columns["reason"], return_inverse=True)
            plain |= {"reasons": [names["reason"][place] for place in reasons.tolist()], "card": card.inputs}
        # Figures become text at once: to round them first, and write that, would convert each of them twice.
        tables = {
            "cells": table_text(columns),
            "ratios": _tables(figures.ratios, baselines, card.machine),
            "crossings": _tables(figures.crossovers, baselines, card.machine),
        }
        yield object_text({key: text_of(value) for key, value in plain.items()} | tables)


def store_text(
    cells: pd.DataFrame,
    names: Mapping[str, Sequence[str]],
    baselines: Iterable[str],
    machines: Iterable[str],
    labels: Mapping[str, str],
    hardware: str,
    **more: Any,  # noqa: ANN401 - values of JSON
) -> str:
    """Return all that the script reads as JSON; `labels` are those that stand behind the names shown."""
    shared = {
        "columns": _CELL,
        "names": names,
        "baselines": list(baselines),
        "verdicts": _VERDICTS,
        "sides": _SIDES,
        "marks": MARKS,
        "rivals": [name for name in names["backend"] if is_rival(labels[name])],
        "ceilings": {name: ceiling_name(labels[name]) for name in names["backend"] if listed(labels[name])},
        "counts": _counts(cells),
        "advising": {"unit": UNIT, "band": float(log_band(0)), "margin": log_margin(), "calls": MOST_CALLS},
        **more,
    }
    return f'{text_of(shared)[:-1]},"hardware":{hardware},"machines":[{",".join(machines)}]}}'


def _counts(cells: pd.DataFrame) -> list[list[Any]]:
    """
    Return op, dtype, n, and the bytes and operations of a call at least, None for what is not counted.

    They are the same on every machine and backend. What a backend need not move is not left out: it has no
    share of a ceiling.
    """
    timed = cells[cells["seconds"].notna()]
    counted = timed.assign(
        moved=timed["bytes_per_second"] * timed["seconds"], flop=timed["flop_per_second"] * timed["seconds"]
    )
    counts = counted.groupby(["op", "dtype", "n"], sort=False)[["moved", "flop"]].max()
    return [[*key, *map(short, row)] for key, row in zip(counts.index, counts.to_numpy(), strict=True)]


@dataclass(frozen=True, slots=True)
class _Figures:
    """Cells, and by baseline their speedups and crossovers, as far as the page shows them."""

    cells: Columns
    ratios: Mapping[str, Columns]
    crossovers: Mapping[str, Columns]

    @classmethod
    def of(
        cls,
        cells: pd.DataFrame,
        names: Mapping[str, Sequence[str]],
        by_baseline: Mapping[str, BaselineAnswers],
    ) -> "_Figures":
        """Leave out cells without a speedup, or with the first baseline's, and curves that do not cross 1."""
        ratios, crossovers = {}, {}
        first = next(iter(by_baseline))
        for baseline, given in by_baseline.items():
            told = given.ratios["baseline"].eq(baseline) | (baseline == first)
            speedups = given.ratios[given.ratios["speedup"].notna() & told]
            ratios[baseline] = Columns.of(speedups, _RATIO, {"verdict": _VERDICTS})
            crossing = given.crossovers[given.crossovers["state"] == State.CROSSES]
            crossovers[baseline] = Columns.of(crossing, _CROSSOVER, {**names, "faster": _SIDES})
        return cls(Columns.of(cells, _CELL, names), ratios, crossovers)


def _answer(answer: OpAnswer) -> dict[str, Any]:
    """Return an answer with the names that the script knows."""
    return {"op": answer.op, "said": answer.sentences, "remarks": answer.remarks}


def _glance(glance: Glance, backends: Sequence[str]) -> list[Any]:
    """Return an op with the words and the regions of its bars; a region is never sure where that is null."""
    return [
        glance.op,
        *(
            [
                bar.words,
                [[backends.index(region.backend), *map(short, _ends(region))] for region in bar.regions],
            ]
            for bar in glance.bars
        ),
    ]


def _ends(region: Region) -> tuple[float, ...]:
    """Return between which sizes a region lies, and between which it is sure."""
    return region.low, region.high, region.sure_low, region.sure_high


def _tables(columns: Mapping[str, Columns], baselines: Sequence[str], machine: str) -> str:
    """Return a machine's columns by baseline as JSON."""
    return object_text({name: table_text(columns[name].of_machine(machine)) for name in baselines})
