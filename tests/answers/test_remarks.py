"""The reasons that timed cells carry, gathered by what they say."""

import pandas as pd

from harness.answers.remarks import remarks, remarks_by

ROWS = [
    ("one", "abs", "numpy", "ok", "in float32"),
    ("one", "sin", "torch-cpu", "noisy", "in float32"),
    ("one", "mm", "torch-cpu", "ok", "by another way"),
    ("two", "mm", "torch-cpu", "ok", "in float32"),
    ("two", "abs", "torch-cpu", "oom", "it needs more memory"),
    ("three", "abs", "numpy", "ok", ""),
]
CELLS = pd.DataFrame(ROWS, columns=["machine", "op", "backend", "status", "reason"])


def test_a_reason_is_told_once_with_the_backends_and_ops_of_the_timed_cells_that_carry_it() -> None:
    assert remarks(CELLS) == [
        ("numpy, torch-cpu", "abs, sin, mm", "in float32"),
        ("torch-cpu", "mm", "by another way"),
    ]


def test_groups_have_their_own_remarks_and_those_without_any_are_left_out() -> None:
    assert remarks_by(["machine"], CELLS) == {
        ("one",): [("numpy, torch-cpu", "abs, sin", "in float32"), ("torch-cpu", "mm", "by another way")],
        ("two",): [("torch-cpu", "mm", "in float32")],
    }
    assert remarks(CELLS[CELLS["machine"] == "three"]) == []
