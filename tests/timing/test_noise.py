"""Which samples of a round count, and when it makes its cell noisy."""

import pytest

from harness.model import Round, Status
from harness.timing.noise import counted_samples, disturbed_share, round_median, timed_status


def round_of(disturbed: str, throttled: int = 0) -> Round:
    """Return a round whose samples are 1, 2, 3, ...; an x marks a disturbed one."""
    return Round(
        number=1,
        samples=tuple(float(index) for index in range(1, len(disturbed) + 1)),
        disturbed=tuple(mark == "x" for mark in disturbed),
        floor=0.0,
        faults_per_call=0.0,
        steady=True,
        throttled=throttled,
    )


@pytest.mark.parametrize(("disturbed", "expected"), [("x...x", (2, 3, 4)), ("x..x", (1, 2, 3, 4))])
def test_disturbed_samples_count_only_where_fewer_than_three_others_are_left(
    disturbed: str, expected: tuple[float, ...]
) -> None:
    assert counted_samples(round_of(disturbed)) == expected
    assert round_median(round_of("xx...")) == 4
    assert disturbed_share(round_of("x...")) == 0.25


def test_a_cell_is_noisy_where_half_of_its_worst_round_was_disturbed() -> None:
    assert timed_status([round_of("...."), round_of("x...")]) == (Status.OK, "")
    assert timed_status([round_of("...."), round_of("xx..")]) == (Status.NOISY, "")


def test_a_noisy_cell_says_throttled_where_that_disturbed_most_of_its_worst_round() -> None:
    reason = "the device ran below its clock (throttled)"
    assert timed_status([round_of("...."), round_of("xx..", throttled=1)])[1] == ""
    assert timed_status([round_of("...."), round_of("xx..", throttled=2)])[1] == reason
