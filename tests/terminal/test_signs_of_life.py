"""When a run that goes on without anything new says so, on a scripted clock."""

from harness.runs.progress import Step
from harness.terminal.signs_of_life import Watch

STEP = Step(elapsed=40.0, seconds=60.0, doing="round 1: mm")


class Shown:
    """What was shown, and a clock that is set by hand."""

    def __init__(self, *, shows: bool) -> None:
        self.moment, self.shows = 100.0, shows
        self.steps, self.again = list[Step](), list[Step]()

    def show(self, step: Step) -> bool:
        self.steps.append(step)
        return self.shows

    def watch(self) -> Watch:
        return Watch(self.show, self.again.append, now=lambda: self.moment, silence=10.0)


def test_the_latest_step_is_told_again_after_ten_seconds_with_the_time_that_has_passed() -> None:
    shown = Shown(shows=True)
    watch = shown.watch()
    shown.moment = 104.0
    watch(STEP)
    assert watch.look() == 10.0
    shown.moment = 113.0
    assert (watch.look(), shown.again) == (1.0, [])
    for moment in (114.0, 120.0, 124.0):
        shown.moment = moment
        watch.look()
    assert [(step.elapsed, step.doing) for step in shown.again] == [(50.0, STEP.doing), (60.0, STEP.doing)]


def test_steps_of_which_nothing_is_shown_break_no_silence() -> None:
    shown = Shown(shows=False)
    watch = shown.watch()
    for moment in (103.0, 106.0, 109.0):
        shown.moment = moment
        watch(STEP)
    shown.moment = 110.0
    assert watch.look() == 10.0
    assert [step.elapsed for step in shown.again] == [41.0]


def test_before_the_first_step_it_is_starting() -> None:
    shown = Shown(shows=True)
    watch = shown.watch()
    shown.moment = 110.0
    watch.look()
    assert [step.doing for step in shown.again] == ["starting what measures"]
