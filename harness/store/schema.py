"""The columns of a table of cells, and how a table of before becomes one of today's."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

_STATE = pa.struct(
    [
        pa.field("sample", pa.int64()),
        pa.field("sm_clock", pa.float64()),
        pa.field("memory_clock", pa.float64()),
        pa.field("temperature", pa.float64()),
        pa.field("power", pa.float64()),
        pa.field("reasons", pa.string()),
    ]
)
_ROUND_2 = pa.struct(
    [
        pa.field("number", pa.int64()),
        pa.field("samples", pa.list_(pa.float64())),
        pa.field("disturbed", pa.list_(pa.bool_())),
        pa.field("passes", pa.list_(pa.int64())),
        pa.field("cores", pa.float64()),
        pa.field("floor", pa.float64()),
        pa.field("faults_per_call", pa.float64()),
        pa.field("steady", pa.bool_()),
        pa.field("first", pa.float64()),
        pa.field("enqueue", pa.float64()),
        pa.field("throttled", pa.int64()),
        pa.field("states", pa.list_(_STATE)),
    ]
)
_FIGURES = pa.struct(
    [
        pa.field("seconds", pa.float64()),
        pa.field("blocks", pa.int64()),
        pa.field("marked", pa.int64()),
        pa.field("pass_seconds", pa.list_(pa.float64())),
        pa.field("pass_marked", pa.list_(pa.bool_())),
    ]
)
_ROUND = pa.struct([*_ROUND_2, *_FIGURES])
SCHEMA = pa.schema(
    [
        pa.field("op", pa.string()),
        pa.field("backend", pa.string()),
        pa.field("n", pa.int64()),
        pa.field("dtype", pa.string()),
        pa.field("span", pa.string()),
        pa.field("status", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("rounds", pa.list_(_ROUND)),
        pa.field("max_error", pa.float64()),
        pa.field("tolerance", pa.float64()),
        pa.field("moved", pa.float64()),
        pa.field("flop", pa.float64()),
    ]
)
"""The columns of a table of cells; see docs/store.md."""
ROUND_FIELDS = tuple(field.name for field in _ROUND_2)
"""What is measured of a round."""
FIGURES = tuple(field.name for field in _FIGURES)
"""What the blocks of a round come to, stored beside them so that answers need not read these."""
BLOCKS = ("samples", "disturbed", "passes", "states")
"""What is stored of a round block by block: nine tenths of a table."""
_SINCE_2 = ("passes", "cores")
"""Fields of a round that a table of schema 1 lacks."""


def _with_rounds(fields: Iterable[pa.Field]) -> pa.Schema:
    """Return `SCHEMA` with other fields of a round."""
    rounds = pa.list_(pa.struct(list(fields)))
    return pa.schema([pa.field(f.name, rounds) if f.name == "rounds" else f for f in SCHEMA])


SCHEMA_2 = _with_rounds(_ROUND_2)
"""What `SCHEMA` was before rounds kept their figures."""
SCHEMA_1 = _with_rounds(field for field in _ROUND_2 if field.name not in _SINCE_2)
"""What it was before rounds knew their passes."""
LIGHT_SCHEMA = _with_rounds(field for field in _ROUND if field.name not in BLOCKS)
"""What is read of a table where nobody asks for blocks."""
LIGHT_COLUMNS = [
    column
    for name in SCHEMA.names
    for column in (
        [f"rounds.list.element.{field.name}" for field in _ROUND if field.name not in BLOCKS]
        if name == "rounds"
        else [name]
    )
]
"""The same as the names of columns in a file."""


def with_passes(table: pa.Table) -> pa.Table:
    """Return a table of schema 1 as one of 2: its rounds have no passes, and nobody saw their cores."""
    rounds = table["rounds"].combine_chunks().flatten()
    no_passes = pa.ListArray.from_arrays(np.zeros(len(rounds) + 1, np.int32), pa.array([], pa.int64()))
    return extended(table, {"passes": no_passes, "cores": pa.nulls(len(rounds), pa.float64())}, SCHEMA_2)


def extended(table: pa.Table, fields: Mapping[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """Return a table with these fields of its rounds, or without some, as `schema` has them."""
    lists = table["rounds"].combine_chunks()
    rounds = lists.flatten()
    stored = dict(zip([field.name for field in rounds.type], rounds.flatten(), strict=True))
    kept: dict[str, Any] = {**stored, **fields}
    kind = list(schema.field("rounds").type.value_type)
    filled = pa.StructArray.from_arrays(
        [kept[field.name] for field in kind], fields=kind, mask=rounds.is_null()
    )
    ends = np.concatenate([[0], np.cumsum(lists.value_lengths().fill_null(0))])
    column = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), filled, mask=lists.is_null())
    return table.set_column(SCHEMA.get_field_index("rounds"), "rounds", column)
