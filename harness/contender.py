"""What the sampling is given: the calls that compete, the rules of their sampling, and its instruments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.model import DeviceState


class Instruments(Protocol):
    """What the sampling reads off the process and the host; scripted in tests."""

    def now(self) -> float:
        """Return seconds on a monotonic clock."""
        ...

    def cpu(self) -> float:
        """Return CPU seconds used by all threads of this process."""
        ...

    def faults(self) -> int:
        """Return the page faults of this process so far."""
        ...

    def switches(self) -> int:
        """Return the involuntary context switches of this process so far."""
        ...

    def stalled(self) -> float:
        """Return seconds so far in which some thread of this host had no processor, its own included."""
        ...

    def stolen(self) -> float:
        """Return seconds per processor that the hypervisor gave to others, so far."""
        ...

    def settle(self) -> None:
        """Wait until no thread of this process is running but the caller."""
        ...

    def pace(self, *, idle: bool) -> float:
        """
        Return the seconds that a fixed piece of work takes just now, relative to the fewest seen.

        A caller that was idle, as one is that waits for a device, has to raise its clock first.
        """
        ...

    def rest(self) -> float | None:
        """
        Wait a moment for a slowed processor, and return its usual pace meanwhile.

        None means that it did not wait: a process rests only so long.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    How long to warm up and to sample; every duration in seconds.

    Attributes
    ----------
    block : float
        Aimed-at length of a block: long enough for the clock, short enough to fit between disturbances.
    visit : float
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
    ramp_visit, ramp_least, ramp_most : float
        Of a device whose clock falls when idle: its `visit`, `warm_least` and `warm_most`.
    lead_window, lead_least, lead_most : float
        Of such a device after another backend's turn: its `window` and `warm_least` when led in, and the
        seconds after which it is timed though it is not as it was.
    """

    block: float = 5e-4
    visit: float = 4e-3
    window: float = 0.02
    steady: float = 0.005
    warm_least: float = 0.04
    warm_most: float = 0.06
    budget: float = 0.04
    width: float = 0.005
    patience: float = 5.0
    ramp_visit: float = 0.02
    ramp_least: float = 0.1
    ramp_most: float = 1.0
    lead_window: float = 5e-3
    lead_least: float = 0.02
    lead_most: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """
    One of the calls that are compared in the same moment.

    Attributes
    ----------
    backend : str
        Contenders of one backend share their thread pools and need no settling between them.
    run : callable
        Make that many calls and return the seconds they took together.
    enter : callable
        Set the process up for this contender, such as its number of threads; default nothing.
    floor : float
        Seconds per iteration of the loop without the call.
    subtract : bool
        Whether the floor is part of what `run` returns and has to come off.
    pace : callable or None
        What is run in the place of `run` where nothing is sampled: makes that many calls and returns the
        seconds until all were done. For a `run` whose figure says nothing of its length; default `run`.
    ramps : bool
        Whether it runs on a device whose clock falls when idle, and has to be raised again by work.
    gauge : callable
        Return what the device says of itself; None where it says nothing.
    """

    backend: str
    run: Callable[[int], float]
    floor: float
    subtract: bool
    enter: Callable[[], None] = lambda: None
    pace: Callable[[int], float] | None = None
    ramps: bool = False
    gauge: Callable[[], DeviceState | None] = lambda: None

    @property
    def untimed(self) -> Callable[[int], float]:
        """What is run where nothing is sampled."""
        return self.pace or self.run
