"""Is a gradient that of its function? Its figures against differences of the function itself, in float64."""

from collections.abc import Callable, Iterator

import numpy as np

from harness.ops.dtypes import Array

SINGLE = 20
"""Elements of each operand that are moved one by one; all of them are moved together first."""
STEP = 4e-6
"""Of the operand's root mean square: what rounds and what curves cost about the same in float64."""
EXACT = 1e-5
"""Difference of a gradient, over its own size, that is always accepted."""
ROUNDINGS = 16.0
"""Last digits of each of the results that are accepted besides."""
Beside = Callable[[Array], Array]
"""Returns the results, weighed as the gradient is, where the operand is moved by a step."""


def directions(shape: tuple[int, ...], seed: int) -> Iterator[Array]:
    """Yield steps of 1 to either side: of all elements together, then of some of them one by one."""
    chance = np.random.default_rng(seed)
    yield chance.choice([-1.0, 1.0], shape)
    count = int(np.prod(shape))
    for place in chance.choice(count, min(SINGLE, count), replace=False):
        single = np.zeros(count)
        single[place] = 1.0
        yield single.reshape(shape)


def disproof(beside: Beside, point: Array, gradient: Array, direction: Array) -> tuple[float, float] | None:
    """
    Return the slope by the gradient and that by differences, where they cannot be the same.

    Notes
    -----
    Where a function has a kink its slopes to either side differ, and all between them are accepted. What the
    differences are uncertain by is told by those of twice the step, and by the digits that results have.
    """
    scale = float(np.sqrt(np.mean(point * point))) or 1.0
    step = STEP * scale * direction
    here, above, below = beside(np.zeros_like(step)), beside(step), beside(-step)
    width = STEP * scale
    with np.errstate(invalid="ignore"):  # of two infinities
        near = float(np.sum(above - below)) / (2 * width)
        far = float(np.sum(beside(2 * step) - beside(-2 * step))) / (4 * width)
        sides = float(np.sum(above - here)) / width, float(np.sum(here - below)) / width
    told = float(np.sum(gradient * direction))
    if not np.isfinite([*sides, far]).all():
        return None
    slack = EXACT * float(np.linalg.norm(gradient * direction))
    slack += 4 * abs(near - far) + ROUNDINGS * np.finfo(np.float64).eps * float(np.sum(np.abs(here))) / width
    return None if min(sides) - slack <= told <= max(sides) + slack else (told, near)
