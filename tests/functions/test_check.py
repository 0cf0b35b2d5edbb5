"""What a function is held to before it is timed, as a result tells it."""

import pytest

import harness
from harness.errors import MeasureError

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("brief_sweeps")
def test_what_its_own_check_refuses_has_no_time_in_any_span() -> None:
    with pytest.raises(MeasureError, match=r"the check .* says that the result is wrong"):
        harness.measure(
            "xp.sum(x)", check=lambda _result, _exact: False, on="numpy, torch-cpu", sizes=[64], seconds=19
        )
