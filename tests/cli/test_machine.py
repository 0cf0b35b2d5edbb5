"""The commands that describe: the machine, its ceilings, what could spoil a measurement, ops, backends."""

import json
from pathlib import Path

import pytest

from harness.machine.interference import Interference
from harness.store.runs import write_facts
from tests.support.ceilings import STORED
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run


def test_the_ceilings_of_a_run_are_shown(call: Harness, tmp_path: Path) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])])
    where = ("--results", tmp_path, "--machine", MACHINE)
    none = call("ceilings", *where)
    assert none.code == 4
    assert "no ceilings were measured with 2026" in none.err
    write_facts(run.folder, {**run.facts, "ceilings": [STORED], "without_ceilings": {"cuda": "[too] hot"}})
    printed = call("ceilings", *where).out
    for text in ("100 GB/s", "20.0 GB/s", "128 MiB", "150 GFLOP/s float32", "cuda: no ceilings: [too] hot"):
        assert text in printed
    told = call("ceilings", *where, "--format", "markdown").out
    assert "| cpu | all | 100 GB/s | 20.0 GB/s | 128 MiB |" in told
    assert "cuda: no ceilings: \\[too\\] hot" in told
    (row,) = json.loads(call("ceilings", *where, "--format", "json").out)
    assert (row["threads"], row["in_cache"], row["matmul_float32"]) == (None, 1e11, 1.5e11)


def test_the_doctor_says_what_could_spoil_a_measurement_and_is_strict_on_request(
    call: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.machine.conditions.look", lambda: Interference(load=3.0))
    answer = call("doctor")
    assert answer.code == 0
    assert "3.00 processors used" in answer.out
    assert "could spoil" in answer.out
    strict = call("doctor", "--format", "json", "--strict")
    assert strict.code == 9
    rows = {row["name"]: row for row in json.loads(strict.out)}
    assert rows["other processes"]["verdict"] == "could spoil"
    assert rows["other processes"]["mend"].startswith("`top`")
    assert "could spoil a measurement: " in strict.err


def test_ops_and_backends_are_listed(call: Harness) -> None:
    listed = call("ops").out
    for text in ("torch.mean(v * v).backward()", "np.matmul(a, b)", "to_numpy"):
        assert text in listed
    assert "torch-cpu-1t" in call("backends").out
    assert "| torch-cpu-1t | " in call("backends", "--format", "markdown").out
    assert "| np.matmul(a, b) |" in call("ops", "--format", "markdown").out


def test_the_machine_is_described(call: Harness) -> None:
    card = json.loads(call("machine").out)
    assert {"name", "os", "cpu", "cores", "caches", "ram", "governor", "gpus"} <= card.keys()
