"""Other work, made to order: a process that takes a processor half of the time, in random bursts."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from harness.workers.lifeline import tied

SHORTEST, LONGEST = 3e-3, 0.3
"""Seconds of a burst and of the pause after it: all lengths between, from a few turns to a few rounds."""


@contextmanager
def bursts() -> Iterator[None]:
    """Have a processor taken half of the time while the block lasts."""
    # Of standard modules only: it is there at once, and ends with this process however that ends.
    process = subprocess.Popen(tied([sys.executable, "-m", "harness.validation.parts.noise_source"]))
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Take a processor in bursts, for ever."""
    random = Random(0)  # noqa: S311 - lengths, not secrets
    while True:
        end = time.perf_counter() + _length(random)
        while time.perf_counter() < end:
            pass
        time.sleep(_length(random))


def _length(random: Random) -> float:
    """Return a length, short ones as often as long ones in logarithms."""
    return float(SHORTEST * (LONGEST / SHORTEST) ** random.random())


if __name__ == "__main__":
    main()
