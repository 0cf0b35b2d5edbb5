"""What the sampling is given: the calls that compete, and the instruments that it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.model import DeviceState
from harness.timing.loop import Loop


class Instruments(Protocol):
    """What the sampling reads off the process and the host; scripted in tests."""

    def now(self) -> float:
        """Return seconds on a monotonic clock."""
        ...

    def thread_seconds(self) -> Mapping[int, float]:
        """Return the CPU seconds of each thread of this process so far; a system may tell only their sum."""
        ...

    def faults(self) -> int:
        """Return the page faults of this process so far."""
        ...

    def switches(self) -> int:
        """Return the involuntary context switches of this process so far."""
        ...

    def delay(self) -> float:
        """Return seconds so far in which threads of this process that wanted a processor had none, summed."""
        ...

    def steal(self) -> float:
        """Return seconds per processor that the hypervisor gave to others, so far."""
        ...

    def wait_for_idle(self) -> None:
        """Wait until no thread of this process is running but the caller."""
        ...

    def pace(self, *, idle: bool) -> float:
        """
        Return the seconds that a fixed piece of work takes just now, relative to the fewest seen.

        A caller that was idle, as one is that waits for a device, has to raise its clock first.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One of the calls that are compared in the same moment."""

    backend: str
    """Contenders of one backend share their thread pools and need not wait for each other's to idle."""
    run: Loop
    floor: float
    """Seconds per iteration of the loop without the call."""
    subtract: bool
    """Whether the floor is part of what `run` returns and has to come off."""
    enter: Callable[[], None] = lambda: None
    """Sets the process up for this contender, such as its number of threads."""
    row: Loop | None = None
    """Is run where nothing is sampled, if the figure of `run` says nothing of its own length."""
    ramps: bool = False
    """Whether it runs on a device whose clock falls when idle, and has to be raised again by work."""
    gauge: Callable[[], DeviceState | None] = lambda: None
    """Returns what the device says of itself; None where it says nothing."""

    @property
    def untimed(self) -> Loop:
        """What is run where nothing is sampled."""
        return self.row or self.run
