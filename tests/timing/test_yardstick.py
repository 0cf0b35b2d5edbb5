"""The yardstick, on scripted work and on its own."""

from dataclasses import dataclass

import pytest

from harness.timing.yardstick import LEAST, RISE, SLOWED, Yardstick


@dataclass
class Processor:
    """A scripted processor: a call of the work takes a microsecond, and twice that until `slow_until`."""

    clock: float = 0.0
    slow_until: float = 0.0
    seconds: float = 1e-6

    def work(self, number: int) -> float:
        took = number * self.seconds * (2 if self.clock < self.slow_until else 1)
        self.clock += took
        return took


def test_a_pace_is_relative_to_the_best_ever_seen() -> None:
    processor = Processor()
    yardstick = Yardstick(processor.work)
    for seconds, expected in ((1e-6, 1.0), (1.7e-6, 1.7), (0.5e-6, 1.0), (1e-6, 2.0)):
        processor.seconds = seconds
        assert yardstick.read() == pytest.approx(expected)


@pytest.mark.parametrize(("idle", "most"), [(False, LEAST), (True, RISE + LEAST)])
@pytest.mark.parametrize(("share", "expected"), [(0.5, 1.0), (2.0, 2.0)])
def test_a_clock_that_still_rises_is_given_time(
    *, idle: bool, most: float, share: float, expected: float
) -> None:
    processor = Processor()
    yardstick = Yardstick(processor.work)
    processor.slow_until = processor.clock + share * most
    assert yardstick.read(idle=idle) == pytest.approx(expected)


def test_one_fast_moment_while_the_clock_rises_does_not_hide_a_neighbour() -> None:
    paces = [1]
    yardstick = Yardstick(lambda number: number * 1e-6 * (paces.pop() if len(paces) > 1 else paces[0]))
    paces[:] = [2, 1] + [2] * 20  # the last comes first, and the first for ever
    assert yardstick.read(idle=True) == pytest.approx(2)


@pytest.mark.parametrize(("share", "expected"), [(0.4, 1.0), (0.9, 2.0)])
def test_a_spin_lasts_as_long_as_asked_and_tells_the_usual_pace(share: float, expected: float) -> None:
    processor = Processor()
    yardstick = Yardstick(processor.work)
    began = processor.clock
    processor.slow_until = began + share * 0.05
    assert yardstick.spin(0.05) == pytest.approx(expected)
    assert processor.clock - began == pytest.approx(0.05, rel=0.01)


def test_a_first_stall_does_not_fix_the_best() -> None:
    processor = Processor(slow_until=2e-3)
    assert Yardstick(processor.work).read() == pytest.approx(1)


def test_the_real_work_is_never_faster_than_its_best() -> None:
    yardstick = Yardstick()
    readings = [yardstick.read() for _ in range(100)]
    while (
        min(readings) >= SLOWED and len(readings) < 10_000
    ):  # a neighbour may slow the processor for seconds
        readings.append(yardstick.read())
    assert min(readings) >= 1
    assert min(readings) < SLOWED
