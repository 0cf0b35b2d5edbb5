"""The columns of an op's table, and how a table of before becomes one of today's."""

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
_ROUND = pa.struct(
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
"""The columns of an op's table; see docs/store.md."""
ROUND_FIELDS = tuple(field.name for field in _ROUND)
"""What is stored of a round."""
_SINCE_2 = ("passes", "cores")
"""Fields of a round that a table of schema 1 lacks."""
_ROUND_1 = pa.struct([field for field in _ROUND if field.name not in _SINCE_2])
SCHEMA_1 = pa.schema([pa.field(f.name, pa.list_(_ROUND_1)) if f.name == "rounds" else f for f in SCHEMA])
"""What `SCHEMA` was before rounds knew their passes."""


def upgraded(table: pa.Table) -> pa.Table:
    """Return a table of schema 1 as one of today's: its rounds have no passes, and nobody saw their cores."""
    lists = table["rounds"].combine_chunks()
    rounds = lists.flatten()
    missing = {
        "passes": pa.ListArray.from_arrays(np.zeros(len(rounds) + 1, np.int32), pa.array([], pa.int64())),
        "cores": pa.nulls(len(rounds), pa.float64()),
    }
    stored = dict(zip([field.name for field in _ROUND_1], rounds.flatten(), strict=True))
    filled = pa.StructArray.from_arrays(
        [(stored | missing)[name] for name in ROUND_FIELDS], fields=list(_ROUND), mask=rounds.is_null()
    )
    ends = np.concatenate([[0], np.cumsum(lists.value_lengths().fill_null(0))])
    column = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), filled, mask=lists.is_null())
    return table.set_column(SCHEMA.get_field_index("rounds"), "rounds", column)
