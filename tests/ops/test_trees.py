"""Arguments and results that are arrays, or tuples, lists and dicts of them."""

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.ops.trees import is_array, leaves, mapped, taken_apart

Tree = Any


class Pair(NamedTuple):
    """A tuple with names."""

    first: Tree
    second: Tree


SCALARS = st.one_of(st.integers(), st.floats(allow_nan=False), st.text(), st.booleans(), st.none())
ARRAYS = st.integers(0, 5).map(lambda n: np.arange(float(n)))
TREES = st.recursive(
    st.one_of(SCALARS, ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
        st.dictionaries(st.text(max_size=3), inner, max_size=2).map(OrderedDict),
        st.tuples(inner, inner).map(lambda two: Pair(*two)),
    ),
    max_leaves=8,
)


def same(one: Tree, other: Tree) -> bool:
    """Whether two trees are of the same types, and their leaves the same objects or equal."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return one is other if is_array(one) else one == other


@given(st.lists(TREES, min_size=1, max_size=3))
def test_what_is_taken_apart_is_put_together_as_the_same(values: list[Tree]) -> None:
    arguments = {f"a{index}": value for index, value in enumerate(values)}
    texts, arrays, constants = taken_apart(arguments)
    assert not arrays.keys() & constants.keys()
    for argument, value in arguments.items():
        assert same(eval(texts[argument], {**arrays, **constants}), value)  # noqa: S307 - made of names alone


@given(TREES)
def test_every_leaf_is_got_at_by_its_text(tree: Tree) -> None:
    for path, leaf in leaves(tree):
        assert same(eval(f"tree{path}", {"tree": tree}), leaf)  # noqa: S307 - as above


@given(TREES)
def test_a_change_of_nothing_is_the_same_tree(tree: Tree) -> None:
    assert same(mapped(tree, lambda leaf: leaf), tree)
