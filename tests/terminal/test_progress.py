"""What a terminal, or a file in its place, shows of how far a run is and of its answers so far."""

import io
import math
import re
import threading

import pytest
from rich.console import Console

from harness.runs.progress import Standing, Step
from harness.terminal.live_answers import LiveAnswers
from harness.terminal.progress import progress
from tests.support.functions import MARKUP

SENTENCE = "faster than numpy from 14 000 elements on (11 000 to 18 000), 3.1 times at 16 Mi"
BACKENDS = ("torch-cpu", "torch-cpu-1t")


def step(op: str, *, decided: int = 9, done: bool = False, seconds: float = 150.0) -> Step:
    """Return a step after which an op has an answer for two backends."""
    lines = [
        Standing(op=op, backend=backend, sentence=SENTENCE, cells=11, decided=decided, rounds=3)
        for backend in BACKENDS
    ]
    doing = f"round 4 of at most 10: {op}"
    return Step(elapsed=42.4, seconds=seconds, doing=doing, standings=tuple(lines), done=done)


def drawn(*steps: Step, width: int = 120, height: int = 40) -> list[str]:
    """Return the lines of a terminal after some steps."""
    answers = LiveAnswers()
    for one in steps:
        answers.take(one)
    console = Console(force_terminal=True, width=width, height=height, file=io.StringIO(), record=True)
    console.print(answers)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_there_is_a_line_per_op_and_backend_with_its_answer_and_how_firm_it_is() -> None:
    lines = drawn(step("sin"), step("abs", decided=11))
    assert lines[0].split() == ["op", "backend", "decided", "answer", "so", "far"]
    assert [line.split()[:2] for line in (lines[1], lines[3])] == [["sin", "torch-cpu"], ["•", "abs"]]
    assert "9 of 11" in lines[1]
    assert "11 of 11" in lines[3]
    assert "faster than numpy from 14 000 elements" in lines[1]


def test_the_last_line_says_how_much_of_the_time_is_used_and_what_is_being_done() -> None:
    last = drawn(step("sin"))[-1]
    assert last.startswith("42 of 150 s")
    assert last.endswith("round 4 of at most 10: sin")
    assert drawn(step("sin", seconds=math.inf))[-1].startswith("42 s")


def test_only_what_the_latest_step_changed_is_marked() -> None:
    before, after = step("sin"), step("sin", decided=10)
    assert [line[:1] for line in drawn(before, step("abs"))[1:5]] == [" ", " ", "•", "•"]
    one_line = Step(
        elapsed=1.0, seconds=2.0, doing="", standings=(before.standings[0], after.standings[1]), done=False
    )
    assert [line[:1] for line in drawn(before, one_line)[1:3]] == [" ", "•"]


def test_a_sentence_is_folded_where_there_is_room_and_else_cut() -> None:
    high, low = (drawn(step("sin"), step("abs"), width=80, height=height) for height in (24, 8))
    assert "at 16 Mi" in " ".join(high)
    assert [line[-1] for line in low[1:5]] == ["…"] * 4


@pytest.mark.parametrize("height", [*range(3, 30)])
def test_the_display_is_never_as_high_as_the_terminal(height: int) -> None:
    steps = [step(f"op_{index}") for index in range(9)]
    lines = drawn(*steps, height=height)
    assert len(lines) <= max(height - 1, 3)
    assert "op_8" in "\n".join(lines[:-1]), "the op that was measured last is always there"
    assert lines[-1].startswith("42 of 150 s")


def test_in_a_low_terminal_an_op_has_one_line_and_the_number_of_those_left_out_is_told() -> None:
    steps = [step(f"op_{index}") for index in range(9)]
    assert "2 backends  18 of 22  torch-cpu faster than numpy" in drawn(*steps, height=12)[1]
    assert drawn(*steps, height=8)[-2].strip() == "and 5 more"


def test_nothing_of_the_display_stays_when_the_run_is_over() -> None:
    console = Console(force_terminal=True, width=100, height=20, file=io.StringIO())
    with progress(console) as tell:
        tell(step("sin"))
    written = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "sin" in written
    assert written.rstrip("\x1b[?25h\r\n").endswith("\x1b[2K")


def test_elsewhere_an_op_that_is_not_done_has_its_line_when_the_run_ends() -> None:
    console = Console(force_terminal=False, width=400, file=io.StringIO(), record=True)
    with progress(console) as tell:
        tell(step("sin"))
        tell(step("abs", done=True))
        tell(step("sin", decided=10))
    lines = console.export_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["abs", "sin"]
    assert "10 of 11 decided" in lines[1]


def test_elsewhere_an_op_has_a_line_when_it_is_done() -> None:
    console = Console(force_terminal=False, width=400, file=io.StringIO(), record=True)
    with progress(console) as tell:
        tell(step("sin"))
        assert console.file.getvalue() == ""  # type: ignore[attr-defined]  # a StringIO
        tell(step("sin", decided=11, done=True))
    (line,) = console.export_text().splitlines()
    assert line == (
        f"sin, at 42 s: torch-cpu {SENTENCE} (11 of 11 decided); torch-cpu-1t {SENTENCE} (11 of 11 decided)"
    )


def test_a_terminal_shows_something_before_there_is_a_step() -> None:
    console = Console(force_terminal=True, width=100, height=20, file=io.StringIO())
    with progress(console):
        written = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "starting what measures" in written


class Listened(io.StringIO):
    """A file that says when a text was written to it twice."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.heard = text, threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.getvalue().count(self.text) > 1:
            self.heard.set()
        return written


@pytest.mark.parametrize("terminal", [True, False])
def test_a_run_that_is_silent_says_what_it_does(*, terminal: bool) -> None:
    file = Listened("round 2: mm")
    console = Console(force_terminal=terminal, width=100, height=20, file=file)
    with progress(console, silence=1e-3) as tell:
        tell(Step(elapsed=40.0, seconds=60.0, doing="round 1: mm"))
        tell(Step(elapsed=41.0, seconds=math.inf, doing="round 2: mm"))
        assert file.heard.wait(60)
    assert re.search(r"4\d s\W+round 2: mm", re.sub(r"\x1b\[[\d;?]*\w", "", file.getvalue()))


def test_where_no_more_threads_can_be_started_the_steps_are_shown_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    console = Console(force_terminal=False, width=400, file=io.StringIO(), record=True)
    monkeypatch.setattr("threading.Thread.start", full)
    with progress(console) as tell:
        tell(step("sin", done=True))
    assert console.export_text().startswith("sin, at 42 s")


def test_long_names_of_any_kind_leave_room_for_the_answer() -> None:
    rival = "&[red]rival " + "r" * 150
    lines = [Standing(op=MARKUP, backend=rival, sentence=SENTENCE, cells=11, decided=9, rounds=3)]
    told = Step(elapsed=1.0, seconds=2.0, doing=f"round 2: {MARKUP}", standings=tuple(lines), done=False)
    shown = drawn(told, width=100)
    assert max(map(len, shown)) <= 100
    assert "&lt;[red]$x^" in shown[1]
    assert "&[red]rival" in shown[1]
    assert "faster than numpy" in shown[1]
