"""The page people open: everything that a store tells, in HTML that fetches nothing from outside."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.equal_machines import equal_machines
from harness.answers.labels import relabelled, shown_of_runs
from harness.answers.verdict import MARGIN
from harness.report.across_machines import overall_answers, overall_tables
from harness.report.advice_panel import advice_panels, advice_tables
from harness.report.baselines import NOT_SHOWN, BaselineAnswers, answers_by_baseline, baselines
from harness.report.call_costs import call_cost_table
from harness.report.columns_json import text_of
from harness.report.functions import functions_of
from harness.report.glance import glances
from harness.report.hardware import Hardware, differences_sentence, group_table, hardware_of
from harness.report.hardware_json import board_text, hardware_text, rows_text
from harness.report.machine_cards import Card, card_of, group_equal, side_by_side
from harness.report.op_answers import op_answers
from harness.report.overview_picture import overview_pictures
from harness.report.page_html import folder_address, render
from harness.report.page_json import Told, machine_stub, machine_texts, names_of, store_text
from harness.report.tables import MARKS, comparison_tables, speedup_tables
from harness.report.trust import trusts
from harness.sentences.equal_machines import group_sentences, odd_sentence
from harness.store.latest import Part, rows_of
from harness.store.lists import LISTS

MOST_WHOLE = 20
"""Machines up to which everything stands in one page.

A machine takes some 0.13 MB of it, so such a page has about 3 MB; and the comparison draws each machine with
a look of its own, of which there are 24.
"""
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
    contents = _Contents.of(parts, cells, aa_errors)
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
    contents = _Contents.of(parts, cells, aa_errors)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """What both kinds of page are made of."""

    parts: Sequence[Part]
    first: pd.DataFrame  # all cells of the first machine, also of ops for which another run answers
    cells: pd.DataFrame  # those that are shown, with the place of each among those of its machine as `row`
    cards: Sequence[Card]
    shown: Mapping[str, str]  # labels as they are shown
    names: Mapping[str, Sequence[str]]
    by_baseline: Mapping[str, BaselineAnswers]
    told: Mapping[str, Told]
    pictured: Sequence[str]  # the first machine, and the others while they are few
    aa_errors: Mapping[str, float]
    hardware: Hardware

    @classmethod
    def of(cls, parts: Sequence[Part], every: pd.DataFrame, aa_errors: Mapping[str, float]) -> "_Contents":
        """Compare the cells of the runs with every baseline."""
        marks, shown = rows_of(parts, every), shown_of_runs(every)
        row = every[["machine"]][marks].groupby("machine", sort=False).cumcount()
        numbered = every.assign(row=row.reindex(every.index, fill_value=NOT_SHOWN))
        # Without what their rounds read, which only the answers need: half a gigabyte of 1000 machines.
        flat = numbered.drop(columns=list(LISTS))[marks]
        cells = relabelled(flat, shown)
        parts_of: dict[str, list[Part]] = {}
        for part in parts:
            parts_of.setdefault(part.run.machine, []).append(part)
        names = list(parts_of)
        by_baseline = answers_by_baseline(numbered, baselines(flat), aa_errors, shown)
        ratios = next(iter(by_baseline.values())).ratios
        pictured = names if len(names) <= MOST_WHOLE else names[:1]
        few = [
            dict(list(table[table["machine"].isin(pictured)].groupby("machine"))) for table in (ratios, cells)
        ]
        return cls(
            parts=parts,
            first=_of_machine(every, names[0]),
            cells=cells,
            cards=[card_of(parts_of[name][0].run) for name in names],
            shown=shown,
            names=names_of(cells, shown),
            by_baseline=by_baseline,
            pictured=pictured,
            told={name: _told(parts_of[name], *(of.get(name) for of in few)) for name in names},
            aa_errors=aa_errors,
            hardware=hardware_of(cells, {name: parts_of[name][0].run.facts for name in names}),
        )

    @property
    def baseline(self) -> str:
        """The one that is shown first."""
        return next(iter(self.by_baseline))

    def machine_texts(self, *, apart: bool = False) -> Iterator[str]:
        """Yield the figures of each machine as JSON."""
        return machine_texts(self.cells, self.cards, self.names, self.by_baseline, self.told, apart=apart)

    def store(
        self,
        machines: Iterable[str],
        boards: Iterable[str],
        names: Mapping[str, Sequence[str]] | None = None,
        **more: str,
    ) -> str:
        """Return what the script reads, as JSON."""
        labels = {text: label for label, text in self.shown.items()}
        hardware = hardware_text(self.hardware, boards)
        return store_text(
            self.cells, names or self.names, self.by_baseline, machines, labels, hardware, **more
        )

    def shared(self) -> dict[str, Any]:
        """Return what every page shows of the first machine and of all, by the names of the template."""
        first, baseline = self.cards[0], self.baseline
        cells = self.cells[self.cells["machine"] == first.machine]
        ratios = self.by_baseline[baseline].ratios
        trust = trusts(self.cells, self.aa_errors)
        own = [part for part in self.parts if part.run.machine == first.machine]
        told = self.told[first.machine]
        facts = {part.run.machine: part.run.facts for part in reversed(self.parts)}
        groups = equal_machines(self.cells, facts)
        origins = {(first.machine, op): text for op, text in told.origins.items()}
        return {
            "against": " and ".join(cells["baseline"].unique()),
            "answers": op_answers(cells, self.by_baseline[baseline].curves, origins)[first.machine],
            "baseline": baseline,
            "card": first,
            "cards": self.cards,
            "equals": [list(group_sentences(group, facts[group.machines[0]])) for group in groups],
            "odd_machines": [
                odd_sentence(odd, len(group.machines) - 1) for group in groups for odd in group.odd
            ],
            "advice": advice_tables(told.panels),
            "costs": call_cost_table(self.cells, self.pictured),
            "functions": told.functions,
            "hardware": group_table(self.hardware),
            "hardware_said": differences_sentence(self.hardware),
            "glances": told.glances,
            "trust": [trust[card.machine] for card in self.cards],
            "margin": MARGIN,
            "marks": MARKS,
            "pictures": overview_pictures(
                own,
                self.first,
                self.aa_errors.get(first.machine, 0.0),
            ),
            "tables": speedup_tables(cells, ratios[ratios["machine"] == first.machine]),
        }


def _told(parts: Sequence[Part], ratios: pd.DataFrame | None, cells: pd.DataFrame | None) -> Told:
    """Return what is told of a machine's ops, of which the first run is the latest; with figures, if any."""
    has_figures = ratios is not None and cells is not None
    return Told(
        origins={
            op: f"of the run {part.run.id}, begun {str(part.run.facts['begin'])[:10]}"
            for part in parts[1:]
            for op in part.ops
        },
        functions=functions_of(parts),
        glances=glances(ratios) if has_figures else [],
        panels=list(advice_panels(ratios, cells, parts[0].run.memory)) if has_figures else [],
    )


def _of_machine(cells: pd.DataFrame, machine: str) -> pd.DataFrame:
    """Return the cells of a machine, out of a stretch: out of all, what all rounds read would be copied."""
    rows = np.flatnonzero(cells["machine"] == machine)
    stretch = cells.iloc[rows.min(initial=len(cells)) : rows.max(initial=-1) + 1]
    return stretch[stretch["machine"] == machine]


def _file_of(*names: str) -> str:
    """Return the name of the file of a machine or a board: of any name, on any system, and nobody else's."""
    return f"{_digest(text_of(names))}.js"


def _digest(text: str) -> str:
    """Return what tells a text from others."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
