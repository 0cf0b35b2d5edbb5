"""The lengths that a measurement keeps to: blocks, turns, warm-up and budget, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    How long to warm up and to sample; every duration in seconds.

    Attributes
    ----------
    block : float
        Aimed-at length of a block: long enough for the clock, short enough to fit between disturbances.
    turn : float
        Timed seconds of a contender in a row, before the next one's turn.
    window : float
        Length of a warm-up window.
    steady : float
        Relative difference of two successive windows' medians below which a warm-up is steady.
    warm_least, warm_most : float
        Shortest and longest warm-up of a contender.
    budget : float
        Timed seconds of a contender in a round; a single call if one is longer.
    width : float
        Half width of the median's 95 % interval, relative to the median, that ends the sampling.
    patience : float
        How long a process may rest in all while its processor is slowed, and how long it may then measure
        again what was disturbed.
    ramp_turn, ramp_least, ramp_most : float
        Of a device whose clock falls when idle: its `turn`, `warm_least` and `warm_most`.
    lead_window, lead_least, lead_most : float
        Of such a device after another backend's turn: its `window` and `warm_least` when led in, and the
        seconds after which it is timed though it is not as it was.
    """

    block: float = 5e-4
    turn: float = 4e-3
    window: float = 0.02
    steady: float = 0.005
    warm_least: float = 0.04
    warm_most: float = 0.06
    budget: float = 0.04
    width: float = 0.005
    patience: float = 5.0
    ramp_turn: float = 0.02
    ramp_least: float = 0.1
    ramp_most: float = 1.0
    lead_window: float = 5e-3
    lead_least: float = 0.02
    lead_most: float = 0.2
