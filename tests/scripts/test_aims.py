"""The script that measures what the method is to reach: its figures, of scripted runs."""

from pathlib import Path

import pytest

import harness
from scripts import aims
from tests.support.runs import MACHINE, scripted_cell, write_run

JITTER = (0.99, 1.0, 1.01, 1.0, 0.995, 1.005)


def timed(folder: Path, factor: float, spread: int = 1) -> aims.Timed:
    """Return a run in which Torch takes so many times NumPy's second, give or take its rounds' spread."""
    torch = [factor * each**spread for each in JITTER]
    cells = [
        scripted_cell(backend, n, times)
        for backend, times in (("numpy", [1.0] * len(JITTER)), ("torch-cpu-1t", torch), ("torch-cpu", torch))
        for n in (16, 64, 256)
    ]
    run = write_run(folder, cells)
    return aims.Timed(run, harness.load(folder, machine=MACHINE), answer=10.0, end=12.0)


def figures(lines: object) -> dict[str, str]:
    """Return what was measured, by what it is of."""
    return {line.what.partition(",")[0]: line.measured for line in lines}  # type: ignore[attr-defined] # lines


def test_verdicts_that_a_reference_reverses_are_counted(tmp_path: Path) -> None:
    reference = timed(tmp_path / "reference", 0.5)
    right, wrong = (timed(tmp_path / str(factor), factor) for factor in (0.5, 2.0))
    told = figures(aims.against(reference, right))
    assert told["verdicts against 6 rounds"] == "0.0%; 0.0% of 6"
    assert told["default intervals that hold the reference's value"] == "100% of 6"
    told = figures(aims.against(reference, wrong))
    assert told["verdicts against 6 rounds"] == "100.0%; 100.0% of 6"
    assert told["default intervals that hold the reference's value"] == "0% of 6"


def test_two_equal_runs_have_no_false_verdict_and_a_planted_one_is_found(tmp_path: Path) -> None:
    told = figures(aims.of_two(timed(tmp_path / "a", 0.5), timed(tmp_path / "b", 0.5)))
    assert told["two equal runs compared"].endswith("; 0.0%")
    assert told["10 % planted between two default runs"] == "100%; 100%"


@pytest.mark.parametrize(
    ("spread", "decided", "undecided"), [(1, "100% of 6", "0 of 2"), (20, "0% of 6", "2 of 2")]
)
def test_cells_and_curves_that_are_decided_are_counted(
    tmp_path: Path, spread: int, decided: str, undecided: str
) -> None:
    told = figures(aims.of_quick(timed(tmp_path, 1.02, spread)))
    assert told["cells decided"] == decided
    assert told["curves undecided"] == undecided
