"""Trials in real worker processes, and how two of them are compared."""

import pytest

from harness.errors import MeasureError
from harness.model import Span
from harness.runs.settings import Settings
from harness.validation import aa
from harness.validation.trials import Pair, compared, measured
from harness.workers.task import Group, Lane
from tests.support.trials import OPS, SHORT, trial


@pytest.mark.slow
def test_trials_are_measured_in_fresh_processes() -> None:
    (group,) = aa.doubled(OPS["abs"], Settings(backends=("numpy",), min_size=16, max_size=16), {})
    ((base, own),) = measured(OPS["abs"], [group], rules=SHORT, rounds=2)
    assert len(base.rounds) == len(own.rounds) == 2
    assert all(value > 0 for value in (*base.medians, *own.medians))


@pytest.mark.slow
def test_a_lane_that_fails_ends_the_trials_with_its_reason() -> None:
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement="np.sin(x)")
    group = Group(n=16, dtype="float32", lanes=(lane,))
    with pytest.raises(MeasureError, match=r"abs on numpy at n=16 could not be measured: error"):
        measured(OPS["abs"], [group], rules=SHORT, rounds=1)


def test_trials_are_compared_as_cells_are() -> None:
    disturbed = Pair(trial([1.0, 2.0], noisy=True), trial([2.0, 4.0]))
    table = compared([Pair(trial([1.0, 2.0]), trial([1.1, 2.2])), disturbed])
    assert table["verdict"].tolist() == ["slower", "unsure"]
    assert table["speedup"].iloc[0] == pytest.approx(1 / 1.1)
