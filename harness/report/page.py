"""The page people open: everything that a store tells, in HTML that fetches nothing from outside."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from harness.report.across_machines import overall_answers, overall_tables
from harness.report.columns_json import text_of
from harness.report.contents import Contents
from harness.report.hardware_json import board_text, rows_text
from harness.report.machine_cards import group_equal, side_by_side
from harness.report.page_html import folder_address, render
from harness.report.page_json import machine_stub
from harness.report.tables import comparison_tables
from harness.store.latest import Part

_FEW = 2
"""Machines up to which the answer of the first comes before all of them side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DividedPage:
    """A page with files beside it: its HTML, and name and text of each file for its folder of figures."""

    html: str
    files: Iterator[tuple[str, str]]


def whole_page(
    parts: Sequence[Part],
    cells: pd.DataFrame,
    aa_errors: Mapping[str, float],
    history: str | None = None,
    *,
    answer_first: bool = False,
) -> str:
    """
    Return the page for a store, of one run per machine or several; the answer of the first is shown first.

    The HTML is complete in itself, and its policy forbids it to load anything; without scripts it shows the
    first machine's tables and pictures. `history` is the address of a page over commits, to be linked. A page
    of more than two machines begins with all of them side by side, unless the first's answer comes first.
    """
    # Charts are drawn by a small script of the project's own: Vega's bundle alone takes 0.9 MB, its points
    # cannot be reached with the keyboard, and it needs `eval`, which the page's policy forbids.
    contents = Contents.of(parts, cells, aa_errors)
    groups = group_equal(contents.cards)
    return render(
        **contents.shared(),
        hardware_first=len(contents.cards) > _FEW and not answer_first,
        store=contents.store(
            contents.machine_texts(),
            [
                board_text(board, rows=rows_text(board, contents.names))
                for board in contents.hardware.summed()
            ],
        ),
        folder="",
        card_groups=groups,
        origins=[card for group in groups for card in group],
        card_lines=side_by_side([group[0] for group in groups]),
        comparisons=comparison_tables(contents.cells, [card.machine for card in contents.cards]),
        history=history,
        overall=[],
        overall_tables=[],
    )


def divided_page(
    parts: Sequence[Part],
    cells: pd.DataFrame,
    aa_errors: Mapping[str, float],
    folder: str,
    history: str | None = None,
    *,
    answer_first: bool = False,
) -> DividedPage:
    """
    Return the page for a store of very many machines: what they say together, and all of the first.

    The figures of every other lie in a file of its own in `folder` beside the page, which the page loads
    when that machine is chosen: as a script, since a page that was opened from a file path can read nothing
    else. Its policy allows nothing from outside but what its own script asks for.
    """
    contents = Contents.of(parts, cells, aa_errors)
    cards, baseline, hardware = contents.cards, contents.baseline, contents.hardware.boards
    names = {**contents.names, "reason": []}
    stamp = _digest(text_of([names, [(card.machine, card.run) for card in cards]]))
    machines = contents.machine_texts(apart=True)
    first = next(machines)
    stubs = [text_of({**machine_stub(card), "file": _file_of(card.machine)}) for card in cards[1:]]
    of_boards = [(_file_of(board.backend, board.dtype, board.span), board) for board in hardware]
    boards = [board_text(board, file=text_of(file)) for file, board in of_boards]
    html = render(
        **contents.shared(),
        hardware_first=len(contents.cards) > _FEW and not answer_first,
        store=contents.store([first, *stubs], boards, names, folder=folder_address(folder), stamp=stamp),
        history=history,
        folder=folder,
        card_groups=[[cards[0]]],
        origins=cards,
        card_lines=side_by_side(cards[:1]),
        comparisons=[],
        overall=overall_answers(contents.by_baseline[baseline]),
        overall_tables=overall_tables(contents.by_baseline[baseline]),
    )
    files = chain(
        (
            (_file_of(card.machine), f"addMachine({text_of(stamp)},{text});\n")
            for card, text in zip(cards[1:], machines, strict=True)
        ),
        (
            (file, f"addBoard({text_of(stamp)},{at},{rows_text(board, names)});\n")
            for at, (file, board) in enumerate(of_boards)
        ),
    )
    return DividedPage(html=html, files=files)


def _file_of(*names: str) -> str:
    """Return the name of the file of a machine or a board: of any name, on any system, and nobody else's."""
    return f"{_digest(text_of(names))}.js"


def _digest(text: str) -> str:
    """Return what tells a text from others."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
