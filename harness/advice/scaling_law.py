"""A law of times: what a call costs before it does anything, and what each further element costs."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.statistics.arrays import Floats

WORK: Mapping[str, Callable[[Floats], Floats]] = {
    "n": lambda n: n,
    "n log n": lambda n: n * np.log2(np.fmax(n, 2)),
    "n^1.5": lambda n: n**1.5,
    "n^2": lambda n: n**2,
}
"""How the work may grow with the size, the slowest first; a product of square matrices takes n^1.5."""
CONSTANT = "1"
"""What w is where a call takes as long at any size."""
FEWEST = 6
"""Sizes from which on a law is looked for: it has up to four parameters."""
MOST_ERROR = 0.25
"""Relative error of a size left out up to which a law is told."""
_AS_GOOD, _SLACK = 1.25, 0.01
"""An error of at most so many times another and this is as good: a simpler law is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingLaw:
    """
    ``t = latency + per_unit * w(n)``, and from a knee on ``per_unit_above`` for each further unit.

    Attributes
    ----------
    work : str
        What w is: a key of `WORK`, or `CONSTANT`.
    latency : float
        Seconds of a call before it does anything.
    per_unit, per_unit_above : float
        Seconds for each unit of work; the same without a knee.
    knee : float
        In elements; infinite without one.
    error : float
        The largest relative error at a size that is left out.
    between_error : float
        That of a line between the logarithms of its neighbours, which the law has to beat.
    """

    work: str
    latency: float
    per_unit: float
    per_unit_above: float
    knee: float
    error: float
    between_error: float

    @property
    def is_told(self) -> bool:
        """Whether it is as good as a line between neighbours, and good at all."""
        return self.error <= min(_as_good(self.between_error), MOST_ERROR)

    def seconds(self, sizes: Floats) -> Floats:
        """Return the seconds of a call at sizes."""
        below, above = _work(sizes, self.work, self.knee)
        times: Floats = self.latency + self.per_unit * below + self.per_unit_above * above
        return times


def scaling_law(sizes: Floats, seconds: Floats, works: Sequence[str] = tuple(WORK)) -> ScalingLaw | None:
    """
    Return the law of a curve of times.

    Parameters
    ----------
    sizes : array of float, of shape (points,)
        Ascending, each once.
    seconds : array of float, of shape (points,)
    works : sequence of str
        Keys of `WORK` that may be, the slowest first.

    Returns
    -------
    ScalingLaw or None
        None of fewer than 6 sizes.

    Notes
    -----
    Each kind of work, without a knee and with one at each inner size, is fitted by least squares of relative
    errors; a fit with a negative cost is none. Each size but the first and the last is left out in turn, by
    the residual over 1 - h, h being the leverage of the size. The simplest law whose largest error is about
    as small as that of the best is taken: without a knee, and of slower growth.

    References
    ----------
    D. M. Allen, "The relationship between variable selection and data augmentation and a method for
    prediction", Technometrics 16, 1974.
    """
    if len(sizes) < FEWEST:
        return None
    found = list(_candidates(sizes, seconds, works))
    most = _as_good(min(law.error for law in found))
    return next(law for law in found if law.error <= most)


def _candidates(sizes: Floats, seconds: Floats, works: Sequence[str]) -> Iterator[ScalingLaw]:
    """Yield the laws that a curve may follow, the simplest first: a constant always is one."""
    places, logs = np.log(sizes), np.log(seconds)
    part = (places[1:-1] - places[:-2]) / (places[2:] - places[:-2])
    between = _largest(logs[:-2] + part * (logs[2:] - logs[:-2]) - logs[1:-1])
    kinds = [(CONSTANT, math.inf), *((work, math.inf) for work in works)]
    kinds += [(work, knee) for knee in sizes[2:-2].tolist() for work in works]
    for work, knee in kinds:
        terms = np.stack([np.ones_like(sizes), *_work(sizes, work, knee)], axis=1) / seconds[:, None]
        terms = terms[:, terms.any(axis=0)]
        scales = terms.max(axis=0)  # from seconds to parts of a nanosecond in one matrix
        orthogonal, triangle = np.linalg.qr(terms / scales)
        costs = np.linalg.solve(triangle, orthogonal.sum(axis=0)) / scales
        if costs.min() <= 0:
            continue
        over = (terms @ costs - 1) / (1 - (orthogonal**2).sum(axis=1))
        latency, per_unit, above = [*costs.tolist(), 0.0, 0.0][:3]
        yield ScalingLaw(
            work=work,
            latency=latency,
            per_unit=per_unit,
            per_unit_above=per_unit if math.isinf(knee) else above,
            knee=knee,
            error=_largest(np.log(np.fmax(1 + over[1:-1], np.finfo(float).tiny))),
            between_error=between,
        )


def _as_good(error: float) -> float:
    """Return up to what an error is as good as another."""
    return _AS_GOOD * error + _SLACK


def _largest(logs: Floats) -> float:
    """Return the largest relative error of log errors."""
    return math.expm1(float(np.abs(logs).max()))


def _work(sizes: Floats, work: str, knee: float) -> tuple[Floats, Floats]:
    """Return the work below and above a knee."""
    if work == CONSTANT:
        return np.zeros_like(sizes), np.zeros_like(sizes)
    done = WORK[work](sizes)
    if math.isinf(knee):
        return done, np.zeros_like(done)
    (most,) = WORK[work](np.array([knee]))
    return np.fmin(done, most), np.fmax(done - most, 0)
