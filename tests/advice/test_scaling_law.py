"""Laws of times: known ones are found, and what follows none is told none."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.advice.scaling_law import CONSTANT, FEWEST, WORK, ScalingLaw, scaling_law
from harness.statistics.arrays import Floats

SIZES: Floats = np.logspace(2, 11, 10, base=4)


def law_of(times: Callable[[Floats], Floats], sizes: Floats = SIZES) -> ScalingLaw:
    """Return the law of the times of sizes."""
    law = scaling_law(sizes, times(sizes))
    assert law is not None
    return law


@given(
    work=st.sampled_from(sorted(WORK)),
    latency=st.floats(1e-7, 1e-4),
    share=st.floats(1e-3, 1e-1),
)
def test_a_law_without_a_knee_is_found(work: str, latency: float, share: float) -> None:
    # At the third size from the end the work takes about as long as the latency: both show.
    per_unit = share * latency / float(WORK[work](SIZES[4:5])[0])
    law = law_of(lambda n: latency + per_unit * WORK[work](n))
    assert law.work == work
    assert law.knee == np.inf
    assert law.latency == pytest.approx(latency, rel=1e-3)
    assert law.per_unit == law.per_unit_above == pytest.approx(per_unit, rel=1e-3)
    assert law.error < 1e-3
    assert law.is_told


def test_a_knee_is_found_where_it_is() -> None:
    law = law_of(lambda n: 1e-6 + 1e-10 * np.fmin(n, 4**7) + 5e-10 * np.fmax(n - 4**7, 0))
    assert (law.work, law.knee) == ("n", 4**7)
    assert (law.per_unit, law.per_unit_above) == pytest.approx((1e-10, 5e-10), rel=1e-3)
    assert law.is_told


def test_what_takes_as_long_at_any_size_has_no_growth() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, len(SIZES))
    law = law_of(lambda n: 1e-6 * np.exp(noise) + 0 * n)
    assert (law.work, law.per_unit) == (CONSTANT, 0)
    assert law.latency == pytest.approx(1e-6, rel=0.02)
    assert law.is_told


def test_noise_does_not_make_a_simple_law_complicated() -> None:
    random = np.random.default_rng(1)
    laws = [law_of(lambda n: (1e-6 + 1e-9 * n) * np.exp(random.normal(0, 0.02, len(n)))) for _ in range(50)]
    simple = [law for law in laws if law.work == "n" and np.isinf(law.knee)]
    assert len(simple) >= 40
    assert all(law.is_told for law in laws)


def test_the_error_is_that_of_a_size_left_out() -> None:
    random = np.random.default_rng(2)
    noisy = (1e-6 + 1e-9 * SIZES) * np.exp(random.normal(0, 0.05, len(SIZES)))
    law = scaling_law(SIZES, noisy, ["n"])
    assert law is not None
    assert np.isinf(law.knee)
    found = []
    for at in range(1, len(SIZES) - 1):
        others = np.arange(len(SIZES)) != at
        terms = np.stack([np.ones_like(SIZES), SIZES], axis=1) / noisy[:, None]
        costs = np.linalg.lstsq(terms[others], np.ones(others.sum()), rcond=None)[0]
        found.append(abs(np.log(terms[at] @ costs)))
    assert law.error == pytest.approx(np.expm1(max(found)), rel=1e-6)


def test_times_that_jump_have_no_law() -> None:
    law = law_of(lambda n: 1e-6 + 1e-10 * n * np.where(n >= 4**6, 4, 1) * np.where(n >= 4**9, 4, 1))
    assert law.error > 0.25
    assert not law.is_told


def test_seconds_are_those_of_the_law() -> None:
    law = law_of(lambda n: 1e-6 + 1e-10 * np.fmin(n, 4**7) + 5e-10 * np.fmax(n - 4**7, 0))
    assert law.seconds(np.array([1e3, 1e6])) == pytest.approx(
        [1.1e-6, 1e-6 + 1.6384e-6 + 4.91808e-4], rel=1e-3
    )


def test_few_sizes_have_no_law() -> None:
    few = SIZES[: FEWEST - 1]
    assert scaling_law(few, 1e-6 + 1e-9 * few) is None


def test_no_cost_is_negative() -> None:
    # A time that falls with the size, as one thread's after many have begun.
    law = law_of(lambda n: 1e-6 / np.log2(n))
    assert min(law.latency, law.per_unit, law.per_unit_above) >= 0


def test_a_law_that_a_line_between_neighbours_beats_is_not_told() -> None:
    # Straight on logarithmic axes, with a power that no law has.
    law = law_of(lambda n: 1e-6 * (n / 16) ** 0.05)
    assert law.between_error < 1e-9
    assert 0.01 < law.error < 0.25
    assert not law.is_told
