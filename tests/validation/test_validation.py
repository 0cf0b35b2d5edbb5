"""The acceptance tests of the timer: on a scripted clock in full, on the real one only that they work."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.asv.catalogue import declared_ops
from harness.errors import CorruptStoreError, MeasureError
from harness.model import Span, Status
from harness.runs.settings import Settings
from harness.timing.rules import Rules
from harness.validation import aa, deadline, millisecond, peers, record, simulation
from harness.validation import interleaving as alone
from harness.validation import planted_slowdown as planted
from harness.validation.battery import keep
from harness.validation.calls import Call, request
from harness.validation.check import Check, sampling_error
from harness.validation.trials import Trial, compared, measured
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Group, Lane, Task
from tests.support.projects import PROJECT
from tests.support.runs import OWN_ERROR, scripted_round

OPS = declared_ops(PROJECT)
SHORT = Rules(window=2e-3, warm_least=4e-3, warm_most=4e-3, budget=4e-3)


def trial(medians: Sequence[float], *, noisy: bool = False, backend: str = "numpy") -> Trial:
    """Return what rounds of these medians found out about a lane."""
    rounds = [replace(scripted_round(value), disturbed=(noisy,) * 3) for value in medians]
    return Trial(
        lane=Lane(backend=backend, spans=(Span.CALL,), statement="np.abs(x)"), n=16, rounds=tuple(rounds)
    )


def quiet(_line: str) -> None:
    """Say nothing."""


def named(checks: Sequence[Check], words: str) -> Check:
    """Return the one check whose name has these words."""
    (found,) = [check for check in checks if words in check.name]
    return found


@pytest.fixture(scope="module")
def simulated() -> list[Check]:
    """Return the simulation of a few measurements per stream."""
    return simulation.simulation(100)


def test_intervals_cover_and_values_are_close_on_every_scripted_stream(simulated: list[Check]) -> None:
    assert [check.name for check in simulated if check.passed is False] == []
    for stream in ("even", "drift", "tails", "two modes", "step half-way", "autocorrelation"):
        assert named(simulated, f"{stream}: speedups in").passed
        assert named(simulated, f"{stream}: RMS error").passed


def test_an_interval_from_one_process_misses_more_often_than_it_should(simulated: list[Check]) -> None:
    for rule in ("median of 100 blocks", "narrow IQR"):
        assert named(simulated, rule).measured < 0.75
        assert named(simulated, rule).passed is None


def test_a_ramp_that_outlasts_the_warm_up_is_flagged(simulated: list[Check]) -> None:
    assert named(simulated, "ramp").measured > 0.95


def test_the_same_seed_gives_the_same_figures() -> None:
    assert simulation.simulation(5, seed=3) == simulation.simulation(5, seed=3)
    assert simulation.simulation(5, seed=3) != simulation.simulation(5, seed=4)


@pytest.mark.parametrize("number", millisecond.NUMBERS)
def test_a_call_of_exactly_a_millisecond_reads_a_millisecond_everywhere(number: int) -> None:
    found = millisecond.scripted_round(number)
    assert found.number == number
    forms = millisecond.readings(found)
    assert set(forms) == {"the table", "the store", "CSV", "Parquet", "plot data", "asv's tracked value"}
    assert forms == {form: pytest.approx(1e-3, rel=1e-9) for form in forms}


def test_a_wrong_slope_or_a_large_intercept_does_not_pass() -> None:
    asked = deadline.DURATIONS
    good = deadline.fit(asked, [2e-7 + seconds for seconds in asked])
    assert [check.passed for check in good] == [True, True]
    assert good[0].measured == pytest.approx(1)
    assert good[1].measured == pytest.approx(2e-7)
    steep, late = (
        deadline.fit(asked, [a + slope * seconds for seconds in asked]) for a, slope in ((0, 1.02), (2e-6, 1))
    )
    assert steep[0].passed is False
    assert late[1].passed is False


def test_one_long_call_that_is_off_does_not_carry_the_line() -> None:
    *short, long = deadline.DURATIONS
    slope, _ = deadline.fit(deadline.DURATIONS, [*short, 1.01 * long])
    assert abs(slope.measured - 1) < 0.005


def test_spinning_calls_are_timed_on_the_real_clock() -> None:
    slope, intercept = deadline.deadline(quiet)
    assert slope.measured > 0
    assert math.isfinite(intercept.measured)


def test_a_backend_beside_its_twin_has_operands_of_its_own() -> None:
    spoilt = Lane(backend="numpy", spans=(Span.CALL,), statement="x.fill(9)\nnp.abs(x)", twin="'")
    plain = Lane(backend="numpy", spans=(Span.CALL,), statement="np.abs(x)")
    group = Group(n=16, dtype="float32", lanes=(spoilt, plain))
    with WorkerProcess(60.0) as worker:
        worker.hello()
        worker.give(Task(op=OPS["abs"], groups=(group,), rules=SHORT, seed=0, order=0))
        answer = worker.answer()
    assert not isinstance(answer, Death)
    assert [finding.status for finding in answer.findings] == [Status.WRONG, Status.OK]


def test_every_backend_of_a_run_is_doubled_for_the_span_call() -> None:
    settings = Settings(backends=("numpy", "torch-cpu"), min_size=16, max_size=64)
    groups = aa.doubled(OPS["abs"], settings, {})
    assert [group.n for group in groups] == [16, 64]
    assert [(lane.backend, lane.twin) for lane in groups[0].lanes] == [
        ("numpy", ""),
        ("numpy", "'"),
        ("torch-cpu", ""),
        ("torch-cpu", "'"),
    ]


def test_trials_are_measured_in_fresh_processes() -> None:
    (group,) = aa.doubled(OPS["abs"], Settings(backends=("numpy",), min_size=16, max_size=16), {})
    ((base, own),) = measured(OPS["abs"], [group], rules=SHORT, rounds=2)
    assert len(base.rounds) == len(own.rounds) == 2
    assert all(value > 0 for value in (*base.medians, *own.medians))


def test_a_lane_that_fails_ends_the_trials_with_its_reason() -> None:
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement="np.sin(x)")
    group = Group(n=16, dtype="float32", lanes=(lane,))
    with pytest.raises(MeasureError, match=r"abs on numpy at n=16 could not be measured: error"):
        measured(OPS["abs"], [group], rules=SHORT, rounds=1)


def test_what_equal_contenders_come_to_is_counted_over_the_clean_pairs() -> None:
    up, down, noisy = [1.0] * 3, [math.exp(0.02)] * 3, [3.0] * 3
    pairs = [
        (trial(up), trial(down)),
        (trial(down), trial(up)),
        (trial(up), trial(up)),
        (trial(up, noisy=True), trial(noisy)),
    ]
    found = aa.summary(pairs, [True, True, False, False], "abcd")
    assert found.rms == pytest.approx(0.02 * math.sqrt(2 / 3))
    assert [found.one_thread, found.middle] == pytest.approx([0.02, 0.02])
    assert found.furthest == "a, 0.980×"
    assert (found.pairs, found.clean) == (4, 3)
    assert [found.covered, found.false] == pytest.approx([1 / 3, 2 / 3])
    assert named(aa.checks(found), "one thread").passed is False
    assert named(aa.checks(found), "holds 1").passed is False


def test_the_own_error_is_the_band_that_leaves_one_verdict_in_a_hundred() -> None:
    apart = [(trial([1.0] * 3), trial([math.exp(shift)] * 3)) for shift in (0.09, 0.04, 0.03)]
    pairs = [*apart, *[(trial([1.0, 1.1, 0.9]), trial([1.1, 1.0, 0.9]))] * 197]
    found = aa.summary(pairs, [True] * 200, [""] * 200)
    assert found.error == pytest.approx(math.expm1(0.03))
    assert found.false == pytest.approx(3 / 200)
    verdicts = compared(pairs, aa_error=found.error + 1e-9)["verdict"]
    assert (verdicts == "slower").sum() == 2
    assert named(aa.checks(found), "verdict").passed is True


def test_an_error_of_mostly_noisy_pairs_is_unknown_and_does_not_pass() -> None:
    pairs = [(trial([1.0] * 3, noisy=True), trial([1.0] * 3))] * 3 + [(trial([1.0] * 3), trial([1.0] * 3))]
    checks = aa.checks(aa.summary(pairs, [True] * 4, "abcd"))
    assert [check.passed for check in checks] == [False, False, None, False]
    assert [check.figure for check in checks] == ["–"] * 4


def test_a_slow_down_is_planted_as_more_of_the_same_calls() -> None:
    lanes = planted.slowed(OPS["sin"], 256).lanes
    assert [lane.statement.count("sin(x)") for lane in lanes] == [100, 102, 105, 110] * 2
    assert len({(lane.backend, lane.twin) for lane in lanes}) == len(lanes)


def test_trials_are_compared_as_cells_are() -> None:
    table = compared(
        [(trial([1.0, 2.0]), trial([1.1, 2.2])), (trial([1.0, 2.0], noisy=True), trial([2.0, 4.0]))]
    )
    assert table["verdict"].tolist() == ["slower", "unsure"]
    assert table["speedup"].iloc[0] == pytest.approx(1 / 1.1)


def test_one_interval_of_twenty_may_miss_but_a_cell_that_differs_is_found() -> None:
    even = (trial([1.0, 1.001, 0.999]), trial([1.0, 1.0, 1.0]))
    chance = (trial([1.0, 1.0, 1.0]), trial([1.05, 1.06, 1.07]))  # p = 0.013 against the band
    apart = (trial([1.0, 1.0, 1.0]), trial([1.5, 1.5001, 1.5002]))
    names = [str(at) for at in range(20)]
    agreed = alone.agreement([even] * 19 + [chance], names)
    assert [check.passed for check in agreed] == [True, True]
    differing = alone.agreement([even] * 19 + [apart], names)
    assert [check.passed for check in differing] == [False, False]
    assert differing[0].measured == pytest.approx(0.95)
    assert "furthest off: 19, 1.50×" in differing[0].detail


def test_disturbed_cells_tell_nothing_of_interleaving_and_too_few_others_do_not_pass() -> None:
    even = (trial([1.0, 1.001, 0.999]), trial([1.0, 1.0, 1.0]))
    apart = (trial([1.0, 1.0, 1.0]), trial([1.5, 1.5001, 1.5002], noisy=True))
    assert [check.passed for check in alone.agreement([even, apart], ["a", "b"])] == [True, True]
    unknown = alone.agreement([even, apart, apart], ["a", "b", "c"])
    assert [(check.passed, check.figure) for check in unknown] == [(False, "–")] * 2
    assert "1 of 3 cells free of other work" in unknown[0].detail


def test_a_share_of_few_may_be_off_by_more() -> None:
    assert sampling_error(0.8, 4) == pytest.approx(0.4)
    assert sampling_error(0.8, 400) == pytest.approx(0.04)


def test_backends_are_timed_together_and_each_by_itself() -> None:
    together, *single = alone.arrangements(OPS["mm"], 16384)
    assert [lane.backend for lane in together.lanes] == ["numpy", "torch-cpu"]
    assert [[lane.backend for lane in group.lanes] for group in single] == [["numpy"], ["torch-cpu"]]


CALL = Call(library="numpy", function="abs", n=16)


def reading(*medians: float) -> peers.Reading:
    return peers.Reading(medians=medians, needed=2.0)


@pytest.mark.parametrize("paired", [True, False])
def test_another_timer_agrees_within_3_percent_or_the_interval(*, paired: bool) -> None:
    ours = [reading(1.0, 1.0, 1.0)]
    near = peers.agreement("x", [CALL], ours, [reading(1.02, 1.02, 1.02)], paired=paired)
    far = peers.agreement("x", [CALL], ours, [reading(1.05, 1.05, 1.05)], paired=paired)
    wide = peers.agreement("x", [CALL], ours, [reading(0.9, 1.1, 1.3)], paired=paired)
    assert [check.passed for check in near] == [True, True]
    assert [check.passed for check in far] == [False, False]
    assert [check.passed for check in wide] == [True, False]
    assert "x needed 2.0 s, the harness 2.0 s" in near[1].detail


def test_what_a_process_does_to_both_timers_cancels_only_where_they_shared_it() -> None:
    ours, other = [reading(1.0, 2.0, 4.0)], [reading(1.1, 2.2, 4.4)]
    assert peers.agreement("x", [CALL], ours, other, paired=True)[0].passed is False
    assert peers.agreement("x", [CALL], ours, other, paired=False)[0].passed is True


def test_a_machine_without_pyperf_skips_it_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _name: None)
    (check,) = peers.against_pyperf([CALL], [reading(1.0, 1.0)], quiet)
    assert check.passed is None
    assert "pip install '.[validate]'" in check.detail


def test_three_timers_take_turns_in_one_process() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "harness.validation.calls", "1"],
        input=request((CALL,), 1),
        capture_output=True,
        text=True,
        check=True,
    )
    (times,) = json.loads(said.stdout)
    assert set(times) == {"harness", "timeit", "torch.utils.benchmark"}
    assert all(0 < seconds < 1 and needed > 0 for seconds, needed in times.values())


def test_pyperf_reads_a_call_in_processes_of_its_own() -> None:
    found = peers.by_pyperf(CALL)
    assert len(found.medians) == peers.ROUNDS
    assert all(0 < seconds < 1 for seconds in found.medians)


CHECK = Check(part="A/A", name="one", measured=math.nan, unit="share", high=0.01)


def test_a_machines_own_error_comes_out_of_its_file_as_it_went_in(tmp_path: Path) -> None:
    said = keep(tmp_path, "here", OWN_ERROR, [CHECK], quick=False)
    assert "0.40%" in said
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert (known.error, known.quick) == (0.004, False)
    facts = json.loads(record.place(tmp_path, "here").read_text())
    assert facts["checks"][0] | {"measured": None, "low": None, "passed": False} == facts["checks"][0]
    assert record.known_error(tmp_path, "elsewhere") is None


def test_a_figure_that_numpy_computed_is_stored_as_any_other(tmp_path: Path) -> None:
    keep(tmp_path, "here", OWN_ERROR, [replace(CHECK, measured=np.float64(0.005))], quick=False)
    facts = json.loads(record.place(tmp_path, "here").read_text())
    assert facts["checks"][0]["passed"] is True


def test_a_quick_battery_does_not_replace_a_whole_one_but_a_corrupt_file(tmp_path: Path) -> None:
    keep(tmp_path, "here", OWN_ERROR, [], quick=False)
    assert "holds the whole battery" in keep(tmp_path, "here", replace(OWN_ERROR, error=0.5), [], quick=True)
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert known.error == 0.004
    record.place(tmp_path, "here").write_text("{")
    keep(tmp_path, "here", replace(OWN_ERROR, error=0.5), [], quick=True)
    known = record.known_error(tmp_path, "here")
    assert known is not None
    assert (known.error, known.quick) == (0.5, True)


def test_an_unknown_error_is_not_stored(tmp_path: Path) -> None:
    assert "nothing is stored" in keep(tmp_path, "here", replace(OWN_ERROR, error=math.nan), [], quick=False)
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize(
    ("low", "high", "measured", "passed", "limit"),
    [
        (0.93, 0.97, 0.93, True, "93.0 % to 97.0 %"),
        (-math.inf, 0.01, 0.011, False, "at most 1.00 %"),
        (0.8, math.inf, 0.8, True, "at least 80.0 %"),
        (0.8, math.inf, math.nan, False, "at least 80.0 %"),
        (-math.inf, math.inf, 5.0, None, ""),
    ],
)
def test_a_check_passes_within_its_limits(
    low: float, high: float, measured: float, passed: object, limit: str
) -> None:
    check = Check(part="", name="", measured=measured, unit="share", low=low, high=high)
    assert (check.passed, check.limit) == (passed, limit)
