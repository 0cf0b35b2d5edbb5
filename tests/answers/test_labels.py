"""How the labels of cells are shown."""

import pandas as pd
import pytest

from harness.answers.labels import relabelled, shown_labels, shown_of_runs


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["numpy", "torch-cpu"], ["numpy", "torch-cpu"]),
        (["old@numpy", "new@numpy"], ["old", "new"]),
        (["old@numpy", "numpy"], ["old", "numpy"]),
        (["old@numpy", "new@torch-cpu"], ["old on numpy", "new on torch-cpu"]),
        (["old@numpy", "torch-cpu"], ["old on numpy", "torch-cpu"]),
        (["a@b@torch-cuda:1", "c@torch-cuda:1"], ["a@b", "c"]),
        # What could be taken for a backend is never told by its name alone, and no two are told alike.
        (["torch-cpu@numpy", "new@numpy"], ["torch-cpu on numpy", "new"]),
        (["fast-1t@numpy", "fast@numpy"], ["fast-1t on numpy", "fast"]),
        (["numpy on numpy@numpy", "numpy@numpy"], ["numpy on numpy@numpy", "numpy@numpy"]),
    ],
)
def test_a_rival_is_told_by_its_name_and_by_its_backend_where_there_are_several(
    labels: list[str], shown: list[str]
) -> None:
    assert list(shown_labels(labels).values()) == shown


def test_labels_of_several_runs_are_brief_where_no_run_and_no_other_label_says_otherwise() -> None:
    rows = [
        ("1", "old@numpy"), ("1", "new@numpy"), ("1", "fast@numpy"),
        ("2", "new@numpy"), ("2", "new@torch-cpu"),
        ("3", "fast@torch-cpu"), ("4", "numpy"), ("4", "torch-cpu"),
    ]  # fmt: skip
    cells = pd.DataFrame(rows, columns=["run", "backend"]).assign(machine="m", baseline="old@numpy")
    shown = shown_of_runs(cells)
    assert shown == {
        "old@numpy": "old",
        "new@numpy": "new on numpy",
        "fast@numpy": "fast on numpy",
        "new@torch-cpu": "new on torch-cpu",
        "fast@torch-cpu": "fast on torch-cpu",
        "numpy": "numpy",
        "torch-cpu": "torch-cpu",
    }
    told = relabelled(cells, shown)
    assert set(told["baseline"]) == {"old"}
    assert told["backend"].tolist() == [shown[label] for _, label in rows]
