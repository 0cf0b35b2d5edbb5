"""Do the backends compute the same thing? Nothing is timed before they do."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.model import Library, Op
from harness.ops.array_namespace import array_namespace
from harness.ops.dtypes import Array, dtype_name, limits, to_dtype, to_numbers
from harness.ops.figures import Figures, largest
from harness.ops.operands import Operands
from harness.ops.statement import evaluate
from harness.ops.trees import is_array

_WHOLE = "biu"
"""NumPy's letters of dtypes whose figures are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What an op gives in float64 and in the operands' dtype, and the size of its terms."""

    result: Array
    plain: Array
    scale: float


def reference(op: Op, host: Operands) -> Reference:
    """
    Return what the op gives by its NumPy spelling, the definition, on the rounded operands.

    The terms' size is the largest finite result on these or on their absolute values; 1 where that is 0.
    """
    definition = f"{op.set_up('numpy')}\n{op.spelled('numpy', 'numpy')}"
    names = {"np": np, "n": host.n, **array_namespace(op, "array_api_compat.numpy")}

    def computed(arrays: dict[str, Array]) -> Array:
        return np.asarray(one_array(evaluate(definition, {**names, **arrays}), "numpy"))

    numbers = {name: to_numbers(array) for name, array in host.arrays.items()}
    double = {name: array.astype(np.float64) for name, array in numbers.items()}
    with np.errstate(all="ignore"):  # what becomes of it is told as a remark
        result = plain = computed(double)
        if any(np.may_share_memory(result, array) for array in double.values()):
            result = plain = result.copy()  # of an op that gives a view: its operand is about to change
        for array in double.values():
            np.abs(array, out=array)
        terms = computed(double)
        if (dtype := dtype_name(next(iter(host.arrays.values())))) != "float64":
            # NumPy lacks one of the halves, and takes seconds for a product in the other.
            plain = computed({name: array.astype(np.float32) for name, array in numbers.items()})
            plain = to_dtype(plain, dtype) if plain.dtype == np.float32 else plain
    return Reference(result=result, plain=plain, scale=max(largest(terms), largest(result)) or 1.0)


def one_array(result: Any, library: Library) -> Any:  # noqa: ANN401 - each library has its own
    """Return the result of a text if it is one array, for NumPy also a number; else raise `UsageError`."""
    if library == "numpy" and isinstance(result, int | float | complex):
        return np.asarray(result)
    kind = type(result)
    # What is neither Python's own nor several is an array of some library, which its backend knows.
    if is_array(result) or not (kind.__module__ == "builtins" or isinstance(result, tuple)):
        return result
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    raise UsageError(
        f"its result is a {name}, and that of a text is one array: take a part of it, as in "
        "torch.sort(x).values, or write a def with a body, which may return several"
    )


def disagreement(result: Array, expected: Reference, dtype: str) -> tuple[float, str]:
    """
    Return the largest error of a result over the size of the op's terms, or NaN and why there is none.

    Not relative to the result, since a sum may cancel: the error bound of a sum or product of matrices is a
    multiple of machine epsilon times the same on absolute values (N. J. Higham, "Accuracy and Stability of
    Numerical Algorithms", 2nd ed., SIAM 2002, section 3).
    """
    exact, plain = expected.result, expected.plain
    if result.shape != exact.shape:
        return np.nan, f"the result has shape {result.shape}, expected {exact.shape}"
    if dtype_name(result) != dtype_name(plain):
        return np.nan, f"the result is {dtype_name(result)}, expected {dtype_name(plain)}, which NumPy's is"
    if exact.dtype.kind in _WHOLE:
        return _difference_of_whole(result, exact, plain)
    with np.errstate(all="ignore"):
        difference = np.asarray(np.subtract(to_numbers(result), exact))
        out = difference if difference.dtype == np.float64 else None
        error = float(np.max(np.abs(difference, out=out), initial=0.0)) / expected.scale
    if np.isfinite(error):
        return error, ""
    figures = replace(Figures.of(result, exact, plain, dtype), scale=expected.scale)
    return figures.error(figures.given), ""


def _difference_of_whole(result: Array, exact: Array, plain: Array) -> tuple[float, str]:
    """Return 0 where each whole number is NumPy's in float64 or in the operands' dtype, else what is not."""
    differ = (result != exact) & (result != plain)
    if not differ.any():
        return 0.0, ""
    return np.nan, (
        "some of its whole numbers are not NumPy's; where operands are equal, their order is "
        "only sure if it is asked for, as by stable=True"
    )


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
