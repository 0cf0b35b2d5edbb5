"""What stands below the figures of a run, so that they are read rightly."""

from pathlib import Path

import pytest

from harness.model import Status
from harness.store.runs import write_facts
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run


def test_notes_stand_with_the_figures(call: Harness, tmp_path: Path) -> None:
    cells = [
        scripted_cell("numpy", 16, [1.0, 1.0]),
        scripted_cell("torch-cpu", 16, [0.1, 0.1], reason="zero-copy: nothing is moved"),
        scripted_cell("torch-cpu-1t", 16, [0.1, 0.1], status=Status.NOISY, reason="in a round 60% disturbed"),
    ]
    write_run(tmp_path, cells)
    printed = call("speedup", "--results", tmp_path, "--machine", MACHINE).out
    assert "torch-cpu *" in printed
    assert "* torch-cpu in abs: zero-copy: nothing is moved" in printed
    assert "1 of 3 cells, in abs: noisy" in printed


def test_a_reason_is_printed_with_its_brackets(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "JAX is not installed; add it with pip install '.[jax]'"
    monkeypatch.setattr("harness.backends.jax.find_spec", lambda _name: None)
    write_run(tmp_path, [scripted_cell("jax-cpu", 16, [], status=Status.SKIPPED, reason=reason)])
    assert reason in call("backends").out
    assert reason in call("cells", "--results", tmp_path, "--machine", MACHINE).out


def test_threads_stand_with_the_figures_and_an_unfair_number_of_them_is_said_aloud(
    call: Harness, tmp_path: Path
) -> None:
    cells = [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")]
    run = write_run(tmp_path, cells)
    machine = {"name": MACHINE, "cores": 2, "threads": 2, "affinity": 2, "cpu_quota": None}
    threads = {"numpy": {"OpenBLAS": 2}, "torch-cpu": {"Torch": 1}}
    libraries = run.facts["libraries"] | {"threads": threads, "environment": {"MKL_NUM_THREADS": "1"}}
    write_facts(run.folder, {**run.facts, "machine": machine, "libraries": libraries})
    for command in ("speedup", "crossover"):
        ask = ("--results", tmp_path, "--machine", MACHINE)
        answer = call(command, *ask)
        assert "numpy: 2 OpenBLAS threads; torch-cpu: 1 Torch thread; 2 of 2 processors" in answer.out
        assert answer.out.startswith("warning: with MKL_NUM_THREADS=1, torch-cpu ran on 1 thread")
        answer = call(command, *ask, "--format", "csv")
        assert "warning: with MKL_NUM_THREADS=1, torch-cpu ran on 1 thread" in answer.err


def test_how_the_spans_of_a_device_were_taken_stands_with_the_figures_where_it_is_not_the_usual_way(
    call: Harness, tmp_path: Path
) -> None:
    cells = [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")]
    run = write_run(tmp_path, cells)
    asked = {"l2": "cold", "pinned": True}
    for settings, expected in (
        ({"l2": "hot", "pinned": False}, False),
        (asked, True),
        (asked | {"backends": ["numpy", "torch-cuda"]}, True),
        (asked | {"backends": ["numpy", "torch-cpu"]}, False),
    ):
        write_facts(run.folder, {**run.facts, "settings": {"rounds": 2, **settings}})
        for command in ("speedup", "crossover"):
            printed = call(command, "--results", tmp_path, "--machine", MACHINE).out
            assert ("with a cold L2 cache, written over before every call" in printed) is expected
            assert ("through pinned host memory" in printed) is expected
