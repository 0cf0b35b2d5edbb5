"""What a run may be asked to measure, checked before anything starts."""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import get_args

from harness.backends.table import BASELINE, USUAL, backend_named, in_order
from harness.errors import UnknownNameError, UsageError
from harness.model import ITEMSIZE, MOST_ROUNDS, Cache
from harness.workers.process import USUAL_START, Start

DTYPES = tuple(ITEMSIZE)
MOST_SECONDS = 86400.0
"""Of a run; whoever has more than a day needs another machine."""

HANG_SHARE = 0.25
"""Of the seconds that an op was given, those without a sign of life: three calls, of at least 12 in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run measures and for how long."""

    backends: tuple[str, ...] = USUAL
    """The baseline is always among them once they are `checked`."""
    dtypes: tuple[str, ...] = ("float32",)
    min_size: int | None = None
    max_size: int | None = None
    """Smallest and largest n, powers of 4; None leaves the op's default."""
    rounds: int | None = None
    """Forks of a fresh process per op; None leaves it to the budget."""
    seconds: float | None = None
    """What the run may take until its answer; None leaves what goes with the number of its ops."""
    quick: bool = False
    """Fewer sizes and rounds, for a first answer."""
    seed: int = 0
    """Decides the operands and the order of the turns."""
    hang_limit: float = 60.0
    """Seconds without a sign of life after which a worker is killed, unless the run is given much time."""
    start: Start = USUAL_START
    """How a round begins; see `harness.workers.process`."""
    l2: Cache = Cache.HOT
    """What a device's last cache holds when a call of the span `device` begins."""
    baseline: str = BASELINE
    """The backend that speedups are against."""
    pinned: bool = False
    """Whether a `round_trip` to a device of its own goes through pinned host memory."""

    def hang_limit_of(self, ops: int) -> float:
        """Return the seconds without a sign of life that a worker has in a run of so many ops."""
        return max(self.hang_limit, HANG_SHARE * (self.seconds or 0.0) / max(ops, 1))

    def only(self, backends: Collection[str]) -> "Settings":
        """Return the settings for some of the backends, and the baseline."""
        kept = tuple(name for name in self.backends if name == self.baseline or name in backends)
        return replace(self, backends=kept)


DEFAULT = Settings()
QUICK = Settings(quick=True)


def checked(settings: Settings) -> Settings:
    """
    Return the settings as they will be used, or refuse what cannot be meant.

    The baseline is among the backends, which are in the order of the table and then of asking, nothing twice.
    """
    for name in settings.backends:
        backend_named(name)
    for dtype in settings.dtypes:
        if dtype not in DTYPES:
            raise UnknownNameError.of("dtype", dtype, DTYPES)
    for size in (settings.min_size, settings.max_size):
        if size is not None and not _is_power_of_4(size):
            near = 4 ** max(0, (max(size, 1).bit_length() - 1) // 2)
            raise UsageError(
                f"the size {size} is not a power of 4, which a square matrix and a shared axis need; "
                f"nearest are {near} and {near * 4}"
            )
    if settings.min_size and settings.max_size and settings.min_size > settings.max_size:
        raise UsageError(f"no size lies between {settings.min_size} and {settings.max_size}; swap the two")
    _check_extent(settings)
    if settings.l2 not in tuple(Cache):
        raise UnknownNameError.of("state of the L2 cache", settings.l2, tuple(Cache))
    return replace(
        settings,
        backends=tuple(in_order(dict.fromkeys((settings.baseline, *settings.backends)))),
        dtypes=tuple(dict.fromkeys(settings.dtypes)),
    )


def _check_extent(settings: Settings) -> None:
    """Refuse rounds, seconds and starts that cannot be."""
    if settings.rounds is not None and not 1 <= settings.rounds <= MOST_ROUNDS:
        raise UsageError(
            f"{settings.rounds} is no number of rounds from 1 to {MOST_ROUNDS}; without it the time decides"
        )
    if settings.seconds is not None and not 0 < settings.seconds <= MOST_SECONDS:
        raise UsageError(f"{settings.seconds:g} s is not above 0 and up to {MOST_SECONDS:g}, a day")
    if settings.start not in get_args(Start):
        raise UnknownNameError.of("way to start a round", settings.start, get_args(Start))
    if settings.start == "fork" and not hasattr(os, "fork"):
        raise UsageError("this system cannot fork; leave --start away, or give it spawn")


def _is_power_of_4(size: int) -> bool:
    """Return whether a number of elements is a power of 4."""
    return size > 0 and size & (size - 1) == 0 and size.bit_length() % 2 == 1
