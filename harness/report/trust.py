"""How far a run's figures can be trusted, counted from its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.model import TIMED, Status
from harness.units import seconds, significant


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What speaks for and against the figures of one run, as it is shown."""

    machine: str
    facts: Mapping[str, str]


def trusts(cells: pd.DataFrame, aa_errors: Mapping[str, float]) -> dict[str, Trust]:
    """Count what speaks for and against each machine's run; an A/A error not measured is not there."""
    timed = cells["status"].isin(TIMED)
    checked = cells["tolerance"] > 0
    figures = pd.DataFrame(
        {
            "cells": 1,
            "timed": timed,
            "noisy": cells["status"] == Status.NOISY,
            "blocks": cells["samples"].where(timed, 0),
            "disturbed": (cells["samples"] * cells["disturbed"]).where(timed, 0.0),
            "rounds": cells["rounds"].where(timed, 0),
            "unsteady": cells["unsteady"].where(timed, 0),
        }
    )
    highest = pd.DataFrame(
        {
            "share": cells["ceiling_share"].where(timed),
            "floor": cells["floor"].where(timed),
            "error": (cells["max_error"] / cells["tolerance"]).where(checked),
        }
    )
    machine = cells["machine"]
    sums = figures.groupby(machine, sort=False).sum()
    tops = highest.groupby(machine, sort=False).max()
    untimed: dict[str, dict[str, int]] = {}
    by_status = cells[~timed].groupby(["machine", "status"], sort=False).size()
    for (name, status), count in by_status.sort_values(ascending=False, kind="stable").items():
        untimed.setdefault(name, {})[status] = count
    return {
        total.Index: _trust(total, top, untimed.get(total.Index, {}), aa_errors.get(total.Index))
        for total, top in zip(sums.itertuples(), tops.itertuples(), strict=True)
    }


def _trust(sums: Any, tops: Any, untimed: Mapping[str, int], aa_error: float | None) -> Trust:  # noqa: ANN401 - rows as pandas names them
    """Return the counts of one run as text."""
    error = "not checked" if pd.isna(tops.error) else significant(float(tops.error), 2)
    return Trust(
        machine=sums.Index,
        facts={
            "cells with a time": f"{sums.timed} of {sums.cells}",
            "without, by reason": ", ".join(f"{n} {name}" for name, n in untimed.items()) or "none",
            "A/A error": "not measured" if aa_error is None else f"{aa_error:.2%}",
            "highest share of a ceiling": "–" if pd.isna(tops.share) else f"{tops.share:.0%}",
            "noisy cells": str(sums.noisy),
            "disturbed blocks": f"{sums.disturbed / sums.blocks:.1%}" if sums.blocks else "–",
            "rounds not warm at the limit": f"{sums.unsteady} of {sums.rounds}",
            "cost of the empty loop": seconds(float(tops.floor)),
            "largest error over its tolerance": error,
        },
    )
