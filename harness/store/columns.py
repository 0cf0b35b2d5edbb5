"""Tables of ops as arrays: texts as codes, and the rounds of very many cells one after another.

It takes tables as they were read and knows no files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.model import TIMED
from harness.statistics.arrays import Floats, Ints, Marks


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
            lengths(lists),
        )


def rounds_of(table: pa.Table) -> Rounds:
    """
    Return the rounds of a table of cells.

    Parameters
    ----------
    table : Table
        From `harness.store.runs.read_table`, or several of them put together.

    Returns
    -------
    Rounds
    """
    lists = table["rounds"].combine_chunks()
    ordered = lengths(lists)
    flat = lists.flatten()
    there = flat.is_valid().to_numpy(zero_copy_only=False)
    place = np.arange(len(flat)) - np.repeat(np.cumsum(ordered) - ordered, ordered)
    return Rounds(
        cell=np.repeat(np.arange(len(lists)), ordered)[there],
        place=place[there],
        ordered=ordered,
        fields=flat if there.all() else flat.drop_null(),
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


def reduced(what: np.ufunc, values: Any, counts: Ints) -> Any:  # noqa: ANN401 - arrays of any kind of number
    """
    Return lists, none of them empty, each reduced to one number.

    Parameters
    ----------
    what : ufunc
        By which two values become one.
    values : array
        The lists, one after another.
    counts : array of int
        The length of each.

    Returns
    -------
    array
    """
    values = values.astype(np.int64) if values.dtype == bool else values
    return what.reduceat(values, np.cumsum(counts) - counts) if len(counts) else values[:0]


def lengths(lists: Any) -> Ints:  # noqa: ANN401 - pyarrow ships no types
    """
    Return the lengths of lists.

    Parameters
    ----------
    lists : ListArray
        One after another.

    Returns
    -------
    array of int
        0 for one that is null.
    """
    return np.asarray(lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def coded(table: pa.Table, names: Sequence[str]) -> tuple[dict[str, Ints], dict[str, list[str]]]:
    """
    Return columns of text as places in lists of their different texts.

    Parameters
    ----------
    table : Table
        Any table.
    names : sequence of str
        The columns.

    Returns
    -------
    codes : dict of str to array of int
        Of each column the place of its texts.
    texts : dict of str to list of str
        Of each column the different texts.
    """
    coded = {name: table[name].combine_chunks().dictionary_encode() for name in names}
    return (
        {
            name: found.indices.to_numpy(zero_copy_only=False).astype(np.int64)
            for name, found in coded.items()
        },
        {name: found.dictionary.to_pylist() for name, found in coded.items()},
    )
