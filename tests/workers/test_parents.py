"""Warm processes of a run: one that has just started is known to whoever has to end it."""

import os
import signal

import pytest

from harness.workers import parents
from harness.workers.parents import Parents


class Interrupted:
    """A process during whose start somebody presses Ctrl-C."""

    stopped = 0

    def __init__(self, *_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def stop(self) -> None:
        Interrupted.stopped += 1


def test_a_process_that_starts_while_ctrl_c_is_pressed_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parents, "WorkerProcess", Interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), Parents(1.0) as some:
            some.start(1)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert Interrupted.stopped == 1
