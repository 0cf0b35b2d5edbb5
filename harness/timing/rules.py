"""The lengths that a measurement keeps to: blocks, turns, warm-up and budget, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long to warm up and to sample; every duration in seconds."""

    block: float = 5e-4
    """Aimed-at length of a block: long enough for the clock, short enough to fit between disturbances."""
    turn: float = 4e-3
    """Timed seconds of a contender in a row, before the next one's turn."""
    window: float = 0.02
    """Length of a warm-up window."""
    steady: float = 0.005
    """Relative difference of two successive windows' medians below which a warm-up is steady."""
    warm_least: float = 0.04
    warm_most: float = 0.06
    budget: float = 0.04
    """Timed seconds of a contender in a round; a single call if one is longer."""
    width: float = 0.005
    """Half width of the median's 95 % interval, relative to the median, that ends the sampling."""
    patience: float = 5.0
    """How long a process may rest in all while its processor is slowed, and how long it may then measure
    again what was disturbed."""

    # Of a device whose clock falls when idle: its turn, and its shortest and longest warm-up.
    ramp_turn: float = 0.02
    ramp_least: float = 0.1
    ramp_most: float = 1.0

    # Of such a device after another backend's turn: window and shortest lead-in, and the seconds after which
    # it is timed though it is not as it was.
    lead_window: float = 5e-3
    lead_least: float = 0.02
    lead_most: float = 0.2
