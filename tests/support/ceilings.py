"""Scripted ceilings, of all threads and of one, and cells beside them."""

import math
from dataclasses import asdict, replace

from harness.model import Ceiling, Cell
from tests.support.runs import scripted_cell

ALL = Ceiling(
    device="cpu",
    threads=None,
    in_cache=100e9,
    in_memory=20e9,
    memory_from=10**8,
    matmul={"float32": 200e9},
    empty_call=1e-8,
    timer=5e-8,
)
ONE = replace(ALL, threads=1, in_cache=50e9, matmul={"float32": 80e9})
CEILINGS = [ALL, ONE]
STORED = asdict(replace(ALL, memory_from=2**27, matmul={"float32": 1.5e11}))
"""A ceiling as ``run.json`` has it."""


def moving(moved: float, seconds: float, *, backend: str = "numpy", flop: float = math.nan) -> Cell:
    """Return a cell whose calls move so many bytes in that time."""
    return replace(scripted_cell(backend, 16, [seconds] * 3), moved=moved, flop=flop)
