"""Advice on the command line: what it prints, and what it refuses."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.model import Cell, Span
from harness.store.runs import write_facts
from tests.support.ceilings import STORED
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run

SIZES = (16, 64, 256, 1024)
RUN = "20270101T000000Z-aaaaaa"


def curves(op: str, sizes: Sequence[int] = SIZES) -> list[Cell]:
    """Return the cells of an op in which Torch overtakes NumPy at 125 elements, with transfers at 250."""
    return [
        scripted_cell(backend, n, [seconds * factor for factor in (0.99, 1.0, 1.01, 1.0)], span=span, op=op)
        for n in sizes
        for span, more in ((Span.CALL, 0.0), (Span.ROUND_TRIP, 1e-6))
        for backend, seconds in (("numpy", n * 1e-8), ("torch-cpu", 1e-6 + n * 2e-9 + more))
    ]


@pytest.fixture
def ask_of_curves(ask: Harness, results: Path) -> Harness:
    """Return the command line over a run with curves of two ops."""
    write_run(results, [*curves("abs"), *curves("sin")], run=RUN)
    return ask


def test_at_a_size_there_is_a_sentence_for_each_op(ask_of_curves: Harness) -> None:
    lines = ask_of_curves("advise", "--n", "1024").out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["abs", "sin"]
    assert all("torch-cpu, 2.5 times" in line and "pays from the first call on" in line for line in lines)


def test_the_python_function_says_the_same(ask_of_curves: Harness, results: Path) -> None:
    told = ask_of_curves("advise", "sin", "--n", "200", "--calls", "3").out.strip()
    cells = harness.load(results, run=RUN)
    assert told == f"sin: {harness.advise(cells, 'sin', 200, 3)}"


def test_more_calls_per_transfer_pay_earlier(ask_of_curves: Harness) -> None:
    few, many = (
        json.loads(ask_of_curves("advise", "sin", "--n", "160", "--calls", calls, "--format", "json").out)
        for calls in ("1", "1000")
    )
    assert few[0]["speedup"] < many[0]["speedup"]
    assert few[0]["pays_from"] == many[0]["pays_from"] > 1


def test_a_chain_is_told_once(ask_of_curves: Harness) -> None:
    (line,) = ask_of_curves("advise", "sin", "abs", "--chain", "--n", "1Ki").out.splitlines()
    assert line.startswith("sin, then abs: torch-cpu, ")


def test_without_a_size_there_is_a_bar_for_each_op(ask_of_curves: Harness) -> None:
    lines = ask_of_curves("advise").out.splitlines()
    assert lines[0].startswith("which backend to take (n numpy, t torch-cpu)")
    assert [line.split()[0] for line in lines[1:]] == ["op", "elements", "abs", "sin"]
    assert lines[-1].count("numpy") == 2


def test_the_score_tells_how_far_predictions_were(ask_of_curves: Harness) -> None:
    told = ask_of_curves("advise", "--score").out.splitlines()
    assert told[0].startswith("sizes that are left out of this run's curves: 8 speedups, off by ")


def test_an_op_that_lacks_the_size_says_so_beside_the_others(ask: Harness, results: Path) -> None:
    write_run(results, [*curves("abs"), *curves("mm", (16, 64))], run=RUN)
    told = ask("advise", "--n", "1024").out
    assert told.startswith("abs: torch-cpu, ")
    assert (
        "1 000 is more than 4 times beyond the sizes at which a backend has calls and round trips of mm"
        in told
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nope", "--n", "16"], 3, "no op is called 'nope'; there are: abs, sin"),
        (["--n", "0"], 2, "'0' is no size"),
        (["--n", "16", "--calls", "0"], 2, "calls"),
        (["--n", "1G"], 2, "more than 4 times beyond the sizes"),
        (["--chain"], 2, "add --n, such as --n 1M"),
        (["--format", "json"], 2, "add --n, such as --n 1M"),
        (["--n", "16", "--backend", "torch-tpu"], 3, "no backend is called 'torch-tpu'"),
    ],
)
def test_what_cannot_be_advised_on_is_one_sentence(
    ask_of_curves: Harness, words: list[str], code: int, said: str
) -> None:
    done = ask_of_curves("advise", *words)
    assert done.code == code
    assert said in done.err


def test_a_bound_is_told_of_a_device_that_nobody_has(ask: Harness, results: Path) -> None:
    cells = [replace(cell, moved=8.0 * cell.case.n) for cell in curves("abs")]
    write_run(results, cells, run=RUN)
    told = ask("advise", "abs", "--n", "256", "--what-if", "memory=1TB/s,link=1GB/s").out
    assert told.startswith("abs: on such a device a call with its transfers is at most 1.3, calls alone ")
    assert "(a bound, " in told
    refused = ask("advise", "abs", "--what-if", "memory=1TB/s")
    assert (refused.code, "--what-if goes with ops, --n" in refused.err) == (2, True)


def test_a_machine_of_the_store_is_a_device_by_its_ceilings(ask: Harness, results: Path) -> None:
    cells = [replace(cell, moved=8.0 * cell.case.n) for cell in curves("abs")]
    run = write_run(results, cells, run=RUN)
    lacking = ask("advise", "abs", "--n", "256", "--what-if", MACHINE)
    assert (lacking.code, "no ceilings were measured" in lacking.err) == (4, True)
    write_facts(run.folder, {**run.facts, "ceilings": [STORED]})
    told = ask("advise", "abs", "--n", "256", "--what-if", MACHINE).out
    assert told.startswith(f"abs: on {MACHINE}'s cpu calls are at most ")


def test_what_does_not_fit_into_memory_is_refused(ask: Harness, results: Path) -> None:
    run = write_run(results, curves("abs"), run=RUN)
    told = {"machine": {**run.facts["machine"], "ram": 10_000}}
    write_facts(run.folder, {**run.facts, **told})
    assert ask("advise", "--n", "1024").code == 0
    refused = ask("advise", "--n", "2048")
    assert refused.code == 2
    assert "are 16.4 kB for abs, more than the 10.0 kB of memory of cpu" in refused.err


def test_a_backend_whose_device_lacks_the_memory_is_left_out(ask: Harness, results: Path) -> None:
    on_gpu = [
        replace(cell, case=replace(cell.case, backend="torch-cuda"))
        for cell in curves("abs")
        if cell.case.backend == "torch-cpu"
    ]
    run = write_run(results, [*curves("abs"), *on_gpu], run=RUN)
    libraries = {**run.facts["libraries"], "device_memory": {"torch-cuda": 10_000}}
    write_facts(run.folder, {**run.facts, "libraries": libraries})
    fits, does_not = (
        [row["backend"] for row in json.loads(ask("advise", "--n", n, "--format", "json").out)]
        for n in ("1024", "2048")
    )
    assert sorted(fits) == ["torch-cpu", "torch-cuda"]
    assert does_not == ["torch-cpu"]
    assert ask("advise", "--n", "2048").out.endswith("; torch-cuda lacks the memory\n")


def test_a_size_for_which_every_device_lacks_the_memory_is_refused(ask: Harness, results: Path) -> None:
    run = write_run(results, curves("abs"), run=RUN)
    libraries = {**run.facts["libraries"], "device_memory": {"torch-cpu": 10_000}}
    write_facts(run.folder, {**run.facts, "libraries": libraries})
    done = ask("advise", "--n", "2048")
    assert done.code == 2
    assert "more than the 10.0 kB of memory of torch-cpu" in done.err


def test_other_versions_are_told_beside_the_advice(ask_of_curves: Harness) -> None:
    done = ask_of_curves("advise", "sin", "--n", "1024")
    assert "this was measured with numpy 2.0.0 and torch 2.6.0; here is numpy " in done.err
    assert "numpy 2.0.0" not in done.out
