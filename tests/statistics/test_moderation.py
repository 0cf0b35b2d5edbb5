"""Variances that steady one another: laws, and parameters that are found again."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.arrays import Floats
from harness.statistics.moderation import Priors, fit_priors, moderate

variances = st.lists(st.floats(1e-8, 1e2), min_size=2, max_size=20).map(np.array)


def of_one_class(sampled: Floats, freedom: float, *, among: int = 1) -> tuple[Priors, Floats, Floats]:
    """Return the prior of variances with these degrees of freedom, and what it makes of them."""
    of = sampled, np.full(len(sampled), freedom), np.zeros(len(sampled), dtype=np.int64)
    priors = fit_priors(*of)
    return priors, *moderate(*of, priors, among=among)


@pytest.mark.parametrize(("freedom", "sample_freedom"), [(4.0, 2), (10.0, 2), (10.0, 4)])
def test_the_prior_is_found_again(freedom: float, sample_freedom: int) -> None:
    random = np.random.default_rng(0)
    true = 3.0 * freedom / random.chisquare(freedom, 100_000)
    sampled = true * random.chisquare(sample_freedom, len(true)) / sample_freedom
    priors, _, _ = of_one_class(sampled, float(sample_freedom))
    assert priors.variance.item() == pytest.approx(3.0, rel=0.03)
    assert priors.freedom.item() == pytest.approx(freedom, rel=0.1)


def test_variances_that_differ_by_chance_only_are_worth_one_another() -> None:
    random = np.random.default_rng(1)
    sampled = 2.0 * random.chisquare(4, 10_000) / 4
    _, drawn, freedom = of_one_class(sampled, 4.0, among=len(sampled))
    assert drawn.std() < 0.1 * sampled.std()
    np.testing.assert_allclose(drawn, 2.0, rtol=0.1)
    assert freedom.min() > 100


def test_a_variance_far_above_the_others_stands_for_itself() -> None:
    random = np.random.default_rng(2)
    sampled = np.append(2.0 * random.chisquare(9, 200) / 9, 200.0)
    for among in (1, len(sampled)):
        _, drawn, freedom = of_one_class(sampled, 9.0, among=among)
        assert drawn[-1] == pytest.approx(200.0, rel=0.01)
        assert freedom[-1] == pytest.approx(9.0, rel=0.01)
        assert freedom[:-1].mean() > 15


@given(variances)
def test_a_variance_is_drawn_between_itself_and_the_prior_and_gains_freedom(sampled: Floats) -> None:
    priors, drawn, total = of_one_class(sampled, 2.0)
    low, high = np.minimum(sampled, priors.variance), np.maximum(sampled, priors.variance)
    assert ((drawn >= low * (1 - 1e-9)) & (drawn <= high * (1 + 1e-9))).all()
    assert ((total >= 2.0) & (total <= 2.0 * len(sampled))).all()


def test_one_variance_stands_for_itself() -> None:
    priors, drawn, total = of_one_class(np.array([2.0]), 3.0)
    assert (priors.freedom.item(), drawn.item(), total.item()) == (0.0, 2.0, 3.0)


def test_rounds_without_any_spread_have_none_to_give() -> None:
    priors, drawn, _ = of_one_class(np.zeros(3), 2.0)
    assert (priors.variance.item(), math.isinf(priors.freedom.item())) == (0.0, True)
    assert drawn.tolist() == [0.0] * 3


@given(variances, variances)
def test_classes_side_by_side_say_nothing_about_one_another(one: Floats, other: Floats) -> None:
    sampled = np.concatenate([one, other])
    classes = np.repeat([0, 2], [len(one), len(other)])  # and nothing is of class 1
    freedom = np.full(len(sampled), 3.0)
    drawn, total = moderate(sampled, freedom, classes, fit_priors(sampled, freedom, classes))
    alone = [of_one_class(variances, 3.0)[1:] for variances in (one, other)]
    np.testing.assert_allclose(drawn, np.concatenate([each for each, _ in alone]), rtol=1e-6)
    np.testing.assert_allclose(total, np.concatenate([each for _, each in alone]), rtol=1e-6)


def test_a_thing_without_a_variance_has_that_of_its_class_if_there_is_one() -> None:
    sampled, freedom = np.array([1.0, 2.0, 4.0, math.nan, math.nan]), np.array([2.0] * 3 + [math.nan] * 2)
    classes = np.array([0, 0, 0, 0, 1])
    priors = fit_priors(sampled, freedom, classes)
    drawn, total = moderate(sampled, freedom, classes, priors)
    assert drawn[3] == priors.variance[0]
    assert 0 < total[3] <= 6
    assert np.isnan([drawn[4], total[4]]).all()
