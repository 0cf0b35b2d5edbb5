"""Scripted streams of block times: what hosts and ops do to a measurement, without a real clock."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from harness.statistics.arrays import Floats
from harness.timing.contender import Contender

Draw = Callable[[np.random.Generator, int], Floats]
SECONDS = {"numpy": 1e-4, "torch-cpu": 0.8e-4}
"""Seconds per call of the two scripted backends: the second is 1.25 times as fast."""
SPEEDUP = SECONDS["numpy"] / SECONDS["torch-cpu"]
SHARED_OFFSET, OWN_OFFSET = 0.01, 0.007
"""Relative standard deviation from process to process: of what both backends share, and of each one's own.

Together 4 to 5 standard errors of one process, as was measured: processes differ by 3 to 7 of them."""
_DRAWN = 512  # factors per process and backend; a round takes some 100 blocks


def _even(_moment: float) -> float:
    return 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How the time of a block varies."""

    name: str
    draw: Draw
    """Draws that many relative times of blocks of one backend in one process."""
    host: Callable[[float], float] = _even
    """Relative slowness of the host, which both backends share, at so many seconds of the clock."""
    ramp: Callable[[float], float] = _even
    """Relative slowness of a backend after so many seconds of its own calls."""
    stationary: bool = True
    """Whether a time has one true value, besides the speedup."""


def normal(spread: float) -> Draw:
    """Return independent log-normal factors of that spread."""
    return lambda random, count: np.exp(spread * random.standard_normal(count))


def tails(random: np.random.Generator, count: int) -> Floats:
    """Return factors of which one in ten has a stall on it, from a Pareto distribution without variance."""
    stall = 0.05 * (1 + random.pareto(1.5, count)) * (random.random(count) < 0.1)
    return normal(0.005)(random, count) * (1 + stall)


def modes(random: np.random.Generator, count: int) -> Floats:
    """Return factors of which one in three is in a mode 5 % above the others."""
    return normal(0.005)(random, count) * np.where(random.random(count) < 1 / 3, 1.05, 1.0)


def correlated(random: np.random.Generator, count: int) -> Floats:
    """Return factors of a first-order autoregression: neighbours correlate with 0.95, the spread is 1 %."""
    keep, spread = 0.95, 0.01
    steps = spread * math.sqrt(1 - keep**2) * random.standard_normal(count)
    steps[0] = spread * random.standard_normal()
    factors: Floats = np.exp(lfilter([1.0], [1.0, -keep], steps))
    return factors


STREAMS = (
    Stream(name="even", draw=normal(0.01)),
    Stream(name="drift", draw=normal(0.01), host=lambda moment: 1 + 0.3 * moment, stationary=False),
    Stream(name="tails", draw=tails),
    Stream(name="two modes", draw=modes),
    Stream(
        name="step half-way",
        draw=normal(0.01),
        host=lambda moment: 1.0 if moment < 0.2 else 1.1,  # half-way of ten rounds
        stationary=False,
    ),
    Stream(name="autocorrelation", draw=correlated),
    Stream(
        # Within a pass the two are neighbours, so a step befalls at most one pass of a round unevenly.
        name="step of 25 % in every round",
        draw=normal(0.01),
        host=lambda moment: 1.0 if moment % 0.04 < 0.02 else 1.25,  # a round takes 0.04 s
        stationary=False,
    ),
)
"""Streams whose interval has to cover; in each the processes have offsets."""
RAMP = Stream(
    name="warm-up ramp",
    draw=normal(0.01),
    ramp=lambda spent: 1 + math.exp(-spent / 0.005),
    stationary=False,
)
"""A backend that starts twice as slow and takes longer to warm up than it is given: it has to be flagged."""


@dataclass(slots=True, kw_only=True)
class ScriptedHost:
    """One process on a host whose clock only its calls move; see `harness.timing.sampling.Instruments`."""

    stream: Stream
    random: np.random.Generator
    clock: float = 0.0
    shared: float = field(init=False)

    def __post_init__(self) -> None:
        self.shared = math.exp(SHARED_OFFSET * self.random.standard_normal())

    def now(self) -> float:
        """Return the scripted seconds."""
        return self.clock

    def thread_seconds(self) -> dict[int, float]:
        """Return the same seconds: there is one thread."""
        return {0: self.clock}

    def faults(self) -> int:
        """Return no page faults."""
        return 0

    def switches(self) -> int:
        """Return no switches: what disturbs these streams is not seen by any counter."""
        return 0

    def delay(self) -> float:
        """Return no time without a processor."""
        return 0.0

    def steal(self) -> float:
        """Return no stolen time."""
        return 0.0

    def wait_for_idle(self) -> None:
        """Wait for nothing: there are no other threads."""

    def pace(self, *, idle: bool) -> float:  # noqa: ARG002 - as the instruments have it
        """Return that the processor is as fast as ever: what slows this host, no yardstick sees."""
        return 1.0

    def contender(self, backend: str) -> Contender:
        """Return a scripted backend as it is in this process."""
        own = math.exp(OWN_OFFSET * self.random.standard_normal())
        level = SECONDS[backend] * self.shared * own
        factors = self.stream.draw(self.random, _DRAWN).tolist()
        stream, spent, block = self.stream, 0.0, 0

        def run(number: int) -> float:
            nonlocal spent, block
            took: float = number * level * factors[block % _DRAWN]
            took *= stream.host(self.clock) * stream.ramp(spent)
            block += 1
            spent += took
            self.clock += took
            return took

        return Contender(backend=backend, run=run, floor=0.0, subtract=True)
