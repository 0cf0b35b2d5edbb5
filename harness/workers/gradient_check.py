"""Whether a function's gradient is its own, for which its library is believed on nothing."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np

from harness.backends.backend import Backend, prepare
from harness.backends.gradients import beside
from harness.model import Op, Part, Span
from harness.ops.dtypes import Array
from harness.ops.finite_differences import directions, disproof
from harness.ops.operands import Operands
from harness.ops.statement import evaluate
from harness.units import significant
from harness.workers.function_result import to_host

LONGEST = 0.5
"""Seconds after which no further direction is tried; the first, of all elements together, always is."""


def wrong_gradient(op: Op, backend: Backend, host: Operands) -> str:
    """Return why the gradient in double precision is none of its function, as a sentence; empty if it is."""
    both = part_of(op, Part.BOTH)
    names = prepare(backend, both, host.in_double())
    result = evaluate(backend.statement(both, Span.CALL), names)
    slopes = gradients(result, names, backend)
    points = [to_host(one, backend) for one in names["_by"]]
    results = beside(both, backend.name, backend.library, names)
    ends = time.perf_counter() + LONGEST
    for index, direction in _in_turn([point.shape for point in points]):
        if result[index] is None:  # Torch was not asked to differentiate by it
            continue
        disproved = disproof(partial(results, index), points[index], slopes[index], direction)
        if disproved:
            told, found = map(significant, disproved)
            by = names["_by_names"][index]
            return (
                f"its gradient is wrong: by {by} it is {told} where the function changes by {found}; pass "
                "check=False if that is meant"
            )
        if time.perf_counter() > ends:
            break
    return ""


def part_of(op: Op, part: Part) -> Op:
    """Return another part of what an op is one of."""
    assert op.function is not None  # noqa: S101 - nothing else has parts
    return replace(op, function=replace(op.function, part=part))


def gradients(result: Sequence[Any], names: Mapping[str, Any], backend: Backend) -> tuple[Array, ...]:
    """Return gradients as NumPy's arrays; by what has no part in the result it is 0."""
    return tuple(
        np.zeros_like(to_host(by, backend)) if slope is None else to_host(slope, backend)
        for by, slope in zip(names["_by"], result, strict=True)
    )


def _in_turn(shapes: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, Array]]:
    """Yield an operand and a direction, each operand in turn."""
    for turn in zip_longest(*(directions(shape, seed) for seed, shape in enumerate(shapes))):
        for index, direction in enumerate(turn):
            if direction is not None:
                yield index, direction
