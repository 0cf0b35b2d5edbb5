"""Whether an op has a result for all of its operands, and what must be known where it has none."""

from typing import Any

import numpy as np

from harness.model import Op
from harness.ops.dtypes import to_numbers
from harness.ops.operands import Operands
from harness.ops.trees import is_array, leaves

_NORMAL = "operands are standard normal, and some lie outside of its domain"


def outside(op: Op, host: Operands, exact: Any) -> str:  # noqa: ANN401 - a result in double precision
    """Return that a result, or part of it, is no number though operands are; empty if all of it is one."""
    if any(_share(to_numbers(array)) for array in host.arrays.values()):
        return ""
    share = max((_share(leaf) for _, leaf in leaves(exact) if is_array(leaf)), default=0.0)
    if not share:
        return ""
    part = "its result" if share == 1 else "part of its result"  # the share differs by size
    told = f"{part} is not a number (NaN)"
    if op.function and op.function.inputs:
        return told
    how = "" if op.function else "measure a def with a body, and "
    return f"{told}: {_NORMAL}; {how}give others by inputs="


def _share(array: Any) -> float:  # noqa: ANN401 - an array or a scalar of one
    """Return the share of figures that are no numbers."""
    values = np.asarray(array)
    return float(np.isnan(values).mean()) if values.dtype.kind in "fc" and values.size else 0.0
