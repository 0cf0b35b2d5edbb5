"""The parts of the battery in a row, and what of it is stored."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.validation import battery, record
from harness.validation.check import Check
from harness.validation.parts import (
    aa,
    bursts,
    deadline,
    fresh_processes,
    interleaving,
    planted_slowdown,
    position,
    replay,
)
from harness.validation.trials import Sitting
from tests.support.runs import OWN_ERROR
from tests.support.trials import OPS, quiet


def test_a_project_without_the_ops_of_the_battery_is_told_so(tmp_path: Path) -> None:
    ops = {name: op for name, op in OPS.items() if name != "sin"}
    with pytest.raises(UsageError, match="this project has no sin; validate in one that declares them"):
        battery.battery(tmp_path, "here", ops, quiet)


def scripted(
    monkeypatch: pytest.MonkeyPatch, *, now: Callable[[], float] = time.perf_counter
) -> list[Sitting]:
    """Script all parts; return the sittings that they are given."""
    sittings: list[Sitting] = []

    def measure_twins(sitting: Sitting) -> list[object]:
        sittings.append(sitting)
        return []

    def part(name: str) -> Callable[..., list[Check]]:
        return lambda *_given: [Check(part=name, name=name, measured=1.0, unit="ratio")]

    monkeypatch.setattr("time.perf_counter", now)
    monkeypatch.setattr("harness.validation.battery.Parents.start", lambda _parents, _rounds: None)
    monkeypatch.setattr(aa, "measure_twins", measure_twins)
    monkeypatch.setattr(aa, "summary", lambda _pairs, *, looks: replace(OWN_ERROR, pairs=looks))
    for module, function in (
        (aa, "checks"),
        (replay, "replayed"),
        (deadline, "deadline"),
        (position, "biased"),
        (planted_slowdown, "planted"),
        (bursts, "beside_bursts"),
        (interleaving, "interleaved_and_alone"),
        (fresh_processes, "forks_and_fresh"),
    ):
        monkeypatch.setattr(module, function, part(module.PART))
    return sittings


PARTS = ["A/A", "replay", "deadline", "position", "planted", "bursts", "alone", "forks"]


def test_the_parts_follow_one_another_and_their_checks_know_how_long_they_took(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sittings = scripted(monkeypatch)
    result = battery.battery(tmp_path, "here", OPS, quiet, quick=True)
    assert [check.part for check in result.checks] == PARTS
    assert all(check.seconds > 0 for check in result.checks)
    assert [sitting.quick for sitting in sittings] == [True]
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert (known.error, known.quick) == (0.004, True)
    assert "0.40%" in result.stored


def test_a_quick_battery_begins_no_part_when_its_time_is_over_and_a_whole_one_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moments = count(0, 8)
    scripted(monkeypatch, now=lambda: float(next(moments)))
    checks = battery.battery(tmp_path, "here", OPS, quiet, quick=True).checks
    assert [check.part for check in checks] == PARTS
    assert [check.outcome for check in checks] == [""] * 3 + ["cannot be told"] * 5
    whole = battery.battery(tmp_path, "here", OPS, quiet).checks
    assert [check.outcome for check in whole] == [""] * 8


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


def test_no_error_at_all_is_known_from_a_quick_battery(tmp_path: Path) -> None:
    nothing = replace(OWN_ERROR, error=0.0)
    said = battery.keep(tmp_path, "here", nothing, [], quick=True)
    assert said.startswith("nothing is stored: 4 pairs differ by nothing")
    assert list(tmp_path.iterdir()) == []
    assert "0.00%" in battery.keep(tmp_path, "here", nothing, [], quick=False)
