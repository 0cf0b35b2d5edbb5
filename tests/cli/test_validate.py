"""The command by which the timer proves itself."""

import json
from pathlib import Path

import pytest

from harness.asv.run import Outcome
from harness.validation.battery import BatteryResult
from harness.validation.check import Check
from harness.validation.trials import Say
from tests.support.command_line import Harness


@pytest.mark.parametrize(("measured", "code", "outcome"), [(0.005, 0, "pass"), (0.02, 7, "FAIL")])
def test_validate_prints_every_check_and_fails_if_one_does(
    call: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, measured: float, code: int, outcome: str
) -> None:
    checks = (
        Check(part="A/A", name="the error", measured=measured, unit="share", high=0.01, detail="12 pairs"),
        Check(part="A/A", name="another rule", measured=0.4, unit="share"),
    )

    def scripted(
        results: Path, _machine: str, ops: object, say: Say, *, quick: bool, patience: float | None
    ) -> BatteryResult:
        assert patience is None
        assert results == tmp_path
        assert "abs" in ops  # type: ignore[operator] # a mapping
        say(f"quick: {quick}")
        return BatteryResult(checks=checks, stored="nothing is stored")

    monkeypatch.setattr("harness.validation.battery.battery", scripted)
    answer = call("validate", "--quick", "--results", tmp_path)
    assert answer.code == code
    assert "quick: True" in answer.err
    assert ("1 of 1 acceptance tests failed, in A/A" in answer.err) is (code != 0)
    for text in ("the error", "at most 1.00 %", outcome, "12 pairs", "nothing is stored"):
        assert text in answer.out
    answer = call("validate", "--format", "json", "--results", tmp_path)
    assert answer.code == code
    rows = json.loads(answer.out)
    assert [row["passed"] for row in rows] == [code == 0, None]
    assert list(rows[0]) == [*Check.__dataclass_fields__, "passed"]
    assert (rows[0]["measured"], rows[0]["low"], rows[0]["high"]) == (measured, None, 0.01)


def test_validate_stopped_by_hand_says_so(
    call: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(*_words: object, **_options: object) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.validation.battery.battery", stopped)
    answer = call("validate", "--results", tmp_path)
    assert answer.code == 130
    assert "stopped; nothing is stored" in answer.err
