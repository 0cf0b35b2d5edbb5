"""The script that gives the harness's calls to other timers: how it judges them, and that it runs."""

import json
import subprocess
import sys

import pytest

from scripts import peers
from tests.support.projects import PROJECT

CALL = peers.Call(library="numpy", function="abs", n=16)


def reading(*medians: float) -> peers.Reading:
    return peers.Reading(medians=medians, needed=2.0)


@pytest.mark.parametrize("paired", [True, False])
def test_another_timer_agrees_within_3_percent_or_the_interval(*, paired: bool) -> None:
    ours = [reading(1.0, 1.0, 1.0)]
    near = peers.agreement("x", [CALL], ours, [reading(1.02, 1.02, 1.02)], paired=paired)
    far = peers.agreement("x", [CALL], ours, [reading(1.05, 1.05, 1.05)], paired=paired)
    wide = peers.agreement("x", [CALL], ours, [reading(0.9, 1.1, 1.3)], paired=paired)
    assert (near.share, near.passed) == (1.0, True)
    assert (far.share, far.passed) == (0.0, False)
    assert (wide.share, wide.passed) == (1.0, False)
    assert near.over == pytest.approx(1.02)
    assert far.furthest == "np.abs(x) at 16: 1.05× (1.05 to 1.05)"


def test_what_a_process_does_to_both_timers_cancels_only_where_they_shared_it() -> None:
    ours, other = [reading(1.0, 2.0, 4.0)], [reading(1.1, 2.2, 4.4)]
    assert peers.agreement("x", [CALL], ours, other, paired=True).share == 0.0
    assert peers.agreement("x", [CALL], ours, other, paired=False).share == 1.0


def test_the_table_tells_the_ratios_of_times_and_of_what_they_needed() -> None:
    slower = peers.Reading(medians=(1.1, 1.1, 1.1), needed=5.0)
    found = peers.agreement("pyperf", [CALL], [reading(1.0, 1.0, 1.0)], [slower], paired=False)
    head, line = peers.table([found], 1)
    assert head.split("  ")[-1].strip() == "furthest"
    assert line.split()[:7] == ["FAIL", "pyperf", "0", "%", "1.10×", "5.00", "s"]
    assert "2.50×" in line


def test_a_machine_without_pyperf_leaves_it_out_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _name: None)
    read = dict.fromkeys(peers.METHODS, (1e-6, 0.5))
    monkeypatch.setattr(peers, "python", lambda _words, _calls: json.dumps([read]))
    timers = [found.timer for found in peers.compared([CALL], 1)]
    assert timers == ["timeit", "timeit-cpu", "torch.utils.benchmark"]
    assert "pip install '.[test]'" in capsys.readouterr().err


@pytest.mark.slow
def test_one_call_is_timed_by_all_timers() -> None:
    words = ("--library", "numpy", "--function", "abs", "--size", "16", "--repeats", "1")
    done = subprocess.run(
        [sys.executable, "scripts/peers.py", *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr  # on a busy machine they may differ
    _, *lines = done.stdout.splitlines()
    for timer, line in zip(("timeit", "timeit-cpu", "torch.utils.benchmark", "pyperf"), lines, strict=True):
        assert line.split()[1] == timer
        assert "np.abs(x) at 16: " in line
    assert "process 3 of 3" in done.stderr
