"""What is known of a run: as JSON for any reader, and refused where it describes none."""

import json
from pathlib import Path

import pytest

import harness
from harness.errors import CorruptStoreError
from tests.support.damage import op_file


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
    assert facts["schema"] == 1
