"""Trials in real worker processes, and how two of them are compared."""

import pytest

from harness.errors import MeasureError
from harness.model import Span
from harness.runs.schedule import LOOKS, QUICK_LOOKS
from harness.runs.settings import Settings
from harness.validation.parts import aa
from harness.validation.trials import Pair, Sitting, compared, doubt_of, frame_of, is_clean, measured
from harness.workers.parents import Parents
from harness.workers.task import Group, Lane
from tests.support.trials import OPS, SHORT, pair, quiet, trial
from tests.support.workers import SharedWorker


@pytest.mark.slow
def test_trials_have_a_round_of_each_process() -> None:
    (group,) = aa.doubled(OPS["abs"], Settings(backends=("numpy",), min_size=16, max_size=16))
    with SharedWorker(60.0) as one, SharedWorker(60.0) as two:
        ((base, own),) = measured(OPS["abs"], [group], [one, two], rules=SHORT)
    assert len(base.rounds) == len(own.rounds) == 2
    assert all(sample > 0 for trial in (base, own) for found in trial.rounds for sample in found.samples)
    assert set(base.rounds[0].passes) == set(own.rounds[1].passes) == {0, 1}


@pytest.mark.slow
def test_a_lane_that_fails_ends_the_trials_with_its_reason() -> None:
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement="np.sin(x)")
    group = Group(n=16, dtype="float32", lanes=(lane,))
    with (
        SharedWorker(60.0) as worker,
        pytest.raises(MeasureError, match=r"abs on numpy at n=16 could not be measured: error"),
    ):
        measured(OPS["abs"], [group], [worker], rules=SHORT)


def test_trials_are_compared_as_cells_are_and_a_mark_forbids_no_verdict() -> None:
    disturbed = Pair(trial([1.0, 1.001, 0.999], noisy=True), trial([2.0, 2.0, 2.001]))
    table = compared([pair([1.0, 1.001, 0.999], [1.1, 1.1, 1.099]), disturbed])
    assert table["verdict"].tolist() == ["slower", "slower"]
    assert table["speedup"].tolist() == pytest.approx([1 / 1.1, 0.5], rel=1e-3)
    assert is_clean(table).tolist() == [True, False]
    assert doubt_of(is_clean(table)) == ""
    assert doubt_of(is_clean(table)[1:]) == "only 0 of 1 pairs were free of other work"


def test_pairs_of_one_backend_are_cells_of_their_own() -> None:
    frame = frame_of([pair([1.0], [2.0]), pair([3.0], [4.0])], looks=3)
    assert frame["n"].tolist() == [1, 1, 2, 2]
    assert set(frame["looks"]) == {3}
    assert compared(frame)["speedup"].tolist() == pytest.approx([0.5, 0.75])


def test_a_battery_makes_the_rounds_that_a_run_of_its_kind_does() -> None:
    sittings = (Sitting(ops=OPS, say=quiet, parents=Parents(60.0), quick=quick) for quick in (False, True))
    assert [sitting.looks for sitting in sittings] == [LOOKS, QUICK_LOOKS]
