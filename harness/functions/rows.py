"""Which rows of a result's tables a contender, a span and a size name."""

import pandas as pd

from harness.backends.table import without_rival
from harness.errors import UnknownNameError, UsageError


def rows_of(table: pd.DataFrame, backend: str, span: str, n: int | None = None) -> pd.DataFrame:
    """Return the rows of a backend or a rival in a span, and at a size if one is given."""
    label = label_of(table, backend)
    of_label = table[table["backend"] == label]
    rows = of_label[of_label["span"] == span]
    if rows.empty:
        raise UnknownNameError.of("span", span, dict.fromkeys(of_label["span"]))
    if n is None:
        return rows
    found = rows[rows["n"] == n]
    if found.empty:
        raise UnknownNameError.of("size", str(n), map(str, rows["n"]))
    return found


def label_of(table: pd.DataFrame, backend: str) -> str:
    """Return a label of a table, of which a rival's name is enough where it is on one backend."""
    labels: list[str] = list(dict.fromkeys(table["backend"]))
    if backend in labels:
        return backend
    alike = [label for label in labels if label.rpartition("@")[0] == backend]
    if len(alike) == 1:
        return alike[0]
    if alike:
        where = ", ".join(map(without_rival, alike))
        raise UsageError(f"{backend} was measured on {where}; say which, as in {alike[0]!r}")
    raise UnknownNameError.of("contender", backend, labels)
