"""The lengths that a measurement keeps to: blocks, turns, warm-up and passes, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long to warm up and how many passes to make; every duration in seconds."""

    block: float = 2e-4
    """Aimed-at length of a block: long enough for the clock, short enough to fit between disturbances."""
    turn: float = 6e-4
    """Timed seconds of a contender in a row, before the next one's turn."""
    window: float = 7.5e-4
    """Length of a warm-up window."""
    steady: float = 0.02
    """Relative difference of two successive windows' medians below which a warm-up is steady."""
    warm_least: float = 1.5e-3
    warm_most: float = 4e-3
    passes: int = 8
    """Mirrored passes of a round, in each of which every contender has two turns."""
    budget: float = 0.12
    """Timed seconds of all contenders of a group together, unless the fewest passes take longer."""
    fewest_passes: int = 2
    long_pass: float = 0.2
    """Seconds of a pass from which on one is enough: in so long calls a moment's disturbance shows little."""

    # Of a device whose clock falls when idle: its turn, and its shortest and longest warm-up.
    ramp_turn: float = 0.02
    ramp_least: float = 0.1
    ramp_most: float = 1.0

    # Of such a device after another backend's turn: window and shortest lead-in, and the seconds after which
    # it is timed though it is not as it was.
    lead_window: float = 5e-3
    lead_least: float = 0.02
    lead_most: float = 0.2
