"""The command by which the timer proves itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.validation.battery import BatteryResult
from harness.validation.check import Check
from harness.validation.trials import Say
from tests.support.command_line import Harness


@pytest.mark.parametrize(
    ("measured", "doubt", "code", "outcome"),
    [(0.005, "", 0, "pass"), (0.02, "", 7, "FAIL"), (0.02, "a busy host", 0, "cannot be told")],
)
def test_validate_prints_every_check_and_fails_if_one_does(
    call: Harness,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    measured: float,
    doubt: str,
    code: int,
    outcome: str,
) -> None:
    error = Check(part="A/A", name="the error", measured=measured, unit="share", high=0.01, detail="12 pairs")
    checks = (
        replace(error, doubt=doubt),
        Check(part="A/A", name="another rule", measured=0.4, unit="share"),
    )

    def scripted(results: Path, _machine: str, ops: object, say: Say, *, quick: bool) -> BatteryResult:
        assert results == tmp_path
        assert "abs" in ops  # type: ignore[operator] # a mapping
        say(f"quick: {quick}")
        return BatteryResult(checks=checks, stored="nothing is stored")

    monkeypatch.setattr("harness.validation.battery.battery", scripted)
    answer = call("validate", "--quick", "--results", tmp_path)
    assert answer.code == code
    assert "quick: True" in answer.err
    assert ("1 of 1 acceptance tests failed, in A/A" in answer.err) is (code != 0)
    assert ("A/A cannot be told: a busy host" in answer.err) is bool(doubt)
    for text in ("the error", "at most 1.00 %", outcome, "12 pairs", "nothing is stored"):
        assert text in answer.out
    answer = call("validate", "--format", "json", "--results", tmp_path)
    assert answer.code == code
    rows = json.loads(answer.out)
    assert [row["passed"] for row in rows] == [None if doubt else code == 0, None]
    assert [row["outcome"] for row in rows] == [outcome, ""]
    assert list(rows[0]) == [*Check.__dataclass_fields__, "passed", "outcome"]
    assert (rows[0]["measured"], rows[0]["low"], rows[0]["high"]) == (measured, None, 0.01)


def test_validate_stopped_by_hand_says_so(
    call: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(*_words: object, **_options: object) -> BatteryResult:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.validation.battery.battery", stopped)
    answer = call("validate", "--results", tmp_path)
    assert answer.code == 130
    assert "stopped; nothing is stored" in answer.err


def test_an_old_option_is_accepted_and_said_to_be_gone(
    call: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nothing = BatteryResult(checks=(), stored="nothing is stored")
    monkeypatch.setattr("harness.validation.battery.battery", lambda *_words, **_options: nothing)
    answer = call("validate", "--patience", "3", "--results", tmp_path)
    assert answer.code == 0
    assert "--patience is gone" in answer.err
