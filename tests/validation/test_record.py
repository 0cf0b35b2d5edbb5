"""What the battery found, as a file."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import CorruptStoreError
from harness.validation import record
from harness.validation.battery import keep
from harness.validation.check import Check
from tests.support.runs import OWN_ERROR

CHECK = Check(part="A/A", name="one", measured=math.nan, unit="share", high=0.01)


def test_a_machines_own_error_comes_out_of_its_file_as_it_went_in(tmp_path: Path) -> None:
    said = keep(tmp_path, "here", OWN_ERROR, [CHECK], quick=False)
    assert "0.40%" in said
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert (known.error, known.quick) == (0.004, False)
    facts = json.loads(record.place(tmp_path, "here").read_text())
    assert facts["checks"][0] | {"measured": None, "low": None, "passed": None} == facts["checks"][0]
    assert record.known_error(tmp_path, "elsewhere") is None


def test_a_figure_that_numpy_computed_is_stored_as_any_other(tmp_path: Path) -> None:
    keep(tmp_path, "here", OWN_ERROR, [replace(CHECK, measured=np.float64(0.005))], quick=False)
    facts = json.loads(record.place(tmp_path, "here").read_text())
    assert facts["checks"][0]["passed"] is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 2, "when": "", "quick": true, "aa_error": 0.1}',
        '{"schema": 1, "when": "", "quick": true, "aa_error": true}',
        '{"schema": 1, "when": "", "quick": true, "aa_error": NaN}',
        '{"schema": 1, "when": "", "quick": true, "aa_error": -1}',
        '{"schema": 1, "quick": true, "aa_error": 0.1}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_validation_is_named(tmp_path: Path, text: str) -> None:
    path = record.place(tmp_path, "here")
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CorruptStoreError, match=r"here\.json"):
        record.known_error(tmp_path, "here")
