"""What Ctrl-C does to a measurement, press by press."""

import os
import signal

import pytest

from harness.cli.stopping import Stop, stoppable
from harness.runs.progress import Step

INT = signal.SIGINT


def step(*, done: bool) -> Step:
    return Step(elapsed=1.0, seconds=10.0, doing="", done=done)


def test_the_first_press_ends_the_rounds_and_the_next_lets_the_answer_come() -> None:
    stop = Stop()
    with pytest.raises(KeyboardInterrupt):
        stop(INT, None)
    stop(INT, None)
    assert stop.pressed == 2


def test_a_press_after_the_last_round_is_noted_and_ends_nothing() -> None:
    stop, heard = Stop(), list[Step]()
    tell = stop.listening(heard.append)
    tell(step(done=False))
    tell(step(done=True))
    stop(INT, None)
    assert (stop.pressed, len(heard)) == (1, 2)


def test_who_presses_again_and_again_ends_the_program() -> None:
    stop = Stop()
    stop.listening(lambda _step: None)(step(done=True))
    stop(INT, None)
    stop(INT, None)
    with pytest.raises(KeyboardInterrupt):
        stop(INT, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_taken_only_meanwhile(number: signal.Signals) -> None:
    # A program that was started in the background has Ctrl-C ignored.
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), stoppable() as stop:
            os.kill(os.getpid(), number)
        assert stop.pressed == 1
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)


def test_who_ignores_ctrl_c_goes_on_doing_so() -> None:
    before = signal.signal(INT, signal.SIG_IGN)
    try:
        with stoppable() as stop:
            os.kill(os.getpid(), INT)
        assert stop.pressed == 0
        assert signal.getsignal(INT) is signal.SIG_IGN
    finally:
        signal.signal(INT, before)
