"""Two dtypes, ops or backends held against each other: which cells are whose, and what is refused."""

from dataclasses import replace

import pytest

import harness
from harness.answers.compared_run import ComparedRun
from harness.answers.sides import sides
from harness.errors import HarnessError, UnknownNameError, UsageError
from harness.model import Cell
from harness.store.frame import frame_of_cells
from tests.support.runs import scripted_cell


def run_of(name: str, *cells: Cell) -> ComparedRun:
    """Return a run of cells."""
    return ComparedRun(name=name, cells=frame_of_cells(cells, machine="m", run=name, quick=False), facts={})


def cell(dtype: str, seconds: float, *, op: str = "abs", backend: str = "numpy") -> Cell:
    """Return a cell of 16 elements with four rounds."""
    made = scripted_cell(backend, 16, [seconds] * 4, op=op)
    return replace(made, case=replace(made.case, dtype=dtype))


BOTH = run_of("both", cell("float32", 1.0), cell("float64", 2.0), cell("float64", 6.0, op="sin"))
TORCH = run_of("torch", cell("float32", 4.0, backend="torch-cpu"))
SINGLE, DOUBLE = run_of("a", cell("float32", 1.0)), run_of("b", cell("float64", 3.0))


@pytest.mark.parametrize(
    ("a", "b", "column", "names", "label", "ratio"),
    [
        (BOTH, BOTH, "dtype", [], "float64 / float32", 2.0),
        (BOTH, BOTH, "dtype", ["float64", "float32"], "float32 / float64", 0.5),
        (SINGLE, DOUBLE, "dtype", [], "float64 / float32", 3.0),
        (DOUBLE, SINGLE, "dtype", [], "float32 / float64", 1 / 3),
        (BOTH, BOTH, "op", ["abs", "sin"], "sin / abs", 3.0),
        (SINGLE, TORCH, "backend", [], "torch-cpu / numpy", 4.0),
    ],
)
def test_the_first_name_is_of_a_and_the_other_of_b(
    a: ComparedRun, b: ComparedRun, column: str, names: list[str], label: str, ratio: float
) -> None:
    side_a, side_b = sides(a, b, column, names)
    table = harness.compare(side_a.cells, side_b.cells).query("ratio.notna()")
    assert table[column].item() == label
    assert table["ratio"].item() == pytest.approx(ratio)
    second, first = label.split(" / ")
    assert (side_a.name, side_b.name) == (f"{a.name} {first}", f"{b.name} {second}")


@pytest.mark.parametrize(
    ("a", "b", "names", "kind", "sentence"),
    [
        (
            SINGLE,
            SINGLE,
            [],
            UsageError,
            r"here are 1 \(float32\); name two, that of A first",
        ),
        (BOTH, BOTH, ["float32"] * 2, UsageError, "here are 1"),
        (BOTH, BOTH, ["float32", "float64", "int8"], UsageError, r"here are 3 \(float32, float64, int8\)"),
        (BOTH, BOTH, ["float32", "int8"], UnknownNameError, "no dtype of both is called 'int8'; there are:"),
        (SINGLE, DOUBLE, ["float64", "float32"], UnknownNameError, "no dtype of a is called 'float64'"),
    ],
)
def test_what_is_not_two_is_refused_with_what_there_is(
    a: ComparedRun, b: ComparedRun, names: list[str], kind: type[HarnessError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        sides(a, b, "dtype", names)
