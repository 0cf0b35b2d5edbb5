"""What is said of how much a run was disturbed, and of what its controls read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.model import Span
from harness.store.runs import write_facts
from harness.terminal.noise import noise_line
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run


def cells_of(*marks: list[list[bool]]) -> pd.DataFrame:
    """Return cells whose passes all have a time, but for the first pass of the second round."""
    seconds = [np.where(np.array([[0, 0], [1, 0]])[: len(of_cell)], np.nan, 1e-6) for of_cell in marks]
    return pd.DataFrame({"pass_seconds": seconds, "pass_marked": [np.array(of_cell) for of_cell in marks]})


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        (
            [np.nan, np.nan],
            "other work disturbed 40 % of the passes, which are kept and marked",
        ),
        (
            [1.3, np.nan],
            (
                "other work disturbed 40 % of the passes, which are kept and marked; "
                "speedups that differ beside it, and say so: 1 of 2"
            ),
        ),
    ],
)
def test_the_share_of_disturbed_passes_is_told_with_what_they_did(busy: list[float], expected: str) -> None:
    """A mark on a pass without a time does not count."""
    cells = cells_of([[True, False]], [[False, False], [True, True]])
    assert str(noise_line(cells, pd.DataFrame({"busy": busy}))) == expected


def test_a_quiet_run_and_one_without_a_time_are_told_as_such() -> None:
    speedups = pd.DataFrame({"busy": [np.nan]})
    assert str(noise_line(cells_of([[False, False]]), speedups)) == "no pass was disturbed by other work"
    assert str(noise_line(cells_of([[False, False]]).iloc[:0], speedups)) == "nothing has a time"


def test_the_controls_are_told_with_the_difference_that_a_verdict_has_to_clear(
    call: Harness, tmp_path: Path
) -> None:
    write_run(
        tmp_path,
        [
            *(scripted_cell("numpy", n, [1.0] * 4) for n in (16, 64)),
            *(scripted_cell("torch-cpu", n, [0.5] * 4) for n in (16, 64)),
            scripted_cell("numpy", 16, [1.0 / f for f in (1.001, 1.003, 1.002, 1.002)], span=Span.CONTROL),
            scripted_cell("numpy", 64, [1.0 / f for f in (0.961, 0.960, 0.959, 0.960)], span=Span.CONTROL),
        ],
    )
    printed = call("speedup", "--results", tmp_path, "--machine", MACHINE).out
    assert (
        "the same function against itself: 0.960 to 1.002; verdicts tell differences above 3.2 %" in printed
    )
    assert "about as fast is within 5.0 %" in printed


def test_the_margin_can_be_asked_for(ask: Harness) -> None:
    assert "about as fast is within 10 %" in ask("speedup", "--margin", "0.1").out
    assert "about as fast is within 10 %" in ask("crossover", "--margin", "0.1").out
    assert ask("crossover", "--margin", "-1").code == 2


def test_a_run_that_was_stopped_says_so(call: Harness, tmp_path: Path) -> None:
    run = write_run(tmp_path, [scripted_cell(name, 16, [1.0] * 4) for name in ("numpy", "torch-cpu")])
    where = ("crossover", "--results", tmp_path, "--machine", MACHINE)
    assert "stopped" not in call(*where).out
    write_facts(run.folder, {**run.facts, "stopped": True})
    assert "this run was stopped by hand" in call(*where).out


def test_that_numpy_is_slower_beside_torch_is_said_aloud(call: Harness, tmp_path: Path) -> None:
    run = write_run(tmp_path, [scripted_cell(name, 16, [1.0] * 4) for name in ("numpy", "torch-cpu")])
    write_facts(run.folder, {**run.facts, "numpy_alone": {"ratio": 4.0, "low": 3.5, "high": 4.5}})
    printed = call("speedup", "--results", tmp_path, "--machine", MACHINE).out
    assert "warning: NumPy alone is 4.00 times faster than beside Torch here (3.50 to 4.50)" in printed
