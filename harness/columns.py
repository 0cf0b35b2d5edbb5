"""Tables of ops as columns of figures: what `rows` and `estimate` say of one cell, for very many at once.

It takes tables as they were read and knows no files; a row that is no cell is left to `harness.rows` to name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.ceilings import ceiling_of
from harness.estimate import FEWEST_CLEAN, t_quantile
from harness.model import MOST_ROUNDS, TIMED, Ceiling, Span, Status
from harness.names import is_line
from harness.rows import is_name

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
_TEXTS = ("op", "backend", "dtype", "span", "status", "reason")
_NUMBERS = ("n", "max_error", "tolerance", "moved", "flop")
_OF_ROUND = ("number", "samples", "disturbed", "floor", "faults_per_call", "steady", "throttled", "states")
"""Fields that every round has; ``first`` and ``enqueue`` may be missing from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """
    The rounds of many cells one after another, without those that have no timing.

    Attributes
    ----------
    cell, place : array of int
        Which cell a round is of, and which of that cell's rounds it is.
    ordered : array of int
        How many rounds each cell has, with those without a timing.
    fields : StructArray
        What is stored of each.
    """

    cell: Ints
    place: Ints
    ordered: Ints
    fields: Any

    def numbers(self, name: str) -> Floats:
        """
        Return a field as floats.

        Parameters
        ----------
        name : str
            Of a field that holds one number.

        Returns
        -------
        array of float
            NaN where it is not stored.
        """
        return np.asarray(self.fields.field(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    def samples(self) -> tuple[Floats, Marks, Ints]:
        """
        Return the samples of all rounds one after another.

        Returns
        -------
        samples, disturbed : array
            Seconds per call, and which of them were disturbed.
        counts : array of int
            How many there are in each round.
        """
        lists = self.fields.field("samples")
        return (
            lists.flatten().to_numpy(zero_copy_only=False),
            self.fields.field("disturbed").flatten().to_numpy(zero_copy_only=False),
            _lengths(lists),
        )


def rounds_of(table: pa.Table) -> Rounds:
    """
    Return the rounds of a table of cells.

    Parameters
    ----------
    table : Table
        From `harness.store.read_table`, or several of them put together.

    Returns
    -------
    Rounds
    """
    lists = table["rounds"].combine_chunks()
    ordered = _lengths(lists)
    flat = lists.flatten()
    there = flat.is_valid().to_numpy(zero_copy_only=False)
    place = np.arange(len(flat)) - np.repeat(np.cumsum(ordered) - ordered, ordered)
    return Rounds(
        cell=np.repeat(np.arange(len(lists)), ordered)[there],
        place=place[there],
        ordered=ordered,
        fields=flat if there.all() else flat.drop_null(),
    )


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
        False if `harness.rows.cells_of` might refuse one of them.
    """
    if any(whole[name].null_count for name in (*_TEXTS, *_NUMBERS, "rounds")):
        return False
    codes, texts = _coded(whole, _TEXTS)
    lengths = [len(table) for table in tables]
    place = {text: at for at, text in enumerate(texts["op"])}
    expected = np.repeat(np.array([place.get(op, -1) for op in ops], dtype=np.int64), lengths)
    if not (
        (codes["op"] == expected).all()
        and all(is_name(name, text) for name in ("op", "backend", "dtype") for text in texts[name])
        and set(texts["span"]) <= set(map(str, Span))
        and set(texts["status"]) <= set(map(str, Status))
        and all(map(is_line, texts["reason"]))
    ):
        return False
    number = {name: whole[name].to_numpy() for name in _NUMBERS}
    case = np.repeat(np.arange(len(tables)), lengths)
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
    counts = _lengths(lists)
    if (counts < 1).any() or (counts != _lengths(marks)).any() or marks.flatten().null_count:
        return False
    samples, disturbed, _ = rounds.samples()
    floor, faults = rounds.numbers("floor"), rounds.numbers("faults_per_call")
    throttled = rounds.numbers("throttled")
    told = [fields.field(name).drop_null().to_numpy(zero_copy_only=False) for name in ("first", "enqueue")]
    return bool(
        (fields.field("number").to_numpy(zero_copy_only=False) >= 1).all()
        and all(((found >= 0) & (found < np.inf)).all() for found in (floor, faults, *told))
        and ((throttled >= 0) & (throttled <= _reduced(np.add, disturbed, counts))).all()
        # The least and the most of samples of which one is NaN are NaN too, and that is in no range.
        and (_reduced(np.minimum, samples, counts) >= -floor).all()
        and (_reduced(np.maximum, samples, counts) < np.inf).all()
    )


def timed_of(table: pa.Table) -> Marks:
    """
    Return which cells carry a time.

    Parameters
    ----------
    table : Table
        See `rounds_of`.

    Returns
    -------
    array of bool
    """
    found: Marks = pc.is_in(table["status"], pa.array(list(map(str, TIMED)))).to_numpy()
    return found


def figures(table: pa.Table) -> dict[str, Any]:
    """
    Return what the rounds of cells come to.

    Parameters
    ----------
    table : Table
        See `rounds_of`; `certain` of it.

    Returns
    -------
    dict
        By the names of `harness.cells.WHOLE` an array with a figure per cell; ``round_seconds`` is a list
        of lists. A cell that carries no time has no rounds here.
    """
    rounds, timed = rounds_of(table), timed_of(table)
    own = timed[rounds.cell]
    cell, cells = rounds.cell[own], len(table)
    samples, disturbed, counts = rounds.samples()
    number = {name: rounds.numbers(name)[own] for name in ("floor", "faults_per_call", "throttled", "steady")}
    bad = _reduced(np.add, disturbed, counts)
    count, sampled = np.bincount(cell, minlength=cells), _sums(cell, counts[own], cells)
    medians = np.full((cells, int(rounds.ordered.max(initial=0))), np.nan)
    medians[cell, rounds.place[own]] = round_medians(samples, disturbed, counts, bad)[own]
    seconds, low, high = estimates(medians)
    with np.errstate(invalid="ignore"):
        return {
            "seconds": seconds,
            "low": low,
            "high": high,
            "rounds": count,
            "samples": sampled.astype(np.int64),
            "disturbed": _sums(cell, bad[own], cells) / sampled,
            "faults_per_call": _sums(cell, number["faults_per_call"], cells) / count,
            "floor": _cell_medians(cell, number["floor"], cells),
            "first": _cell_medians(cell, rounds.numbers("first")[own], cells),
            "enqueue": _cell_medians(cell, rounds.numbers("enqueue")[own], cells),
            "throttled": _sums(cell, number["throttled"], cells) / sampled,
            "round_seconds": _lists(medians, np.where(timed, rounds.ordered, 0)),
            "unsteady": _sums(cell, number["steady"] == 0, cells).astype(np.int64),
        }


def ceiling_shares(
    table: pa.Table, seconds: Floats, run: Ints, ceilings: Sequence[Sequence[Ceiling]]
) -> Floats:
    """
    Return what share of its device's ceilings each cell reaches.

    Parameters
    ----------
    table : Table
        See `rounds_of`.
    seconds : array of float
        The time of each cell; NaN where it has none.
    run : array of int
        Of which run each cell is.
    ceilings : sequence of sequence of Ceiling
        Of each run.

    Returns
    -------
    array of float
        As `harness.ceilings.rates` of each.
    """
    codes, texts = _coded(table, ("backend", "dtype"))
    shape = len(ceilings), len(texts["backend"])
    in_cache, in_memory, memory_from = (np.full(shape, np.nan) for _ in range(3))
    product = np.full((*shape, len(texts["dtype"])), np.nan)
    for at, own in enumerate(ceilings):
        for place, backend in enumerate(texts["backend"]):
            if (found := ceiling_of(backend, own)) is not None:
                in_cache[at, place], in_memory[at, place] = found.in_cache, found.in_memory
                memory_from[at, place] = found.memory_from
                product[at, place] = [found.matmul.get(dtype, np.nan) for dtype in texts["dtype"]]
    here = run, codes["backend"]
    moved, flop = table["moved"].to_numpy(), table["flop"].to_numpy()
    highest = np.where(moved >= memory_from[here], in_memory[here], in_cache[here])
    with np.errstate(over="ignore"):
        shares: Floats = np.fmax(moved / highest, flop / product[*here, codes["dtype"]]) / seconds
    return shares


def round_medians(samples: Floats, disturbed: Marks, counts: Ints, bad: Ints) -> Floats:
    """
    Return the seconds per call that each round stands for.

    Parameters
    ----------
    samples, disturbed, counts
        From `Rounds.samples`.
    bad : array of int
        How many samples of each round are disturbed.

    Returns
    -------
    array of float
        `harness.estimate.round_median` of each.
    """
    cleaned = (bad > 0) & (counts - bad >= FEWEST_CLEAN)
    if cleaned.any():
        samples = samples[~(disturbed & np.repeat(cleaned, counts))]
    return medians_of(samples, np.where(cleaned, counts - bad, counts))


def estimates(medians: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Return the time that the rounds of each cell agree on.

    Parameters
    ----------
    medians : array of float, of shape (cells, rounds)
        Seconds; NaN where a cell has no such round.

    Returns
    -------
    value, low, high : array of float
        `harness.estimate.estimate` of each row.
    """
    known = medians > 0
    count = known.sum(axis=1)
    logs = np.log(medians, out=np.zeros_like(medians), where=known)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        centre = logs.sum(axis=1) / count
        squares = np.where(known, (logs - centre[:, None]) ** 2, 0.0).sum(axis=1)
        quantiles = np.array([np.nan, np.nan, *(t_quantile(f) for f in range(1, medians.shape[1]))])
        half = quantiles[count] * np.sqrt(squares / (count - 1) / count)
        return medians_of(medians[known], count), np.exp(centre - half), np.exp(centre + half)


def medians_of(values: Floats, counts: Ints) -> Floats:
    """
    Return the medians of many lists.

    Parameters
    ----------
    values : array of float
        The lists, one after another.
    counts : array of int
        The length of each.

    Returns
    -------
    array of float
        The same as `statistics.median` of each; NaN for an empty one.
    """
    found = np.full(len(counts), np.nan)
    first = np.cumsum(counts) - counts
    lengths = np.unique(counts[counts > 0]).tolist()
    for count in lengths:
        rows = np.flatnonzero(counts == count)
        alike = len(lengths) == 1
        table = values.reshape(-1, count) if alike else values[first[rows, None] + np.arange(count)]
        table = np.sort(table, axis=1)
        with np.errstate(over="ignore"):
            middle = table[:, count // 2]
            found[rows] = middle if count % 2 else (table[:, count // 2 - 1] + middle) / 2
    return found


def _cell_medians(cell: Ints, values: Floats, cells: int) -> Floats:
    """Return the median of the values that each cell has; those that are NaN are none."""
    known = ~np.isnan(values)
    return medians_of(values[known], np.bincount(cell[known], minlength=cells))


def _reduced(what: np.ufunc, values: Any, counts: Ints) -> Any:  # noqa: ANN401 - arrays of any kind of number
    """Return lists, none of them empty, each reduced to one number."""
    values = values.astype(np.int64) if values.dtype == bool else values
    return what.reduceat(values, np.cumsum(counts) - counts) if len(counts) else values[:0]


def _sums(cell: Ints, values: Any, cells: int) -> Floats:  # noqa: ANN401 - an array of any kind of number
    """Return the sum of the values of each cell."""
    found: Floats = np.bincount(cell, np.asarray(values, dtype=np.float64), cells).astype(np.float64)
    return found


def _lists(table: Floats, lengths: Ints) -> list[list[float]]:
    """Return the rows of a table as lists of these lengths."""
    width = table.shape[1]
    return [
        row if length == width else row[:length]
        for row, length in zip(table.tolist(), lengths.tolist(), strict=True)
    ]


def _lengths(lists: Any) -> Ints:  # noqa: ANN401 - pyarrow ships no types
    """Return the lengths of lists, 0 for one that is null."""
    return np.asarray(lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _coded(table: pa.Table, names: Sequence[str]) -> tuple[dict[str, Ints], dict[str, list[str]]]:
    """Return columns of text as places in lists of their different texts."""
    coded = {name: table[name].combine_chunks().dictionary_encode() for name in names}
    return (
        {
            name: found.indices.to_numpy(zero_copy_only=False).astype(np.int64)
            for name, found in coded.items()
        },
        {name: found.dictionary.to_pylist() for name, found in coded.items()},
    )
