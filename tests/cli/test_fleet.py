"""Many machines on the command line: who is equal, and who falls out."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from harness.store.op_files import write_op
from harness.store.runs import write_facts
from tests.support.command_line import Harness
from tests.support.runs import scripted_cell, scripted_facts

OPS = ("abs", "sin", "mean", "mm", "mean_square")
RUN = "20260101T000000Z-000000"


def machine(results: Path, name: str, factors: Mapping[str, float], *, cpu: str = "AMD EPYC") -> None:
    """Write a run of a machine whose times of an op are so many times those of its equals."""
    folder, facts = results / "runs" / name / RUN, scripted_facts(complete=True)
    write_facts(folder, {**facts, "machine": {**facts["machine"], "name": name, "cpu": cpu}})
    random = np.random.default_rng(list(name.encode()))
    for op in OPS:
        own = factors.get(op, 1.0) * np.exp(random.normal(0, 0.008))
        cells = [
            scripted_cell(backend, n, [1e-9 * n * own] * 4, op=op)
            for backend in ("numpy", "torch-cpu")
            for n in (16, 256)
        ]
        write_op(folder, op, cells, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})


@pytest.fixture
def report(call: Harness, results: Path) -> Harness:
    """Return the command over the store of this test."""
    return partial(call, "fleet", "report", "--results", results)


@pytest.fixture
def nine(report: Harness, results: Path) -> Harness:
    """Return the command over eight equal machines, one of them slow in two ops, and another kind."""
    for number in range(8):
        machine(results, f"node{number}", {"abs": 1.3, "mean": 1.2} if number == 5 else {})
    machine(results, "other", {}, cpu="Intel Xeon")
    return report


def test_a_machine_that_falls_out_is_told_with_its_ops(nine: Harness) -> None:
    lines = nine().out.splitlines()
    assert lines[0].startswith("8 machines are equal (AMD EPYC, 2 cores): node0, node1, ")
    assert lines[1].startswith("their times differ by 0.")
    told = " ".join(lines[2:-1])
    assert told.startswith("node5 falls out of its 7 equals: ")
    assert "% slower (" in told
    assert "in abs on numpy" in told
    assert "in sin" not in told
    assert lines[-1].startswith("without an equal: other")


def test_a_program_is_given_the_ratios(nine: Harness) -> None:
    rows = json.loads(nine("--format", "json").out)
    odd = [row for row in rows if row["falls_out"]]
    assert {row["machine"] for row in odd} == {"node5"}
    assert {row["op"] for row in odd} == {None, "abs", "mean"}
    (worst,) = (row for row in odd if row["op"] == "abs" and row["backend"] == "numpy")
    assert worst["low"] < 1.3 < worst["high"]
    assert {row["machine"] for row in rows if not row["falls_out"]} == {f"node{n}" for n in range(8)} - {
        "node5"
    }


def test_three_equals_are_said_to_be_too_few(report: Harness, results: Path) -> None:
    for number in range(3):
        machine(results, f"node{number}", {"abs": 2.0} if number == 1 else {})
    assert "which of them falls out can be told of 4 or more" in report().out


def test_equals_are_in_the_order_of_their_names(report: Harness, results: Path) -> None:
    for name in ("node10", "b", "node9"):
        machine(results, name, {})
    assert report().out.splitlines()[0].endswith(": b, node9, node10")


def test_equals_of_whom_none_falls_out_are_told_so(report: Harness, results: Path) -> None:
    for number in range(6):
        machine(results, f"node{number}", {})
    assert "none of them falls out" in report().out


def test_an_empty_store_is_one_sentence(call: Harness, tmp_path: Path) -> None:
    done = call("fleet", "report", "--results", tmp_path)
    assert done.code == 4
    assert "nothing is measured yet" in done.err
