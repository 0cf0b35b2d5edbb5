"""How far a measurement is: where it is shown, and how often in a notebook."""

import io
import sys
from types import SimpleNamespace

import pytest

from harness.functions.notebook_progress import Bundle, paced
from harness.functions.progress import progress
from harness.functions.surroundings import is_ipython_in_a_terminal, is_notebook
from harness.runs.progress import Standing, Step
from tests.support.pages import EVIL

ANSWER = Standing(op="norm", backend="torch-cpu", sentence="faster", cells=4, decided=3, rounds=2)


def step(elapsed: float, *answers: Standing, seconds: float = 60.0, doing: str = "round 2") -> Step:
    return Step(elapsed=elapsed, seconds=seconds, doing=doing, standings=answers)


def told(*steps: Step) -> list[Bundle]:
    """Return what is shown of steps, each told when it says that it was made."""
    shown: list[Bundle] = []
    moment = 0.0
    tell = paced(shown.append, now=lambda: moment)
    for one in steps:
        moment = one.elapsed
        tell(one)
    return shown


def in_ipython(monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_a_step_is_shown_with_the_answers_so_far() -> None:
    (first,) = told(step(12.0, ANSWER))
    assert first["text/plain"] == "12 of 60 s: round 2"
    assert 'value="0.2"' in first["text/html"]
    assert "<b>torch-cpu</b> faster" in first["text/html"]
    assert "3 of 4 decided" in first["text/html"]


def test_it_is_drawn_twice_a_second_at_most() -> None:
    shown = told(*(step(tenth / 10) for tenth in range(41)))
    assert [one["text/plain"][:1] for one in shown] == ["0", "0", "1", "2", "2", "2", "3", "4", "4"]


def test_answers_stay_until_there_are_newer_ones() -> None:
    shown = told(step(0.0, ANSWER), step(0.1), step(1.0))
    assert "faster" in shown[-1]["text/html"]


def test_answers_that_came_between_two_pictures_are_on_the_next() -> None:
    shown = told(step(0.0), step(0.1, ANSWER), step(1.0))
    assert "faster" not in shown[0]["text/html"]
    assert "faster" in shown[1]["text/html"]


def test_a_run_without_an_end_has_no_bar() -> None:
    (shown,) = told(step(12.0, seconds=float("inf")))
    assert "<progress" not in shown["text/html"]
    assert shown["text/plain"] == "12 s: round 2"


def test_text_of_others_is_no_markup() -> None:
    evil = Standing(op="a", backend="b", sentence=EVIL, cells=1, decided=1, rounds=1)
    (shown,) = told(step(0.0, evil, doing=EVIL))
    assert "<img" not in shown["text/html"]


def test_a_kernel_is_a_notebook_and_a_shell_without_one_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    in_ipython(monkeypatch, SimpleNamespace(kernel=object()))
    assert (is_notebook(), is_ipython_in_a_terminal()) == (True, False)
    in_ipython(monkeypatch, SimpleNamespace())
    assert (is_notebook(), is_ipython_in_a_terminal()) == (False, True)
    in_ipython(monkeypatch, None)
    assert (is_notebook(), is_ipython_in_a_terminal()) == (False, False)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace())  # half imported
    assert (is_notebook(), is_ipython_in_a_terminal()) == (False, False)


def test_nothing_is_said_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    in_ipython(monkeypatch, SimpleNamespace())
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with progress() as tell:
        tell(step(1.0, ANSWER))
    assert capfd.readouterr() == ("", "")


def test_ipython_in_a_terminal_has_the_progress_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    in_ipython(monkeypatch, SimpleNamespace())
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: True))
    consoles = []

    class Progress:
        def __init__(self, console: object) -> None:
            consoles.append(console)

        def __enter__(self) -> object:
            return lambda _step: None

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("harness.terminal.progress.progress", Progress)
    with progress():
        pass
    assert len(consoles) == 1
