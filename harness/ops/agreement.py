"""Do the backends compute the same thing? Nothing is timed before they do."""

from collections.abc import Mapping

import numpy as np

from harness.model import Op
from harness.ops.dtypes import Array, dtype_name, limits, to_numbers
from harness.ops.statement import evaluate


def reference(op: Op, host: Mapping[str, Array]) -> tuple[Array, float]:
    """
    Return what the op gives in float64, and the size of its terms.

    Parameters
    ----------
    op : Op
        The op; its NumPy spelling is the definition.
    host : mapping of str to ndarray
        The operands by name, from `operands`: the result is that of the rounded values.

    Returns
    -------
    result : ndarray
        The float64 result.
    scale : float
        The largest result of the same op on the operands' absolute values.
    """
    definition = f"{op.setup.get('numpy', '')}\n{op.spelling['numpy']}"
    double = {name: to_numbers(array).astype(np.float64) for name, array in host.items()}
    result = evaluate(definition, {"np": np, "n": host[op.operands[0]].size, **double})
    for array in double.values():
        np.abs(array, out=array)
    terms = evaluate(definition, {"np": np, "n": host[op.operands[0]].size, **double})
    return np.asarray(result), float(np.max(np.abs(terms)))


def disagreement(result: Array, expected: Array, scale: float, dtype: str) -> tuple[float, str]:
    """
    Return how far a result is from the reference.

    Parameters
    ----------
    result : ndarray
        What a backend computed.
    expected : ndarray
        The reference, in float64.
    scale : float
        The size of the op's terms, from `reference`.
    dtype : str
        The dtype that the result must have.

    Returns
    -------
    error : float
        Largest absolute difference over `scale`; NaN if the two cannot be compared.
    fault : str
        Why they cannot be compared; empty if they can.

    Notes
    -----
    Relative to the terms rather than to the result, since a sum may cancel: the error bound of a
    sum or product of matrices is a multiple of machine epsilon times the same on absolute values.

    References
    ----------
    N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, section 3.
    """
    if result.shape != expected.shape:
        return np.nan, f"the result has shape {result.shape}, expected {expected.shape}"
    if dtype_name(result) != dtype:
        return np.nan, f"the result is {dtype_name(result)}, expected {dtype}"
    difference = np.subtract(to_numbers(result), expected, dtype=np.float64)
    return float(np.max(np.abs(difference, out=np.asarray(difference)))) / scale, ""


def accepted_error(op: Op, dtype: str) -> float:
    """
    Return the largest error at which a backend still computes the op.

    Parameters
    ----------
    op : Op
        Gives its tolerance in machine epsilons.
    dtype : str
        One of `harness.model.ITEMSIZE`.

    Returns
    -------
    float
        Relative to the op's terms, see `disagreement`.

    Notes
    -----
    In float64 the reference has rounding errors of its own, of the same size as the backend's.
    """
    return op.tolerance * limits(dtype).epsilon


def out_of_range(scale: float, dtype: str) -> str:
    """
    Return why a dtype cannot hold the results of an op.

    Parameters
    ----------
    scale : float
        The size of the op's terms, from `reference`.
    dtype : str
        One of `harness.model.ITEMSIZE`.

    Returns
    -------
    str
        Empty where it can.

    Notes
    -----
    Of float16, which has all its digits from 6.1e-05 to 65504 only: the gradient of a mean of 262 144
    squares lies below, and what the rounding leaves of it is not worth a comparison.
    """
    known = limits(dtype)
    if scale > known.largest:
        return f"results of up to {scale:.2g} are beyond the largest {dtype}, {known.largest:.2g}"
    if 0 < scale < known.smallest:
        return (
            f"results of {scale:.2g} at most are below the smallest {dtype} that has all its digits, "
            f"{known.smallest:.2g}"
        )
    return ""
