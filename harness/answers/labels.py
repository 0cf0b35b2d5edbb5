"""How the labels of cells are shown: a rival is told by its name, and by its backend where that is needed.

A label is a backend, or ``RIVAL@BACKEND`` for a rival's cells on one.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from harness.backends.table import BACKENDS, without_rival
from harness.model import RIVAL

_LABELLED = ("backend", "baseline")
"""Columns of labels."""
ONE_THREAD = "-1t"
"""How the name of a backend on one thread ends."""


def is_rival(label: str) -> bool:
    """Return whether a label is of a rival."""
    return RIVAL in label


def shown_labels(labels: Iterable[str]) -> dict[str, str]:
    """
    Return how the labels of a run are shown, each unlike any other.

    A rival is ``old`` where all of them are on one backend, else ``old on numpy``; a backend is itself.
    """
    every = list(dict.fromkeys(labels))
    brief = len({without_rival(label) for label in every}) == 1
    shown = {label: _shown(label, brief=brief) for label in every}
    # A rival may be called "old on numpy", too.
    return shown if len(set(shown.values())) == len(every) else {label: label for label in every}


def shown_of_runs(cells: pd.DataFrame) -> dict[str, str]:
    """Return how the labels of several runs are shown: brief where each run of a label has it so."""
    found: dict[str, set[str]] = {}
    for _, of_run in cells[["machine", "run", "backend"]].drop_duplicates().groupby(["machine", "run"]):
        for label, text in shown_labels(of_run["backend"]).items():
            found.setdefault(label, set()).add(text)
    texts = [text for of_label in found.values() for text in of_label]
    shown = {
        label: min(of_label) if len(of_label) == texts.count(min(of_label)) == 1 else _shown(label)
        for label, of_label in found.items()
    }
    return shown if len(set(shown.values())) == len(shown) else {label: label for label in shown}


def relabelled(table: pd.DataFrame, shown: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of cells or answers with its labels as they are shown."""
    if all(label == text for label, text in shown.items()):
        return table
    columns = [name for name in _LABELLED if name in table]
    return table.assign(**{name: table[name].map(lambda label: shown.get(label, label)) for name in columns})


def _shown(label: str, *, brief: bool = False) -> str:
    """Return a label as it is shown; a rival that could be taken for a backend is never told briefly."""
    rival, at, backend = label.rpartition(RIVAL)
    if not at:
        return label
    clear = rival not in BACKENDS and not rival.endswith(ONE_THREAD)
    return rival if brief and clear else f"{rival} on {backend}"
