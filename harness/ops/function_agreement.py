"""Does a user's function give what it gives in double precision? Nobody has said how exact it should be.

So what NumPy itself loses in that dtype is the measure, and what the last digit of the operands decides.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.ops.dtypes import Array, dtype_name, limits, to_numbers
from harness.ops.operands import Operands
from harness.ops.trees import is_array, leaves

ROUNDINGS = 8.0
"""Errors of the dtype's last digit that are always accepted."""
GROWTH = 0.25
"""Of the root of an operand's figures, the last digits that are accepted as well.

NumPy's own error is no measure for others: it is nothing in double precision, and next to nothing where NumPy
adds up in pairs. What is added up in a row is off by the root of it, or more (Higham and Mary 2019, SIAM J.
Sci. Comput. 41 A2815): `np.dot` of a million by 20 last digits, `torch.linalg.norm` by 85 (measured).
"""
TIMES = 4.0
"""How many times the error of NumPy itself, or of other operands' last digits, is accepted."""
NOTHING = 1e-8
"""Of the largest figure of all parts, below which those of one are what was left when others cancelled."""
Compute = Callable[[Operands], Any]
"""Returns the result of a function with its arrays as NumPy's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a function gives: exactly, by the baseline in the dtype, and of slightly other operands."""

    exact: Any
    plain: Any
    disturbed: Callable[[], Any]
    terms: int = 1
    """Figures of the largest operand, which a result may add up."""


def expected(compute: Compute, host: Operands, dtype: str) -> Expected:
    """Return what a function is to give; the operands are not changed."""
    double = host.in_double()
    return Expected(
        exact=compute(host.in_double()),
        plain=compute(host.copied()),
        disturbed=lambda: compute(_disturbed(double, dtype)),
        terms=max((array.size for array in host.arrays.values()), default=1),
    )


def disagreement(
    result: dict[str, Any], held_against: Expected, *, by_all: bool = False
) -> tuple[float, float, str]:
    """
    Return the largest error over the largest exact figure, what is accepted, and why there is no error.

    `result` has the leaves of a result by what gets at them, of all or of some. What is 0 but for digits that
    cancelled is held against the largest figure of the others, if it is to be judged `by_all`.
    """
    exact, plain = dict(leaves(held_against.exact)), dict(leaves(held_against.plain))
    unknown = [path for path in result if path not in exact]
    if unknown:
        return math.nan, math.nan, f"the result has a part {unknown[0] or 'of its own'} that NumPy's has not"
    largest = max(map(_largest, exact.values()), default=0.0) if by_all else 0.0
    worst = (0.0, math.inf)
    disturbed: dict[str, Any] | None = None
    for path, value in result.items():
        if not (is_array(exact[path]) or isinstance(exact[path], int | float | complex)):
            if value != exact[path]:
                return math.nan, math.nan, f"the result has {value!r:.40}, expected {exact[path]!r:.40}"
            continue
        fault = _other_kind(path, value, plain[path])
        if fault:
            return math.nan, math.nan, fault
        epsilon = _epsilon(plain[path])
        error = _error(value, exact[path], largest)
        roundings = max(ROUNDINGS, GROWTH * math.sqrt(held_against.terms))
        accepted = max(roundings * epsilon, TIMES * _error(plain[path], exact[path], largest))
        if error > accepted:
            disturbed = dict(leaves(held_against.disturbed())) if disturbed is None else disturbed
            other = disturbed.get(path, math.nan)
            accepted = max(accepted, TIMES * _error(other, exact[path], largest))
        if error * min(worst[1], 1e300) >= worst[0] * min(accepted, 1e300):
            worst = error, accepted
    return *worst, ""


def repeats(result: Any, again: Any) -> bool:  # noqa: ANN401 - two results
    """Return whether two results of a call are alike, but for the later half of their digits."""
    first, second = dict(leaves(result)), dict(leaves(again))
    if first.keys() != second.keys():
        return False
    return all(
        _error(second[path], value) <= math.sqrt(_epsilon(value))
        if is_array(value) or isinstance(value, int | float | complex)
        else second[path] == value
        for path, value in first.items()
    )


def _other_kind(path: str, value: Any, plain: Any) -> str:  # noqa: ANN401 - an array or a number
    """Return why a part of a result cannot be held against the baseline's; empty where it can."""
    where = f"part {path} of the result" if path else "the result"
    if np.shape(value) != np.shape(plain):
        return f"{where} has shape {np.shape(value)}, expected {np.shape(plain)}"
    if is_array(value) and is_array(plain):
        given, wanted = dtype_name(np.asarray(value)), dtype_name(np.asarray(plain))
        if given != wanted:
            return f"{where} is {given}, expected {wanted}"
    return ""


def _epsilon(value: Any) -> float:  # noqa: ANN401 - as above
    """Return the distance from 1 to the next number of a value's dtype; 0 of whole numbers."""
    array = np.asarray(value)
    if dtype_name(array) == "bfloat16" or array.dtype.kind == "f":
        return limits(dtype_name(array)).epsilon
    return float(np.finfo(array.dtype).eps) if array.dtype.kind == "c" else 0.0


def _largest(value: Any) -> float:  # noqa: ANN401 - as above
    """Return the largest finite figure of an array or a number, without its sign; 0 if there is none."""
    wide = np.abs(_wide(value))
    return float(np.max(wide[np.isfinite(wide)], initial=0.0))


def _error(value: Any, exact: Any, largest: float = 0.0) -> float:  # noqa: ANN401 - as above
    """
    Return the largest error over the largest finite figure; infinite where only one of two is finite.

    Figures that are all nothing beside `largest` are held against that.
    """
    given, wanted = _wide(value), _wide(exact)
    if given.shape != wanted.shape:
        return math.inf
    alike = (given == wanted) | (np.isnan(given) & np.isnan(wanted))
    if alike.all():
        return 0.0
    finite = np.isfinite(wanted)
    if not (np.isfinite(given) & finite)[~alike].all():
        return math.inf
    scale = float(np.max(np.abs(wanted[finite])))
    scale = largest if scale < NOTHING * largest else scale
    largest = float(np.max(np.abs(given[~alike] - wanted[~alike])))
    return largest / scale if scale else math.inf


def _wide(value: Any) -> Array:  # noqa: ANN401 - as above
    """Return an array or a number in double precision."""
    array = to_numbers(np.asarray(value)) if is_array(value) else np.asarray(value)
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _disturbed(double: Operands, dtype: str) -> Operands:
    """Return operands whose figures are each some last digit larger or smaller."""
    signs = np.random.default_rng(0)
    epsilon = limits(dtype).epsilon if dtype else 0.0
    return replace(
        double,
        arrays={
            name: array * (1 + epsilon * signs.choice([-1.0, 1.0], array.shape))
            if array.dtype.kind in "fc"
            else array
            for name, array in double.arrays.items()
        },
    )
