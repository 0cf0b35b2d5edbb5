"""What must be known to read the figures of a backend: the reasons that cells carry."""

from collections.abc import Sequence

import pandas as pd

from harness.model import TIMED

Remark = tuple[str, str, str]
"""Backends and ops, each joined by commas, and what is to be known of them."""


def remarks(cells: pd.DataFrame) -> list[Remark]:
    """Return what must be known to read the figures of cells that have a time."""
    return remarks_by((), cells).get((), [])


def remarks_by(key: Sequence[str], cells: pd.DataFrame) -> dict[tuple[str, ...], list[Remark]]:
    """Return the `remarks` of each group of cells that have these columns of text in common."""
    noted = cells[(cells["reason"] != "") & cells["status"].isin(TIMED)]
    groups: dict[tuple[str, ...], dict[str, tuple[dict[str, None], dict[str, None]]]] = {}
    for reason, backend, op, *names in noted[["reason", "backend", "op", *key]].itertuples(index=False):
        backends, ops = groups.setdefault(tuple(names), {}).setdefault(str(reason), ({}, {}))
        backends[backend] = ops[op] = None
    return {
        names: [(", ".join(backends), ", ".join(ops), reason) for reason, (backends, ops) in reasons.items()]
        for names, reasons in groups.items()
    }


def without_baseline(cells: pd.DataFrame, baseline: str) -> list[str]:
    """Return a sentence for each dtype in which only others than the baseline have a time to compare."""
    sentences = []
    for dtype, of_dtype in cells.groupby("dtype", sort=False):
        timed = dict.fromkeys(of_dtype[of_dtype["status"].isin(TIMED)]["backend"])
        if not timed or baseline in timed:
            continue
        reasons = dict.fromkeys(of_dtype[of_dtype["backend"] == baseline]["reason"])
        reason = "; ".join(reasons) or "it was not measured"
        hint = f"; a baseline that has one is {next(iter(timed))}" if len(timed) > 1 else ""
        sentences.append(
            f"{dtype}: no speedup and no crossover, since {baseline} has no time: {reason}{hint}"
        )
    return sentences
