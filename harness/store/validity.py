"""Whether rows of tables can have been measured: what `harness.store.cell_table` says of one, for very many at once.

A row that cannot is left to `harness.store.cell_table` to name.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from harness.model import MOST_ROUNDS, Span, Status
from harness.names import is_line
from harness.statistics.arrays import Ints
from harness.store.cell_table import is_name
from harness.store.columns import (
    Rounds,
    coded,
    lengths,
    reduced,
    rounds_of,
    timed_of,
)

_TEXTS = ("op", "backend", "dtype", "span", "status", "reason")
_NUMBERS = ("n", "max_error", "tolerance", "moved", "flop")
_OF_ROUND = ("number", "samples", "disturbed", "floor", "faults_per_call", "steady", "throttled", "states")
"""Fields that every round has; ``first`` and ``enqueue`` may be missing from one."""


def certain(tables: Sequence[pa.Table], ops: Sequence[str], whole: pa.Table) -> bool:
    """
    Whether every row of some tables is a cell that can have been measured.

    Parameters
    ----------
    tables : sequence of Table
        One per file.
    ops : sequence of str
        The op that each is of.
    whole : Table
        The same put together.

    Returns
    -------
    bool
        False if `harness.store.cell_table.cells_of` might refuse one of them.
    """
    if any(whole[name].null_count for name in (*_TEXTS, *_NUMBERS, "rounds")):
        return False
    codes, texts = coded(whole, _TEXTS)
    rows = [len(table) for table in tables]
    place = {text: at for at, text in enumerate(texts["op"])}
    expected = np.repeat(np.array([place.get(op, -1) for op in ops], dtype=np.int64), rows)
    if not (
        (codes["op"] == expected).all()
        and all(is_name(name, text) for name in ("op", "backend", "dtype") for text in texts[name])
        and set(texts["span"]) <= set(map(str, Span))
        and set(texts["status"]) <= set(map(str, Status))
        and all(map(is_line, texts["reason"]))
    ):
        return False
    number = {name: whole[name].to_numpy() for name in _NUMBERS}
    case = np.repeat(np.arange(len(tables)), rows)
    for name in ("backend", "dtype", "span"):
        case = case * len(texts[name]) + codes[name]
    rounds = rounds_of(whole)
    timed = timed_of(whole)
    has_round = np.bincount(rounds.cell, minlength=len(whole)) > 0
    return bool(
        (number["n"] >= 1).all()
        and not _twice(case, number["n"])
        and (rounds.ordered <= MOST_ROUNDS).all()
        and not (timed & ~has_round).any()
        and not (number["max_error"] < 0).any()
        and not (timed & (number["max_error"] > number["tolerance"])).any()
        and _possible(rounds)
    )


def _twice(case: Ints, n: Ints) -> bool:
    """Whether two rows have both figures in common."""
    order = np.lexsort((n, case))
    return bool(((np.diff(case[order]) == 0) & (np.diff(n[order]) == 0)).any())


def _possible(rounds: Rounds) -> bool:
    """Whether every round can have been measured."""
    fields = rounds.fields
    if any(fields.field(name).null_count for name in _OF_ROUND):
        return False
    if fields.field("states").flatten().null_count:
        return False
    lists, marks = fields.field("samples"), fields.field("disturbed")
    counts = lengths(lists)
    if (counts < 1).any() or (counts != lengths(marks)).any() or marks.flatten().null_count:
        return False
    samples, disturbed, _ = rounds.samples()
    floor, faults = rounds.numbers("floor"), rounds.numbers("faults_per_call")
    throttled = rounds.numbers("throttled")
    told = [fields.field(name).drop_null().to_numpy(zero_copy_only=False) for name in ("first", "enqueue")]
    return bool(
        (fields.field("number").to_numpy(zero_copy_only=False) >= 1).all()
        and all(((found >= 0) & (found < np.inf)).all() for found in (floor, faults, *told))
        and ((throttled >= 0) & (throttled <= reduced(np.add, disturbed, counts))).all()
        # The least and the most of samples of which one is NaN are NaN too, and that is in no range.
        and (reduced(np.minimum, samples, counts) >= -floor).all()
        and (reduced(np.maximum, samples, counts) < np.inf).all()
    )
