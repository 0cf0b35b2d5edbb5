"""A host with a scripted clock: the instruments of a measurement of which every duration is known."""

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.timing.contender import Contender


@dataclass
class Scripted:
    """A host with a clock that only its calls move."""

    clock: float = 0.0
    threads: int = 1
    switching: set[int] = field(default_factory=set)
    steal_share: float = 0.0
    delay_share: float = 0.0
    waited: float = 0.0
    """Seconds in which some thread had no processor, besides those of that share."""
    switched: int = 0
    blocks: int = 0
    used: dict[int, float] = field(default_factory=lambda: {0: 0.0})
    """CPU seconds by thread; the caller's is 0."""
    slowness: Callable[[float], float] = lambda _clock: 1.0
    log: list[str] = field(default_factory=list)

    def now(self) -> float:
        return self.clock

    def thread_seconds(self) -> dict[int, float]:
        return dict(self.used)

    def faults(self) -> int:
        return 2 * self.blocks

    def switches(self) -> int:
        return self.switched

    def delay(self) -> float:
        return self.delay_share * self.clock + self.waited

    def steal(self) -> float:
        return self.steal_share * self.clock

    def wait_for_idle(self) -> None:
        self.log.append("wait for idle")

    def pace(self, *, idle: bool) -> float:
        self.log.append("idle look" if idle else "look")
        return self.slowness(self.clock)

    def contender(
        self,
        name: str,
        seconds: Callable[[float], float],
        *,
        floor: float = 0.0,
        subtract: bool = True,
        threads: int | None = None,
    ) -> Contender:
        """Return a contender whose call takes `seconds(clock)`; on as many threads as the host's all run."""
        of_call = self.threads if threads is None else threads

        def run(number: int) -> float:
            took = number * (seconds(self.clock) + (floor if subtract else 0.0))
            self.blocks += 1
            self.clock += took
            for thread in range(of_call):
                self.used[thread] = self.used.get(thread, 0.0) + took
            if self.blocks in self.switching:
                self.switched += 1
            self.log.append(f"{name} {number}")
            return took

        return Contender(
            backend=name, run=run, enter=lambda: self.log.append(name), floor=floor, subtract=subtract
        )


def constant(seconds: float) -> Callable[[float], float]:
    return lambda _clock: seconds
