"""What the machines of a store say together: how many of them, and the middle of what they say."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from harness.model import Span, State, Verdict
from harness.report.answers import ONE_THREAD, Answer
from harness.report.baselines import Compared
from harness.report.tables import Table
from harness.units import elements, interval, ratio, size

_TABLE = ["backend", "dtype", "span"]
_CURVE = ["machine", "op", *_TABLE]
_QUARTILES = (0.25, 0.5, 0.75)
_FEWEST_SPREAD = 4
"""Machines from which on the middle half of them says something."""


def overall_answers(found: Compared, baseline: str) -> list[Answer]:
    """
    Say on how many machines a backend is faster, and from what size on.

    Parameters
    ----------
    found : Compared
        Of all machines.
    baseline : str
        What the others are compared with.

    Returns
    -------
    list of Answer
        Per op, for the span `call`; backends on one thread are left to the tables.
    """
    points = found.ratios[found.ratios["speedup"].notna()]
    known = pd.MultiIndex.from_frame(points[_CURVE].drop_duplicates())
    own = found.crossovers[pd.MultiIndex.from_frame(found.crossovers[_CURVE]).isin(known)]
    own = own[(own["span"] == Span.CALL) & ~own["backend"].str.endswith(ONE_THREAD)]
    said: dict[str, list[tuple[str, str, str]]] = {}
    for (op, dtype, backend), rows in own.groupby(["op", "dtype", "backend"], sort=False):
        name = op if dtype == "float32" else f"{op}, {dtype}"
        said.setdefault(name, []).append((backend, *_standing(rows, baseline)))
    return [Answer(op=op, said=tuple(lines), remarks=()) for op, lines in said.items()]


def overall_tables(found: Compared, baseline: str) -> list[Table]:
    """
    Return a table per backend, dtype and span: ops down, sizes across, the middle of the machines in each.

    Parameters
    ----------
    found, baseline
        See `overall_answers`.

    Returns
    -------
    list of Table
    """
    points = found.ratios[found.ratios["speedup"].notna()]
    key = [*_TABLE, "op", "n"]
    groups = points.groupby(key, sort=False)["speedup"]
    rows = pd.DataFrame(
        {
            name: groups.quantile(part)
            for name, part in zip(("low", "median", "high"), _QUARTILES, strict=True)
        }
        | {
            str(verdict): (points["verdict"] == verdict)
            .groupby([points[name] for name in key], sort=False)
            .sum()
            for verdict in Verdict
        }
    ).reset_index()
    tables = []
    for (backend, dtype, span), own in rows.groupby(_TABLE, sort=False):
        sizes = sorted(own["n"].unique().tolist())
        at = {(row.op, row.n): row for row in own.itertuples()}
        tables.append(
            Table(
                caption=f"{backend}, {dtype}, {span.replace('_', ' ')}: speedup over {baseline}, median and "
                "middle half of the machines, and on how many it is faster",
                corner="op",
                heads=tuple(map(size, sizes)),
                rows=tuple(
                    (op, tuple(_entry(at.get((op, n))) for n in sizes)) for op in dict.fromkeys(own["op"])
                ),
            )
        )
    return tables


def _standing(rows: pd.DataFrame, baseline: str) -> tuple[str, str]:
    """Return the sentence for a backend in an op, and the verdict that most of the machines agree with."""
    first = rows.drop_duplicates("machine")
    counts = {state: int((first["state"] == state).sum()) for state in State}
    many = len(first)
    parts = []
    if counts[State.CROSSES]:
        sizes = rows[(rows["state"] == State.CROSSES) & (rows["faster"] == "above")]
        where = _middle(sizes.drop_duplicates("machine")["n"].tolist())
        parts.append(f"changes places with {baseline} on {counts[State.CROSSES]}{where}")
    words = {State.ALWAYS: "faster at every size", State.NEVER: "never faster", State.UNDECIDED: "undecided"}
    parts += [f"{word} on {counts[state]}" for state, word in words.items() if counts[state]]
    verdict = Verdict.UNSURE
    if 2 * counts[State.NEVER] > many:
        verdict = Verdict.SLOWER
    elif 2 * (counts[State.ALWAYS] + counts[State.CROSSES]) > many:
        verdict = Verdict.FASTER
    return f"of {many} machines: {'; '.join(parts)}", str(verdict)


def _middle(sizes: Sequence[float]) -> str:
    """Return from what sizes on the middle of the machines is faster."""
    if not sizes:
        return ""
    low, median, high = pd.Series(sizes).quantile(list(_QUARTILES))
    wide = f" (half of them from {elements(low)} to {elements(high)})" if len(sizes) >= _FEWEST_SPREAD else ""
    return f", faster above {elements(median)} elements in the middle{wide}"


def _entry(row: Any) -> tuple[str, str]:  # noqa: ANN401 - a row as pandas names it
    """Return the text of a cell and the class it is shown with."""
    if row is None or math.isnan(row.median):
        return "not measured", "missing"
    counts = {verdict: int(getattr(row, verdict)) for verdict in Verdict}
    many = sum(counts.values())
    wide = interval(row.low, row.high) if many >= _FEWEST_SPREAD else ""
    kind = next((str(verdict) for verdict, count in counts.items() if 2 * count > many), "")
    return f"{ratio(row.median)}{wide}, faster on {counts[Verdict.FASTER]} of {many}", kind
