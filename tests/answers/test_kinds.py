"""Kinds and classes: which cells' spreads are alike."""

import math

import numpy as np
import pandas as pd
import pytest

from harness.answers.kinds import ON_A_DEVICE, ONE_THREAD, SEVERAL_THREADS, SHORT, classes_of, kinds_of


@pytest.mark.parametrize(
    ("backend", "cores", "kind"),
    [
        ("numpy", 1.0, ONE_THREAD),
        ("numpy", 2.0, SEVERAL_THREADS),
        ("torch-cpu", math.nan, ONE_THREAD),
        ("torch-cpu", 3.9, SEVERAL_THREADS),
        ("torch-cuda", 1.0, ON_A_DEVICE),
        ("torch-cuda:1", math.nan, ON_A_DEVICE),
        ("old@torch-cuda", math.nan, ON_A_DEVICE),
        ("old@numpy", 1.0, ONE_THREAD),
        (math.nan, math.nan, ONE_THREAD),
    ],
)
def test_a_kind_is_what_was_seen_of_threads_and_what_the_name_says_of_devices(
    backend: str, cores: float, kind: int
) -> None:
    assert kinds_of(pd.Series(["x", backend], dtype=object), pd.Series([1.0, cores])).tolist()[1] == kind


def classes(kinds: list[int], seconds: list[float], run: list[int] | None = None) -> list[int]:
    """Return the classes of cells of one run, unless it is told."""
    runs = np.zeros(len(kinds), dtype=np.int64) if run is None else np.array(run)
    found: list[int] = classes_of(runs, np.array(kinds), np.array(seconds)).tolist()
    return found


def test_short_and_long_calls_are_apart_where_both_are_many() -> None:
    short, long = SHORT / 2, SHORT * 2
    assert classes([0] * 8, [short] * 4 + [long] * 4) == [1] * 4 + [0] * 4
    assert classes([0] * 7, [short] * 3 + [long] * 4) == [0] * 7
    assert classes([0] * 4, [short] * 4) == [0] * 4


def test_kinds_and_runs_are_apart_and_few_cells_are_no_class() -> None:
    assert classes([0] * 4 + [2] * 3, [1.0] * 7) == [0] * 4 + [-1] * 3
    assert classes([0] * 4 + [2] * 4, [1.0] * 8) == [0] * 4 + [1] * 4
    assert classes([0] * 8, [1.0] * 8, [0] * 4 + [1] * 4) == [0] * 4 + [1] * 4


def test_a_cell_without_a_time_is_of_no_class_and_makes_none() -> None:
    assert classes([0] * 5, [1.0] * 4 + [math.nan]) == [0] * 4 + [-1]
    assert classes([0] * 4, [1.0] * 3 + [math.nan]) == [-1] * 4
