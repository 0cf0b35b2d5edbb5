"""The parts of the battery in a row, and what of it is stored."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.validation import aa, battery, record
from harness.validation.check import Check
from harness.validation.trials import Sitting
from tests.support.runs import OWN_ERROR
from tests.support.trials import OPS, quiet


def test_a_project_without_the_ops_of_the_battery_is_told_so(tmp_path: Path) -> None:
    ops = {name: op for name, op in OPS.items() if name != "sin"}
    with pytest.raises(UsageError, match="this project has no sin; validate in one that declares them"):
        battery.battery(tmp_path, "here", ops, quiet)


def test_the_battery_has_four_parts_and_its_checks_know_how_long_they_took(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sittings: list[Sitting] = []

    def part(name: str) -> list[Check]:
        return [Check(part=name, name=name, measured=1.0, unit="ratio")]

    def scripted(sitting: Sitting, name: str) -> list[Check]:
        sittings.append(sitting)
        return part(name)

    def compared(sitting: Sitting) -> aa.SelfComparison:
        sittings.append(sitting)
        return OWN_ERROR

    monkeypatch.setattr(battery, "deadline", lambda _say: part("deadline"))
    monkeypatch.setattr(aa, "self_comparison", compared)
    monkeypatch.setattr(battery, "planted", lambda sitting: scripted(sitting, "planted"))
    monkeypatch.setattr(battery, "interleaved_and_alone", lambda sitting: scripted(sitting, "alone"))
    result = battery.battery(tmp_path, "here", OPS, quiet, quick=True, patience=2.0)
    parts = dict.fromkeys(check.part for check in result.checks)
    assert list(parts) == ["deadline", "A/A", "planted", "alone"]
    assert all(check.seconds > 0 for check in result.checks)
    assert [(sitting.quick, sitting.patience) for sitting in sittings] == [(True, 2.0)] * 3
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert (known.error, known.quick) == (0.004, True)
    assert "0.40%" in result.stored


def test_a_quick_battery_does_not_replace_a_whole_one_but_a_corrupt_file(tmp_path: Path) -> None:
    worse = replace(OWN_ERROR, error=0.5)
    battery.keep(tmp_path, "here", OWN_ERROR, [], quick=False)
    assert "holds the whole battery" in battery.keep(tmp_path, "here", worse, [], quick=True)
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert known.error == 0.004
    record.place(tmp_path, "here").write_text("{")
    battery.keep(tmp_path, "here", worse, [], quick=True)
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert (known.error, known.quick) == (0.5, True)


def test_an_unknown_error_is_not_stored(tmp_path: Path) -> None:
    unknown = replace(OWN_ERROR, error=math.nan)
    assert "nothing is stored" in battery.keep(tmp_path, "here", unknown, [], quick=False)
    assert list(tmp_path.iterdir()) == []
