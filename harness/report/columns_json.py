"""Figures and names as JSON that can stand inside of a page, and is short."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_DIGITS = 5  # significant ones: those that are shown and one more


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of figures, texts among them as places in lists of names, and which rows are of a machine."""

    columns: Mapping[str, Any]
    rows: Mapping[str, Any]

    @classmethod
    def of(cls, table: pd.DataFrame, wanted: Sequence[str], names: Mapping[str, Sequence[str]]) -> "Columns":
        """Take the columns that are wanted out of a table."""
        columns = {
            name: places_of(table[name], names[name]) if name in names else table[name].to_numpy()
            for name in wanted
        }
        return cls(columns, table.groupby("machine", sort=False).indices)

    def of_machine(self, machine: str) -> dict[str, Any]:
        """Return the columns of one machine."""
        rows = self.rows.get(machine, np.empty(0, dtype=np.int64))
        return {name: column[rows] for name, column in self.columns.items()}


def text_of(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Return a value as JSON that can stand inside of a page: without what HTML could take for markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def object_text(members: Mapping[str, str]) -> str:
    """Return texts of JSON as the members of an object."""
    return "{" + ",".join(f"{text_of(name)}:{text}" for name, text in members.items()) + "}"


def short(value: float) -> float | None:
    """Return a number to as many digits as the page needs; None for NaN."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def table_text(columns: Mapping[str, Any]) -> str:
    """Return columns as JSON of a list of rows."""
    rows = "],[".join(map(",".join, zip(*map(_numbers, columns.values()), strict=True)))
    return f"[[{rows}]]" if rows else "[]"


def _numbers(values: Any) -> list[str]:  # noqa: ANN401 - an array of any kind of number
    """Return numbers as JSON, to as many digits as the page needs; null for what is not finite."""
    if np.issubdtype(values.dtype, np.integer):
        return list(map(str, values.tolist()))
    values = np.where(np.isfinite(values), values, np.nan)
    text = f"%.{_DIGITS}g " * len(values) % tuple(values.tolist())
    return text.replace("nan", "null").split()


def places_of(texts: "pd.Series[str]", names: Sequence[str]) -> Any:  # noqa: ANN401 - an array of int
    """Return where each text stands in a list of names."""
    codes, different = pd.factorize(texts)
    place = {name: index for index, name in enumerate(names)}
    return np.array([place[text] for text in different.tolist()], dtype=np.int64)[codes]
