"""Variances that steady one another: laws, and parameters that are found again."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.moderation import Prior, fit_prior, moderate

variances = st.lists(st.floats(1e-8, 1e2), min_size=2, max_size=20).map(np.array)


@pytest.mark.parametrize(("freedom", "own"), [(4.0, 2), (10.0, 2), (10.0, 4)])
def test_the_prior_is_found_again(freedom: float, own: int) -> None:
    random = np.random.default_rng(0)
    true = 3.0 * freedom / random.chisquare(freedom, 100_000)
    found = fit_prior(true * random.chisquare(own, len(true)) / own, np.full(len(true), float(own)))
    assert found.variance == pytest.approx(3.0, rel=0.03)
    assert found.freedom == pytest.approx(freedom, rel=0.1)


def test_variances_that_differ_by_chance_only_are_worth_one_another() -> None:
    random = np.random.default_rng(1)
    own = 2.0 * random.chisquare(4, 10_000) / 4
    drawn, freedom = moderate(own, np.full(10_000, 4.0), fit_prior(own, np.full(10_000, 4.0)))
    assert drawn.std() < 0.1 * own.std()
    np.testing.assert_allclose(drawn, 2.0, rtol=0.1)
    assert freedom.min() > 100


@given(variances)
def test_a_variance_is_drawn_between_itself_and_the_prior_and_gains_freedom(own: "np.ndarray") -> None:
    freedom = np.full(len(own), 2.0)
    prior = fit_prior(own, freedom)
    drawn, total = moderate(own, freedom, prior)
    low, high = np.minimum(own, prior.variance), np.maximum(own, prior.variance)
    assert ((drawn >= low * (1 - 1e-9)) & (drawn <= high * (1 + 1e-9))).all()
    assert ((total >= freedom) & (total <= freedom.sum())).all()


def test_one_variance_stands_for_itself() -> None:
    assert fit_prior(np.array([2.0]), np.array([3.0])) == Prior(variance=0.0, freedom=0.0)
    drawn, total = moderate(np.array([2.0]), np.array([3.0]), Prior(variance=0.0, freedom=0.0))
    assert (drawn.item(), total.item()) == (2.0, 3.0)


def test_rounds_without_any_spread_have_none_to_give() -> None:
    own, freedom = np.zeros(3), np.full(3, 2.0)
    prior = fit_prior(own, freedom)
    assert (prior.variance, math.isinf(prior.freedom)) == (0.0, True)
    assert moderate(own, freedom, prior)[0].tolist() == [0.0] * 3
