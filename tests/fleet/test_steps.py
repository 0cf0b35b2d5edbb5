"""How far a run is, kept in a file for whoever started it."""

from pathlib import Path

import pytest

from harness.fleet.steps import VARIABLE, Progress, read_progress
from harness.runs.progress import Standing, Step
from harness.terminal.console import err
from harness.terminal.progress import progress


def step(op: str = "", decided: int = 0, noisy: int = 0) -> Step:
    """Return a step, with two lines of an op."""
    lines = [
        Standing(op=op, backend=backend, sentence="slower", cells=11, decided=decided, rounds=3)
        for backend in ("torch-cpu", "torch-cpu-1t")
    ]
    return Step(elapsed=4.0, seconds=60.0, doing="more", standings=tuple(lines) if op else (), noisy=noisy)


def test_what_is_kept_is_the_latest_answer_and_the_sum_over_ops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "steps"
    monkeypatch.setenv(VARIABLE, str(path))
    with progress(err) as tell:
        assert read_progress(path) is None
        tell(step())
        assert read_progress(path) == Progress(doing="4 of 60 s: more")
        for told in (step("sin", 3, 1), step("sin", 9, 2), step("abs", 1, 1), step()):
            tell(told)
    assert read_progress(path) == Progress(
        doing="4 of 60 s: more", op="abs", answer="torch-cpu slower", decided=20, cells=44, noisy=3
    )
    assert list(tmp_path.iterdir()) == [path]
    assert capfd.readouterr() == ("", "")
