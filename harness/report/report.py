"""The page people open: everything that a store tells, in HTML that fetches nothing from outside."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.backends.table import BACKENDS
from harness.machine.ceilings import ceiling_name
from harness.report.across_machines import overall_answers, overall_tables
from harness.report.answers import answers
from harness.report.baselines import Compared, baselines, compared
from harness.report.cards import Card, card_of, groups, side_by_side
from harness.report.html import linked, render
from harness.report.overview import overview
from harness.report.payload import (
    CELL,
    SIDES,
    VERDICTS,
    counts_of,
    named,
    names_of,
    payloads,
    text_of,
)
from harness.report.quality import MARKS, trusts
from harness.report.tables import comparisons, speedup_tables
from harness.store.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """
    A page with files beside it.

    Attributes
    ----------
    html : str
        The page.
    files : iterator of (str, str)
        Name and contents of each file that has to lie in the page's folder of figures.
    """

    html: str
    files: Iterator[tuple[str, str]]


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
        Their cells, from `harness.store.frame.frame`.
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
    cells = _placed(cells)
    names, found = names_of(cells), compared(cells, baselines(cells), aa_errors)
    together = groups(cards)
    return render(
        **_shared(cards, cells, found, aa_errors),
        store=_store(names, found, payloads(cells, cards, names, found), counts=counts_of(cells)),
        folder="",
        card_groups=together,
        origins=[card for group in together for card in group],
        rows=side_by_side([group[0] for group in together]),
        comparisons=comparisons(cells, [card.machine for card in cards]),
        history=history,
        overall=[],
        overall_tables=[],
    )


def divided(
    runs: Sequence[Run],
    cells: pd.DataFrame,
    aa_errors: Mapping[str, float],
    folder: str,
    history: str | None = None,
) -> Divided:
    """
    Return the page for a store of very many machines.

    Parameters
    ----------
    runs, cells, aa_errors, history
        See `report`.
    folder : str
        Name of the folder beside the page in which its figures will lie.

    Returns
    -------
    Divided
        The page has what the machines say together, and all of the first machine. The figures of every
        other lie in a file of its own, which the page loads when that machine is chosen: as a script, since
        a page that was opened from a file path can read nothing else. Its policy allows nothing from
        outside but what its own script asks for.
    """
    cards = [card_of(run) for run in runs]
    cells = _placed(cells)
    names, found = names_of(cells), compared(cells, baselines(cells), aa_errors)
    written = payloads(cells, cards, names, found, apart=True)
    stamp = _digest(text_of([names | {"reason": []}, [(card.machine, card.run) for card in cards]]))
    stubs = [text_of({**named(card), "file": _file_of(card.machine)}) for card in cards[1:]]
    first = next(written)
    baseline = next(iter(found))
    html = render(
        **_shared(cards, cells, found, aa_errors),
        store=_store(
            names | {"reason": []},
            found,
            [first, *stubs],
            counts=counts_of(cells),
            folder=linked(folder),
            stamp=stamp,
        ),
        history=history,
        folder=folder,
        card_groups=[[cards[0]]],
        origins=cards,
        rows=side_by_side(cards[:1]),
        comparisons=[],
        overall=overall_answers(found[baseline], baseline),
        overall_tables=overall_tables(found[baseline], baseline),
    )
    files = (
        (_file_of(card.machine), f"addMachine({text_of(stamp)},{text});\n")
        for card, text in zip(cards[1:], written, strict=True)
    )
    return Divided(html=html, files=files)


def _placed(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with the place of each among those of its machine."""
    return cells.assign(row=cells.groupby("machine", sort=False).cumcount())


def _shared(
    cards: Sequence[Card], cells: pd.DataFrame, found: Mapping[str, Compared], aa_errors: Mapping[str, float]
) -> dict[str, Any]:
    """Return what every page shows, by the names of the template."""
    card, baseline = cards[0], next(iter(found))
    own = cells[cells["machine"] == card.machine]
    ratios = found[baseline].ratios
    trust = trusts(cells, aa_errors)
    return {
        "answers": answers(own, found[baseline].curves)[card.machine],
        "baseline": baseline,
        "card": card,
        "cards": cards,
        "trust": [trust[one.machine] for one in cards],
        "marks": MARKS,
        "picture": overview(own, baseline, aa_errors.get(card.machine, 0.0)),
        "tables": speedup_tables(own, ratios[ratios["machine"] == card.machine], baseline),
    }


def _store(
    names: Mapping[str, Sequence[str]],
    found: Iterable[str],
    machines: Iterable[str],
    **more: Any,  # noqa: ANN401 - values of JSON
) -> str:
    """Return what the script reads, as JSON."""
    plain = {
        "columns": CELL,
        "names": names,
        "baselines": list(found),
        "verdicts": VERDICTS,
        "sides": SIDES,
        "marks": MARKS,
        "ceilings": {name: ceiling_name(name) for name in names["backend"] if name in BACKENDS},
        **more,
    }
    return f'{text_of(plain)[:-1]},"machines":[{",".join(machines)}]}}'


def _file_of(machine: str) -> str:
    """Return the name of a machine's file: of any name, on any system, and never that of another one."""
    return f"{_digest(machine)}.js"


def _digest(text: str) -> str:
    """Return what tells a text from others."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
