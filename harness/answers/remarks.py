"""What must be known to read the figures of a backend: the reasons that timed cells carry."""

from collections.abc import Sequence

import pandas as pd

from harness.model import TIMED

Remark = tuple[str, str, str]


def remarks(cells: pd.DataFrame) -> list[Remark]:
    """
    Return what must be known to read the figures of cells that have a time.

    Parameters
    ----------
    cells : DataFrame
        From `load`.

    Returns
    -------
    list of (str, str, str)
        Backends and ops, each joined by commas, and what is to be known of them.
    """
    return remarks_by((), cells).get((), [])


def remarks_by(key: Sequence[str], cells: pd.DataFrame) -> dict[tuple[str, ...], list[Remark]]:
    """
    Return the `remarks` of many groups of cells.

    Parameters
    ----------
    key : sequence of str
        Names of the columns of text that the cells of a group have in common.
    cells : DataFrame
        From `load`.

    Returns
    -------
    dict of tuple of str to list of (str, str, str)
        By the texts of the key; a group without a remark is not there.
    """
    told = cells[(cells["reason"] != "") & cells["status"].isin(TIMED)]
    found: dict[tuple[str, ...], dict[str, tuple[dict[str, None], dict[str, None]]]] = {}
    for reason, backend, op, *names in told[["reason", "backend", "op", *key]].itertuples(index=False):
        backends, ops = found.setdefault(tuple(names), {}).setdefault(str(reason), ({}, {}))
        backends[backend] = ops[op] = None
    return {
        names: [(", ".join(backends), ", ".join(ops), reason) for reason, (backends, ops) in own.items()]
        for names, own in found.items()
    }
