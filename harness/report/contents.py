"""What a page is made of: the cells of all machines, their answers, cards and facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.equal_machines import equal_machines
from harness.answers.labels import relabelled, shown_of_runs
from harness.answers.verdict import MARGIN
from harness.report.advice_panel import advice_panels, advice_tables
from harness.report.baselines import NOT_SHOWN, BaselineAnswers, answers_by_baseline, baselines
from harness.report.call_costs import call_cost_table
from harness.report.functions import functions_of
from harness.report.glance import glances
from harness.report.hardware import Hardware, differences_sentence, group_table, hardware_of
from harness.report.hardware_json import hardware_text
from harness.report.machine_cards import Card, card_of
from harness.report.op_answers import op_answers
from harness.report.overview_picture import overview_pictures
from harness.report.page_json import Told, machine_texts, names_of, store_text
from harness.report.tables import MARKS, speedup_tables
from harness.report.trust import trusts
from harness.sentences.equal_machines import group_sentences, odd_sentence
from harness.store.latest import Part, rows_of
from harness.store.lists import LISTS

MOST_WHOLE = 20
"""Machines up to which everything stands in one page.

A machine takes some 0.13 MB of it, so such a page has about 3 MB; and the comparison draws each machine with
a look of its own, of which there are 24.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
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
    def of(cls, parts: Sequence[Part], every: pd.DataFrame, aa_errors: Mapping[str, float]) -> "Contents":
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
            "odd_machines": [odd_sentence(odd, group.compared - 1) for group in groups for odd in group.odd],
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
