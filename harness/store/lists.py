"""Columns of lists: Arrow's in a frame and in a table of cells, and as tables of numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from harness.statistics.arrays import Ints, Marks

LISTS: Mapping[str, Any] = {
    "round_seconds": pa.list_(pa.float64()),
    "pass_seconds": pa.list_(pa.list_(pa.float32())),
    "pass_marked": pa.list_(pa.list_(pa.bool_())),
}
"""The columns of a frame that hold lists, and what Arrow calls these; an object each would double them.

Of a thousand machines the passes are half of all, and single precision is far finer than any clock's step.
"""
_SPARSE = 16
"""Rows of which one is wanted, up to which all are read: Arrow joins all chunks to take rows out of them."""


def series_of(lists: Any) -> "pd.Series[Any]":  # noqa: ANN401 - pyarrow ships no types
    """Return lists as a column of a frame, which holds them as Arrow does."""
    return pd.Series(pd.arrays.ArrowExtensionArray(lists))


def lists_of(cells: pd.DataFrame, name: str) -> Any:  # noqa: ANN401 - as above
    """Return the lists in a column of `LISTS` in Arrow's chunks, also of a frame that somebody else made."""
    if isinstance(cells[name].dtype, pd.ArrowDtype):
        lists = pa.array(cells[name].array)
        return lists if isinstance(lists, pa.ChunkedArray) else pa.chunked_array([lists])
    values = [list(value) if isinstance(value, list | np.ndarray) else None for value in cells[name]]
    return pa.chunked_array([pa.array(values, LISTS[name])])


def one_chunk(column: Any) -> Any:  # noqa: ANN401 - as above
    """Return a column as one array; `combine_chunks` would copy one that is whole already."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def list_lengths(lists: Any) -> Ints:  # noqa: ANN401 - as above
    """Return the lengths of the lists of a ListArray, 0 for one that is null."""
    return np.asarray(lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def list_array(values: Any, lengths: Ints) -> Any:  # noqa: ANN401 - as above
    """Return values that stand one after another as lists of these lengths."""
    # Converted with a check, since Arrow takes any ends for right.
    ends = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(ends, values if isinstance(values, pa.Array) else pa.array(values))


def reduce_lists(join: np.ufunc, values: Any, counts: Ints) -> Any:  # noqa: ANN401 - any kind of number
    """Return lists that stand one after another, none of them empty, each reduced to one number."""
    values = values.astype(np.int64) if values.dtype == bool else values
    return join.reduceat(values, np.cumsum(counts) - counts) if len(counts) else values[:0]


def kept_lists(lists: Any, kept: Marks) -> Any:  # noqa: ANN401 - as above
    """Return some of the lists; Arrow's own filter takes ten times as long for lists of lists."""
    if kept.all():
        return lists
    lengths, values = list_lengths(lists), lists.flatten()
    within = np.repeat(kept, lengths)
    is_nested = pa.types.is_list(values.type)
    return list_array(
        kept_lists(values, within) if is_nested else values.to_numpy(zero_copy_only=False)[within],
        lengths[kept],
    )


def table_of_lists(lists: Any, fill: float) -> npt.NDArray[Any]:  # noqa: ANN401 - as above
    """Return lists, or lists of lists, as rows of a table, as long as the longest; `fill` is what lacks."""
    lengths, values = list_lengths(lists), lists.flatten()
    if pa.types.is_list(values.type):
        inner = table_of_lists(values, fill)
    else:
        inner = values.to_numpy(zero_copy_only=False)
    width = int(lengths.max(initial=0))
    shape = len(lengths), width, *inner.shape[1:]
    if len(inner) == len(lengths) * width:
        return inner.reshape(shape)
    table = np.full(shape, fill, inner.dtype)
    table[np.arange(width) < lengths[:, None]] = inner
    return table


def rows_of_lists(column: Any, rows: Ints, fill: float) -> npt.NDArray[Any]:  # noqa: ANN401 - as above
    """Return some rows of a column, which are in order, as a table; near ones cost a stretch of it."""
    first, stretch = int(rows[0]), int(rows[-1] - rows[0]) + 1
    if stretch <= _SPARSE * len(rows):
        return table_of_lists(one_chunk(column.slice(first, stretch)), fill)[rows - first]
    return table_of_lists(one_chunk(column.take(pa.array(rows))), fill)
