"""Machines side by side: what they are, which are equal, and their times."""

from pathlib import Path

import pandas as pd
import pytest

from harness.report.hardware import Hardware, differences_sentence, group_table, hardware_of
from harness.store.frame import load
from harness.store.runs import read_runs
from tests.support.stores import write_kind, write_machine


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of three equal machines, and one that is something else and has no GPU."""
    results = tmp_path_factory.mktemp("hardware")
    for at in range(3):
        write_machine(results, f"node-{at}", ops=("abs", "mm"), pace=1 + at / 10)
    other = write_machine(results, "other", ops=("abs", "mm"), gpu=False, pace=2)
    write_kind(other, {"cpu": "a slow clock", "ram": 32 * 2**30}, "2.13.0")
    return results


def hardware(results: Path) -> Hardware:
    return hardware_of(load(results), {run.machine: run.facts for run in read_runs(results)})


def rows(results: Path, backend: str, op: str) -> pd.DataFrame:
    (board,) = (
        board for board in hardware(results).boards if (board.backend, board.span) == (backend, "call")
    )
    return board.rows[board.rows["op"] == op].set_index(["group", "n"])


def test_equal_machines_are_one_row_with_their_median_and_their_ends(store: Path) -> None:
    cells = load(store)
    of_cell = cells[
        (cells.op == "abs") & (cells.backend == "numpy") & (cells.span == "call") & (cells.n == 64)
    ]
    equal = of_cell[of_cell.machine != "other"]["seconds"]
    row = rows(store, "numpy", "abs").loc[0, 64]
    assert (row.seconds, row.low, row.high) == (equal.median(), equal.min(), equal.max())


def test_a_machine_alone_keeps_its_interval(store: Path) -> None:
    cells = load(store)
    alone = cells[(cells.machine == "other") & (cells.op == "abs") & (cells.backend == "numpy")]
    (cell,) = alone[(alone.span == "call") & (alone.n == 64)].itertuples()
    row = rows(store, "numpy", "abs").loc[1, 64]
    assert (row.seconds, row.low, row.high) == (cell.seconds, cell.low, cell.high)


def test_a_cell_without_a_time_keeps_its_status(store: Path) -> None:
    found = rows(store, "torch-cuda", "abs")
    assert found.loc[0, 64].status == "wrong"
    assert found.loc[1, 64].status == "skipped"
    assert found["seconds"].isna().sum() == 1 + 11


def test_a_time_of_one_of_the_equal_machines_is_enough(store: Path) -> None:
    cells = load(store)
    gone = (cells.machine == "node-0") & (cells.op == "abs") & (cells.n == 64)
    cells.loc[gone, ["seconds", "low", "high", "status"]] = [None, None, None, "timeout"]
    of_two = hardware_of(cells, {run.machine: run.facts for run in read_runs(store)}).boards[0].rows
    row = of_two[(of_two["op"] == "abs") & (of_two["n"] == 64) & (of_two["group"] == 0)].iloc[0]
    assert row.status == "ok"
    assert row.seconds > 0


def test_what_differs_is_said_first_and_what_all_have_after_it(store: Path) -> None:
    assert differences_sentence(hardware(store)) == (
        "4 machines of 2 kinds. They differ in processor (a scripted clock, a slow clock); GPU (scripted "
        "GPU, none); memory (64 GiB, 32 GiB); driver (1.0, none); Torch (2.6.0, 2.13.0). All have cores 8, "
        "usable processors unknown, system unknown, Python 3.11.0, NumPy 2.0.0, BLAS none 0."
    )


def test_a_fact_of_many_values_is_counted(tmp_path: Path) -> None:
    for at in range(4):
        write_machine(tmp_path, f"node-{at}", ops=("abs",), cores=8 + at)
    assert "They differ in cores (4 kinds). All have processor" in differences_sentence(hardware(tmp_path))


def test_machines_that_differ_in_nothing_that_is_shown_say_so(tmp_path: Path) -> None:
    for at in range(2):
        write_machine(tmp_path, f"node-{at}", ops=("abs",))
    said = differences_sentence(hardware(tmp_path))
    assert said.startswith("2 machines of 1 kind. They differ in none of these. All have processor")


def test_the_table_has_the_facts_that_tell_machines_apart(store: Path) -> None:
    table = group_table(hardware(store))
    assert table.heads == ("processor", "GPU", "memory", "driver", "Torch")
    assert [head for head, _ in table.rows] == ["node-0 and 2 equal", "other"]
    assert [entry.text for entry in table.rows[1][1]] == ["a slow clock", "none", "32 GiB", "none", "2.13.0"]


def test_several_equal_gpus_are_counted(tmp_path: Path) -> None:
    run = write_machine(tmp_path, "node", ops=("abs",))
    write_kind(run, {"gpus": [{"name": "big", "driver": "1"}] * 2 + [{"name": "small", "driver": "1"}]})
    (fact,) = (fact for fact in hardware(tmp_path).facts if fact.name == "GPU")
    assert fact.texts == ("2 × big, small",)
