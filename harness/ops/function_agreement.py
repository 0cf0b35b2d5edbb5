"""Does a user's function give what it gives in double precision? Nobody has said how exact it should be.

So what NumPy itself loses in that dtype is the measure, and what the last digit of the operands decides.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.ops.dtypes import Array, dtype_name, limits, to_dtype
from harness.ops.figures import Figures, largest
from harness.ops.operands import Operands
from harness.ops.trees import is_array, leaves, mapped

ROUNDINGS = 8.0
"""Errors of the dtype's last digit that are always accepted; as many times what those of the operands do."""
TIMES = 4.0
"""How many times the error of NumPy itself is accepted."""
GROWTH = 0.25
"""Last digits that sums may lose, of the root of how many figures come together for one of the result."""
MOST_GROWTH = 32.0
"""Up to how many times more where many figures come together: errors of n of them grow as the root of n.

N. J. Higham and T. Mary, "A new approach to probabilistic rounding error analysis", SIAM J. Sci. Comput. 41
(2019). Library routines sum in blocks, so that 1000 times as many elements hardly cost more digits: Torch's
norm and variance of 10^6 elements are 60 to 80 last digits off, and no honest function of 60 was further.
"""
MANY = 1024.0
"""Operands' figures for each of the result from which on that is so: one of 4096 forgotten is told."""
LEAST_DIGITS = 1 / 64
"""The error that growth alone may excuse at most: in bfloat16 it would excuse all."""
HARDLY = 0.1
"""Accepted error from which on a result is hardly checked, which is said."""
NOTHING = 1e-8
"""Of the largest figure of all parts, below which those of one are what was left when others cancelled."""
GROSS = 0.01
"""Share of a result that may be off by more than half of itself where NumPy is right, and last digits of the
operands change nothing: the largest figure hides what becomes of small ones."""
_DRAWS = 3
_SAME_PARTS = "let both return the same, as by torch.sort(x).values beside np.sort(x)"
Compute = Callable[[Operands], Any]
"""Returns the result of a function with its arrays as NumPy's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a function gives: exactly, by the baseline in the dtype, and of slightly other operands."""

    exact: Any
    plain: Any
    disturbed: Callable[[], list[Any]]
    dtype: str = ""
    longest: int = 1
    """Length of the longest axis of an operand."""
    elements: int = 1
    """Of all operands."""
    largest: float = 0.0
    """The largest figure of an operand."""
    in_double: bool = True
    """Whether the function takes double precision; else the exact result is that of the baseline."""


def expected(compute: Compute, host: Operands, dtype: str) -> Expected:
    """Return what a function is to give; the operands are not changed, what it raises is passed on."""
    in_double = True
    if dtype == "bfloat16":  # NumPy has none, and what is rounded once is as exact as it can be
        exact = compute(host.in_double())
        plain = mapped(exact, _rounded_to_bfloat16)
    else:
        plain = compute(host.copied())
        try:
            exact = compute(host.in_double())
        except Exception:  # noqa: BLE001 - such as a captured float32 weight, which Torch does not promote
            exact, in_double = plain, False
    base = host.in_double() if in_double else host
    return Expected(
        exact=exact,
        plain=plain,
        disturbed=lambda: [compute(_disturbed(base, dtype, seed)) for seed in range(_DRAWS)],
        dtype=dtype,
        longest=max((max(array.shape, default=1) for array in host.arrays.values()), default=1),
        elements=sum(array.size for array in host.arrays.values()),
        largest=max(map(largest, base.arrays.values()), default=0.0),
        in_double=in_double,
    )


def disagreement(
    result: Mapping[str, Any], held_against: Expected, *, by_all: bool = False, whole: bool = False
) -> tuple[float, float, str]:
    """
    Return the largest error over the largest exact figure, what is accepted, and why there is no error.

    `result` has the leaves of a result by what gets at them, of all if it is `whole`, or of some. The largest
    figure is that of a part, or `by_all` that of all parts for one whose figures are all `NOTHING` beside it.
    """
    exact, plain = dict(leaves(held_against.exact)), dict(leaves(held_against.plain))
    unknown = [path for path in result if path not in exact]
    if unknown:
        fault = f"the result has a part {unknown[0] or 'of its own'} that NumPy's has not"
        return math.nan, math.nan, f"{fault}: {_SAME_PARTS}"
    if missing := [path for path in exact if whole and path not in result]:
        fault = f"the result has no part {missing[0] or 'of its own'}, which NumPy's has"
        return math.nan, math.nan, f"{fault}: {_SAME_PARTS}"
    figures = [value for value in exact.values() if by_all and _is_figure(value)]
    nothing = NOTHING * max(map(largest, figures), default=0.0)
    worst = (0.0, math.inf)
    for path, value in result.items():
        if not _is_figure(exact[path]):
            if value != exact[path]:
                return math.nan, math.nan, f"the result has {value!r:.40}, expected {exact[path]!r:.40}"
            continue
        fault = _other_kind(path, value, plain[path])
        if fault:
            return math.nan, math.nan, fault
        own = Figures.of(value, exact[path], plain[path], held_against.dtype)
        of_part = _of_part(
            path, replace(own, scale=nothing / NOTHING) if own.scale < nothing else own, held_against
        )
        if of_part[2]:
            return of_part
        if of_part[0] * min(worst[1], 1e300) >= worst[0] * min(of_part[1], 1e300):
            worst = of_part[:2]
    return *worst, ""


def _of_part(path: str, figures: Figures, held_against: Expected) -> tuple[float, float, str]:
    """Return the error of a part of a result, what is accepted, and why there is none."""
    error, epsilon = figures.error(figures.given), figures.held.epsilon
    terms = held_against.elements / max(figures.wanted.size, 1)
    grown = min(GROWTH * math.sqrt(terms), MOST_GROWTH * ROUNDINGS) * epsilon if terms > MANY else 0.0
    own = TIMES * figures.error(figures.own)
    accepted = max(ROUNDINGS * epsilon, min(grown, LEAST_DIGITS), own)
    if own >= 1.0:  # it gets no digit right: what is left where figures cancel is the noise of these
        noise = ROUNDINGS * epsilon * math.sqrt(held_against.elements) * held_against.largest
        accepted = max(accepted, noise / figures.scale)
    suspects = figures.grossly_off()
    if error <= accepted and _share(suspects) <= GROSS:
        return error, accepted, ""
    parts = [dict(leaves(one)).get(path, math.nan) for one in held_against.disturbed()]
    others = [figures.other(part) for part in parts]
    if error > accepted:
        moved = max(figures.error(other) for other in others)
        moved = moved if math.isfinite(moved) else 1.0  # as much as can be
        accepted = max(accepted, ROUNDINGS * _growth(held_against.longest) * moved)
    for other in others:
        suspects &= figures.close(other)
    if error <= accepted and _share(suspects) > GROSS:
        share = f"{_share(suspects):.0%}"
        return (
            math.nan,
            math.nan,
            f"{share} of its figures are off by more than half, where NumPy's are right",
        )
    return error, accepted, ""


def _share(which: Array) -> float:
    """Return the share of figures that are meant."""
    return float(which.mean()) if which.size else 0.0


def _growth(count: float) -> float:
    """Return how many times the error of one figure so many of them may make."""
    return min(math.sqrt(max(count, 1.0)), MOST_GROWTH)


def repeats(result: Any, again: Any, dtype: str = "") -> bool:  # noqa: ANN401 - two results
    """Return whether two results of a call are alike, but for the later half of their digits."""
    first, second = dict(leaves(result)), dict(leaves(again))
    if first.keys() != second.keys():
        return False
    return all(
        _is_alike(second[path], value, dtype) if _is_figure(value) else second[path] == value
        for path, value in first.items()
    )


def _is_alike(value: Any, first: Any, dtype: str) -> bool:  # noqa: ANN401 - arrays or numbers
    """Return whether two parts have the same first half of digits."""
    if np.shape(value) != np.shape(first):
        return False
    figures = Figures.of(value, first, first, dtype)
    return figures.error(figures.given) <= math.sqrt(figures.held.epsilon)


def _is_figure(value: object) -> bool:
    """Return whether something is an array or a number."""
    return is_array(value) or isinstance(value, int | float | complex)


def _other_kind(path: str, value: Any, plain: Any) -> str:  # noqa: ANN401 - an array or a number
    """Return why a part of a result cannot be held against the baseline's; empty where it can."""
    where = f"part {path} of the result" if path else "the result"
    if not _is_figure(value):
        return f"{where} is a {type(value).__name__}, expected a {type(plain).__name__}"
    if np.shape(value) != np.shape(plain):
        return f"{where} has shape {np.shape(value)}, expected {np.shape(plain)}"
    if is_array(value) and is_array(plain):
        given, wanted = dtype_name(np.asarray(value)), dtype_name(np.asarray(plain))
        if given != wanted:
            return f"{where} is {given}, expected {wanted}: bring both to one dtype, or pass check="
    return ""


def _rounded_to_bfloat16(leaf: Any) -> Any:  # noqa: ANN401 - a leaf of a result
    """Return floating-point numbers as the bits of bfloat16."""
    is_floating = is_array(leaf) and leaf.dtype.kind == "f"
    return to_dtype(np.asarray(leaf, dtype=np.float32, order="C"), "bfloat16") if is_floating else leaf


def _disturbed(host: Operands, dtype: str, seed: int) -> Operands:
    """Return operands whose figures are each some last digit larger or smaller."""
    signs = np.random.default_rng(seed)
    epsilon = limits(dtype).epsilon if dtype else 0.0
    return replace(
        host,
        arrays={
            name: (array * (1 + epsilon * signs.choice([-1.0, 1.0], array.shape))).astype(array.dtype)
            if array.dtype.kind in "fc"
            else array.copy()
            for name, array in host.arrays.items()
        },
    )
