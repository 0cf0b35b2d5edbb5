"""The page people open: everything that a store tells, in one HTML file that fetches nothing."""

from collections.abc import Mapping, Sequence

import pandas as pd

from harness.report.cards import card_of, groups, side_by_side
from harness.report.page import render
from harness.report.payload import CELL, VERDICTS, baselines, counts_of, machine_payload, names_of
from harness.report.picture import overview
from harness.report.tables import comparisons, speedup_tables
from harness.report.trust import MARKS, trust_of
from harness.store import Run


def report(
    runs: Sequence[Run], cells: pd.DataFrame, aa_errors: Mapping[str, float], history: str | None = None
) -> str:
    """
    Return the page for a store.

    Parameters
    ----------
    runs : sequence of Run
        One per machine; the answer of the first is shown first.
    cells : DataFrame
        Their cells, from `harness.cells.frame`.
    aa_errors : mapping of str to float
        Each machine's own A/A error, where it is known; see `harness.speedup`.
    history : str, optional
        Address of a page with the history over commits, to be linked; default none.

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
    cards = [card_of(run) for run in runs]
    parts = dict(list(cells.groupby("machine", sort=False)))
    names, found = names_of(cells), baselines(cells)
    payloads = [
        machine_payload(parts[card.machine], card, names, found, aa_errors.get(card.machine, 0.0))
        for card in cards
    ]
    own, together = parts[cards[0].machine], groups(cards)
    own_error = aa_errors.get(cards[0].machine, 0.0)
    return render(
        payload={
            "columns": CELL,
            "names": names,
            "baselines": found,
            "verdicts": VERDICTS,
            "marks": MARKS,
            "counts": counts_of(cells),
            "machines": payloads,
        },
        answers=payloads[0]["answers"][found[0]],
        baseline=found[0],
        card=cards[0],
        groups=together,
        rows=side_by_side([group[0] for group in together]),
        trust=[trust_of(card.machine, parts[card.machine], aa_errors.get(card.machine)) for card in cards],
        marks=MARKS,
        picture=overview(own, found[0], own_error),
        tables=speedup_tables(own, found[0], own_error),
        comparisons=comparisons(cells, [card.machine for card in cards]),
        history=history,
    )
