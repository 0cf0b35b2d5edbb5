"""The sizes that somebody asks for."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.spellings.sizes import FEWEST, STEP, size_of, sizes_of


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_range_has_its_ends_ascends_and_takes_no_longer_steps_than_it_may(one: int, other: int) -> None:
    low, high = sorted((one, other))
    sizes, fixed = sizes_of(f"{low}:{high}")
    assert (sizes[0], sizes[-1], fixed) == (low, high, False)
    assert all(small < large for small, large in pairwise(sizes))
    # Whole numbers: each end of a step is off by half at most.
    assert all((large - 0.5) / (small + 0.5) <= STEP for small, large in pairwise(sizes))


@given(st.integers(1, 10**6), st.floats(10.0, 10**6))
def test_a_wide_range_has_a_few_sizes_and_not_many(low: int, factor: float) -> None:
    high = math.ceil(low * factor)
    assert FEWEST <= len(sizes_of(f"{low}:{high}")[0]) <= FEWEST + math.log(high / low, STEP)


@given(st.lists(st.integers(1, 2**40), min_size=1))
def test_a_list_is_its_sizes_once_each_and_no_others(listed: list[int]) -> None:
    assert sizes_of(listed) == (tuple(sorted(set(listed))), True)
    assert sizes_of(", ".join(map(str, listed))) == sizes_of(listed)


@pytest.mark.parametrize(
    ("text", "n"),
    [("1k", 1000), ("2.5M", 2_500_000), ("64Ki", 65536), ("1Mi", 2**20), (" 8 ", 8), ("1e3", 1000), (7.0, 7)],
)
def test_a_size_may_have_a_unit(text: str, n: int) -> None:
    assert size_of(text) == n


@pytest.mark.parametrize("asked", [0, -1, "0", "1.5", "k", "", "1:", "9:3", [], "1e99", 2.5, [None], "4:nan"])
def test_what_is_no_size_is_refused_in_a_sentence_with_an_example(asked: object) -> None:
    with pytest.raises(UsageError, match=r"such as|swap the two"):
        sizes_of(asked)  # type: ignore[arg-type] # what a person may write
