"""What a run may be asked to measure, checked before anything starts."""

from dataclasses import dataclass, replace

from harness.backends.table import BACKENDS, BASELINE, REQUIRED, backend_named
from harness.errors import UnknownNameError, UsageError
from harness.model import ITEMSIZE, MOST_ROUNDS, Cache
from harness.timing.rules import Rules

DTYPES = tuple(ITEMSIZE)
PUBLISHING_ROUNDS = 5
"""From this many rounds on a run takes its time."""
MOST_PATIENCE = 3600.0
"""Seconds; whoever has to wait longer than an hour for one round needs another machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run measures and for how long."""

    backends: tuple[str, ...] = tuple(b.name for b in BACKENDS.values() if b.library in REQUIRED)
    """The baseline is always among them once they are `checked`."""
    dtypes: tuple[str, ...] = ("float32",)
    min_size: int | None = None
    max_size: int | None = None
    """Smallest and largest n, powers of 4; None leaves the op's default."""
    rounds: int = 3
    """Worker processes per op."""
    quick: bool = False
    """Fewer sizes and shorter blocks, for a first look."""
    seed: int = 0
    """Decides the operands and the order of the blocks."""
    hang_limit: float = 60.0
    """Seconds without a sign of life after which a worker is killed."""
    l2: Cache = Cache.HOT
    """What a device's last cache holds when a call of the span `device` begins."""
    pinned: bool = False
    """Whether a `round_trip` to a device of its own goes through pinned host memory."""
    patience: float | None = None
    """Seconds; see `harness.timing.rules.Rules`. None leaves what goes with the other settings."""

    def rules(self) -> Rules:
        """Return the lengths that go with these settings: a first look, the default, or for publishing."""
        if self.quick:
            rules = Rules(budget=0.03, warm_most=0.06, patience=0.5)
        elif self.rounds >= PUBLISHING_ROUNDS:
            rules = Rules(budget=0.1, warm_most=1.0)
        else:
            rules = Rules()
        return rules if self.patience is None else replace(rules, patience=self.patience)


DEFAULT = Settings()
QUICK = Settings(quick=True, rounds=1)
"""A first look: one round tells no interval."""


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
    if not 1 <= settings.rounds <= MOST_ROUNDS:
        raise UsageError(
            f"{settings.rounds} is no number of rounds from 1 to {MOST_ROUNDS}; 3 is the default, 5 is for "
            "publishing"
        )
    if settings.patience is not None and not 0 <= settings.patience <= MOST_PATIENCE:
        raise UsageError(
            f"a patience of {settings.patience:g} s is not from 0 to {MOST_PATIENCE:g}; it is spent in each "
            "round of each op"
        )
    if settings.l2 not in tuple(Cache):
        raise UnknownNameError.of("state of the L2 cache", settings.l2, tuple(Cache))
    wanted = dict.fromkeys((BASELINE, *settings.backends))
    return replace(
        settings,
        backends=(*(n for n in BACKENDS if n in wanted), *(n for n in wanted if n not in BACKENDS)),
        dtypes=tuple(dict.fromkeys(settings.dtypes)),
    )


def _is_power_of_4(size: int) -> bool:
    """Return whether a number of elements is a power of 4."""
    return size > 0 and size & (size - 1) == 0 and size.bit_length() % 2 == 1
