"""What a sweep says of how far it is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.runs.sweep import sweep
from tests.support.sweeps import ABS, begun_for

pytestmark = pytest.mark.slow


def test_progress_is_told_step_by_step(tmp_path: Path) -> None:
    progress = tmp_path / "progress"
    job = replace(begun_for(tmp_path), progress=progress)
    sweep(ABS, job)
    steps = [json.loads(line) for line in progress.read_text().splitlines()]
    steps = [step for step in steps if not step["latest"].endswith("(again)")]  # of a busy host
    assert [step["done"] for step in steps] == [0, 1, 2, 3, 4]
    assert {step["total"] for step in steps} == {4}
    assert steps[-1]["latest"].startswith("n = 64: ")
