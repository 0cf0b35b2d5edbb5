"""The cells that have a time in one run and none in another, as rows of a table."""

import pandas as pd

from harness.answers.labels import relabelled
from harness.names import printable
from harness.units import size

HEADS = ("op", "backend", "dtype", "span", "n", "cells", "in B")
_LONGEST = 200
"""Characters of a reason: a comment has to hold many."""


def lost_rows(lost: pd.DataFrame, shown: dict[str, str]) -> list[tuple[str, ...]]:
    """Return a row for the cells of an op on a backend that are lost alike, with the reason of the first."""
    cells = relabelled(lost, shown).assign(status_b=lost["status_b"].fillna("missing"))
    groups = cells.groupby(["op", "backend", "dtype", "status_b"], sort=False)
    return [
        (
            *map(printable, (op, backend, dtype)),
            ", ".join(dict.fromkeys(group["span"])),
            " to ".join(dict.fromkeys(map(size, (group["n"].min(), group["n"].max())))),
            str(len(group)),
            printable(f"{status}: {group['reason'].iloc[0]}")[:_LONGEST],
        )
        for (op, backend, dtype, status), group in groups
    ]
