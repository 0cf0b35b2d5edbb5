"""What is known of a run: as JSON for any reader, and refused where it describes none."""

import json
from pathlib import Path

import pytest

import harness
from harness.errors import CorruptStoreError
from harness.store.check import check
from harness.store.runs import read_runs, write_facts
from tests.support.damage import op_file
from tests.support.functions import NORM, told_of, write_functions
from tests.support.runs import MACHINE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"schema": 99}',
        '{"schema": 1}',
        "\x00",
        '{"schema": 1, "machine": 3}',
        "[" * 10**5,
    ],
)
def test_a_spoiled_run_json_is_named(results: Path, text: str) -> None:
    path = op_file(results).with_name("run.json")
    path.write_text(text)
    with pytest.raises(CorruptStoreError) as caught:
        harness.load(results)
    assert str(path) in str(caught.value)


def test_run_json_is_json_for_any_reader(results: Path) -> None:
    facts = json.loads(op_file(results).with_name("run.json").read_text())
    assert facts["schema"] == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"machine": []},
        {"machine": {"name": "a/b"}},
        {"machine": {"name": MACHINE, "gpus": [{"name": "two\nlines"}]}},
        {"begin": "yesterday"},
        {"begin": "2026-01-01T00:00:00"},
        {"end": "tomorrow"},
        {"end": 0},
        {"end": ""},
        {"quick": None},
        {"looks": 0},
        {"looks": True},
        {"looks": None},
        {"looks": 3.0},
        {"stopped": 1},
        {"stopped": None},
    ],
    ids=str,
)
def test_facts_that_no_run_can_have_are_refused_though_their_digest_is_right(
    results: Path, changes: dict[str, object]
) -> None:
    (run,) = read_runs(results)
    write_facts(run.folder, {**run.facts, **changes})
    with pytest.raises(CorruptStoreError, match=r"run\.json cannot be read: it does not describe a run"):
        harness.load(results)
    (fault,) = check(results).faults
    assert "it does not describe a run" in fault


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"a/b": told_of("old")},
        {"norm": []},
        {"norm": {**told_of("old"), "inputs": 3}},
        {"norm": {**told_of("old"), "check": None}},
        {"norm": {**told_of("old"), "fresh": "no"}},
        {"norm": told_of()},
        {"norm": {**told_of("old"), "hashes": {}}},
        {"norm": {**told_of("old"), "sources": {"new": "x"}}},
        {"norm": {**told_of("old"), "sources": {"old": 3}}},
        {"norm": {**told_of("old"), "hashes": {"old": "no hash"}}},
        {"norm": {**told_of("old"), "sources": {"a/b": ""}, "hashes": {"a/b": "0" * 64}}},
    ],
    ids=str,
)
def test_functions_that_no_run_can_have_are_refused_with_a_sentence(tmp_path: Path, told: object) -> None:
    run = write_functions(tmp_path)
    write_facts(run.folder, {**run.facts, "functions": told})
    with pytest.raises(CorruptStoreError, match=r"run\.json cannot be read: it does not describe a run"):
        harness.load(tmp_path)


@pytest.mark.parametrize("baseline", [None, 3, "", "a/b", ".old@numpy", ["numpy"]], ids=str)
def test_a_baseline_that_is_no_label_is_refused(tmp_path: Path, baseline: object) -> None:
    run = write_functions(tmp_path)
    write_facts(run.folder, {**run.facts, "settings": {"rounds": 5, "baseline": baseline}})
    with pytest.raises(CorruptStoreError, match="no baseline can be called"):
        harness.load(tmp_path)


def test_a_run_tells_its_baseline_and_its_functions_and_an_older_one_has_numpy(
    results: Path, tmp_path: Path
) -> None:
    (older,) = read_runs(results)
    assert (older.baseline, older.functions) == ("numpy", {})
    run = write_functions(tmp_path / "functions", baseline="old@torch-cuda:1")
    assert run.baseline == "old@torch-cuda:1"
    assert run.functions[NORM]["sources"]["new"].startswith("def new(x):")
    assert check(tmp_path / "functions").faults == ()
    told = told_of("*", "old@torch-cuda:1", "numpy")
    write_facts(run.folder, {**run.facts, "functions": {NORM: told}})
    assert len(harness.load(tmp_path / "functions")) == 24
