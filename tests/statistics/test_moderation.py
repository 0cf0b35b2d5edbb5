"""Variances that steady one another: laws, and parameters that are found again."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.moderation import Prior, fit_prior, moderate

variances = st.lists(st.floats(1e-8, 1e2), min_size=2, max_size=20).map(np.array)


@pytest.mark.parametrize(("freedom", "sample_freedom"), [(4.0, 2), (10.0, 2), (10.0, 4)])
def test_the_prior_is_found_again(freedom: float, sample_freedom: int) -> None:
    random = np.random.default_rng(0)
    true = 3.0 * freedom / random.chisquare(freedom, 100_000)
    prior = fit_prior(
        true * random.chisquare(sample_freedom, len(true)) / sample_freedom,
        np.full(len(true), float(sample_freedom)),
    )
    assert prior.variance == pytest.approx(3.0, rel=0.03)
    assert prior.freedom == pytest.approx(freedom, rel=0.1)


def test_variances_that_differ_by_chance_only_are_worth_one_another() -> None:
    random = np.random.default_rng(1)
    sampled = 2.0 * random.chisquare(4, 10_000) / 4
    drawn, freedom = moderate(sampled, np.full(10_000, 4.0), fit_prior(sampled, np.full(10_000, 4.0)))
    assert drawn.std() < 0.1 * sampled.std()
    np.testing.assert_allclose(drawn, 2.0, rtol=0.1)
    assert freedom.min() > 100


@given(variances)
def test_a_variance_is_drawn_between_itself_and_the_prior_and_gains_freedom(sampled: "np.ndarray") -> None:
    freedom = np.full(len(sampled), 2.0)
    prior = fit_prior(sampled, freedom)
    drawn, total = moderate(sampled, freedom, prior)
    low, high = np.minimum(sampled, prior.variance), np.maximum(sampled, prior.variance)
    assert ((drawn >= low * (1 - 1e-9)) & (drawn <= high * (1 + 1e-9))).all()
    assert ((total >= freedom) & (total <= freedom.sum())).all()


def test_one_variance_stands_for_itself() -> None:
    assert fit_prior(np.array([2.0]), np.array([3.0])) == Prior(variance=0.0, freedom=0.0)
    drawn, total = moderate(np.array([2.0]), np.array([3.0]), Prior(variance=0.0, freedom=0.0))
    assert (drawn.item(), total.item()) == (2.0, 3.0)


def test_rounds_without_any_spread_have_none_to_give() -> None:
    sampled, freedom = np.zeros(3), np.full(3, 2.0)
    prior = fit_prior(sampled, freedom)
    assert (prior.variance, math.isinf(prior.freedom)) == (0.0, True)
    assert moderate(sampled, freedom, prior)[0].tolist() == [0.0] * 3
