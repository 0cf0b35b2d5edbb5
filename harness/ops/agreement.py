"""Do the backends compute the same thing? Nothing is timed before they do."""

from dataclasses import dataclass

import numpy as np

from harness.model import EVERY, Op
from harness.ops.array_namespace import array_namespace
from harness.ops.dtypes import Array, dtype_name, limits, to_numbers
from harness.ops.operands import Operands
from harness.ops.statement import evaluate


@dataclass(frozen=True, slots=True)
class Reference:
    """What an op gives in float64, and the size of its terms."""

    result: Array
    scale: float


def reference(op: Op, host: Operands) -> Reference:
    """
    Return what the op gives in float64, and the size of its terms, by its NumPy spelling, the definition.

    The terms' size is the largest result on the operands' absolute values. Both are of the rounded operands.
    """
    definition = f"{op.setup.get('numpy', op.setup.get(EVERY, ''))}\n{op.spelled('numpy', 'numpy')}"
    names = {"np": np, "n": host.n, **array_namespace(op, "array_api_compat.numpy")}
    double = {name: to_numbers(array).astype(np.float64) for name, array in host.arrays.items()}
    result = np.asarray(evaluate(definition, {**names, **double}))
    if any(np.may_share_memory(result, array) for array in double.values()):
        result = result.copy()  # of an op that gives a view: its operand is about to change
    for array in double.values():
        np.abs(array, out=array)
    terms = evaluate(definition, {**names, **double})
    return Reference(result, float(np.max(np.abs(terms))))


def disagreement(result: Array, expected: Reference, dtype: str) -> tuple[float, str]:
    """
    Return the largest error of a result over the size of the op's terms, or NaN and why there is none.

    Not relative to the result, since a sum may cancel: the error bound of a sum or product of matrices is a
    multiple of machine epsilon times the same on absolute values (N. J. Higham, "Accuracy and Stability of
    Numerical Algorithms", 2nd ed., SIAM 2002, section 3).
    """
    if result.shape != expected.result.shape:
        return np.nan, f"the result has shape {result.shape}, expected {expected.result.shape}"
    if dtype_name(result) != dtype:
        return np.nan, f"the result is {dtype_name(result)}, expected {dtype}"
    difference = np.subtract(to_numbers(result), expected.result, dtype=np.float64)
    return float(np.max(np.abs(difference, out=np.asarray(difference)))) / expected.scale, ""


def accepted_error(op: Op, dtype: str) -> float:
    """
    Return the largest error, relative to the op's terms, at which a backend still computes the op.

    In float64 the reference has rounding errors of its own, of the same size as the backend's.
    """
    return op.tolerance * limits(dtype).epsilon


def out_of_range(scale: float, dtype: str) -> str:
    """
    Return why a dtype cannot hold the results of an op whose terms have this size; empty where it can.

    float16 has all its digits from 6.1e-05 to 65504 only: the gradient of a mean of 262 144 squares lies
    below, and what the rounding leaves of it is not worth a comparison.
    """
    limit = limits(dtype)
    if scale > limit.largest:
        return f"results of up to {scale:.2g} are beyond the largest {dtype}, {limit.largest:.2g}"
    if 0 < scale < limit.smallest:
        return (
            f"results of {scale:.2g} at most are below the smallest {dtype} that has all its digits, "
            f"{limit.smallest:.2g}"
        )
    return ""
