"""The page people open: everything that a store tells, in one HTML file that fetches nothing."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from harness.report.cards import card_of, groups, side_by_side
from harness.report.page import render
from harness.report.payload import CELL, VERDICTS, baselines, machine_payload, names_of
from harness.report.picture import overview
from harness.report.tables import comparisons, speedup_tables
from harness.report.trust import MARKS, trust_of
from harness.store import Run


def report(runs: Sequence[Run], cells: pd.DataFrame, *, machine: str) -> str:
    """
    Return the page for a store.

    Parameters
    ----------
    runs : sequence of Run
        One per machine.
    cells : DataFrame
        Their cells, from `harness.cells.frame`.
    machine : str
        The machine whose answer is shown first.

    Returns
    -------
    str
        HTML that is complete in itself: style, script, pictures and figures are inside, and its policy
        forbids it to load anything. Without scripts it shows the first machine's tables and pictures.

    Notes
    -----
    Charts are drawn by a small script of the project's own: Vega's bundle alone takes 0.9 MB, its points
    cannot be reached with the keyboard, and it needs ``eval``, which the page's policy forbids.
    """
    first = next(run for run in runs if run.machine == machine)
    ordered = [first, *(run for run in runs if run is not first)]
    cards = [card_of(run) for run in ordered]
    parts = dict(list(cells.groupby("machine", sort=False)))
    names, found = names_of(cells), baselines(cells)
    payloads: list[dict[str, Any]] = []
    for run, card in zip(ordered, cards, strict=True):
        payloads.append(machine_payload(parts[run.machine], card, names, found))
    own = parts[machine]
    together = groups(cards)
    return render(
        payload={
            "columns": CELL,
            "names": names,
            "baselines": found,
            "verdicts": VERDICTS,
            "marks": MARKS,
            "machines": payloads,
        },
        answers=payloads[0]["answers"][found[0]],
        baseline=found[0],
        card=cards[0],
        groups=together,
        rows=side_by_side([group[0] for group in together]),
        trust=[trust_of(card.machine, parts[card.machine]) for card in cards],
        marks=MARKS,
        picture=overview(own, found[0]),
        tables=speedup_tables(own, found[0]),
        comparisons=comparisons(cells, [card.machine for card in cards]),
    )
