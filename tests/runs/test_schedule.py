"""The schedule: how many rounds, when they are looked at, and the seconds that a run may take."""

import math
from typing import TYPE_CHECKING, cast

import pytest

from harness.runs.schedule import LOOKS, QUICK_LOOKS, Timer, schedule
from harness.runs.settings import DEFAULT, QUICK, Settings

if TYPE_CHECKING:
    from harness.workers.parents import Parents


def test_the_time_grows_with_the_ops_and_a_quick_run_has_less_of_it() -> None:
    one, nine = schedule(DEFAULT, 1), schedule(DEFAULT, 9)
    assert one.seconds < nine.seconds
    assert schedule(QUICK, 9).seconds < nine.seconds / 2
    assert (nine.looks, schedule(QUICK, 9).looks) == (LOOKS, QUICK_LOOKS)


def test_rounds_that_are_asked_for_are_all_made_and_not_looked_at_before_the_end() -> None:
    fixed = schedule(Settings(rounds=7), 9)
    assert (fixed.looks, fixed.rounds, fixed.seconds) == ((7,), 7, math.inf)
    assert schedule(Settings(rounds=7, seconds=30.0), 9).seconds == 30


def test_seconds_that_are_asked_for_stand() -> None:
    assert schedule(Settings(seconds=12.5), 9).seconds == 12.5


@pytest.mark.parametrize(("done", "to"), [(0, 4), (3, 4), (4, 6), (5, 6), (6, 10), (9, 10)])
def test_processes_are_started_for_the_rounds_to_the_next_look(done: int, to: int) -> None:
    assert schedule(DEFAULT, 9).rounds_to_start(done) == to


def test_few_processes_are_started_at_a_time_however_many_rounds_are_asked_for() -> None:
    asked = schedule(Settings(rounds=1000), 9)
    assert (asked.rounds_to_start(0), asked.rounds_to_start(996), asked.rounds_to_start(998)) == (
        4,
        1000,
        1000,
    )


@pytest.mark.parametrize(("grace", "within"), [(math.inf, math.inf), (1.0, 8.0)])
def test_processes_may_take_as_long_as_the_run_has_left_where_it_may_not_be_kept(
    grace: float, within: float
) -> None:
    """Of ten seconds three are over."""
    waited = list[float]()

    class Slow:
        def start(self, _rounds: int, seconds: float) -> bool:
            waited.append(seconds)
            return False

    timer = Timer(now=lambda: 3.0, began=0.0, schedule=schedule(Settings(seconds=10.0), 1), grace=grace)
    assert not timer.start(cast("Parents", Slow()), 4)
    assert waited == [within]
