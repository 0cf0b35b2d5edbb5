"""What is known of a run: as JSON for any reader, and refused where it describes none."""

import json
from pathlib import Path

import pytest

import harness
from harness.errors import CorruptStoreError
from harness.store.check import check
from harness.store.runs import read_runs, write_facts
from tests.support.damage import op_file
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
    assert facts["schema"] == 2


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
