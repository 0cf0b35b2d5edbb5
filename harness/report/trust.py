"""How far a run's figures can be trusted, counted from its cells."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from harness.model import TIMED, Status
from harness.units import seconds, significant

MARKS: Mapping[str, tuple[str, str]] = {
    Status.SKIPPED: ("∅", "cannot run here, the reason says why"),
    Status.WRONG: ("✗", "computes something else than NumPy and was not timed"),
    Status.OOM: ("⊞", "does not fit into the memory"),
    Status.TIMEOUT: ("∞", "gave no sign of life before the limit"),
    Status.CRASHED: ("↯", "ended its process"),
    Status.IMPLAUSIBLE: ("‽", "faster than the machine's own ceiling allows"),
}
"""For every way to have no time a mark and its meaning; none of them is an empty cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What speaks for and against the figures of one run, as it is shown."""

    machine: str
    facts: Mapping[str, str]


def trust_of(machine: str, cells: pd.DataFrame, aa_error: float | None) -> Trust:
    """
    Count what speaks for and against the figures of a run.

    Parameters
    ----------
    machine : str
        Whose run.
    cells : DataFrame
        Its cells, from `harness.load`.
    aa_error : float or None
        The machine's own; None where `harness validate` has not measured it.

    Returns
    -------
    Trust
    """
    timed = cells[cells["status"].isin(TIMED)]
    blocks, disturbed = timed["samples"].sum(), (timed["samples"] * timed["disturbed"]).sum()
    checked = cells[cells["tolerance"] > 0]
    share = (checked["max_error"] / checked["tolerance"]).max()
    ceiling = timed["ceiling_share"].max()
    untimed = cells["status"][~cells["status"].isin(TIMED)].value_counts()
    return Trust(
        machine=machine,
        facts={
            "cells with a time": f"{len(timed)} of {len(cells)}",
            "without, by reason": ", ".join(f"{n} {name}" for name, n in untimed.items()) or "none",
            "A/A error": "not measured" if aa_error is None else f"{aa_error:.2%}",
            "highest share of a ceiling": "–" if pd.isna(ceiling) else f"{ceiling:.0%}",
            "noisy cells": str((timed["status"] == Status.NOISY).sum()),
            "disturbed blocks": f"{disturbed / blocks:.1%}" if blocks else "–",
            "rounds not warm at the limit": f"{timed['unsteady'].sum()} of {timed['rounds'].sum()}",
            "cost of the empty loop": seconds(float(timed["floor"].max())),
            "largest error over its tolerance": "–" if pd.isna(share) else significant(float(share), 2),
        },
    )
