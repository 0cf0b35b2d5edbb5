"""Which names a text reads and assigns."""

import ast

import pytest

from harness.spellings.text_names import assigned, outer_names, read_first


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x + y", {"x", "y"}),
        ("f = lambda x: x + w", {"f", "w"}),
        ("def f(x):\n    y = x\n    return y + w", {"f", "w"}),
        ("f = jit(lambda v: grad(lambda v: v * v, v))", {"f", "jit", "grad"}),
        ("[x for x in y]", {"y"}),
        ("f = lambda: x", {"f", "x"}),
        ("x +", set()),
    ],
)
def test_the_parameters_of_functions_inside_are_no_names_of_a_text(text: str, names: set[str]) -> None:
    assert outer_names(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x += 1\nx", {"x"}),
        ("a, b = x\na + b", {"a", "b"}),
        ("x[0] = 1\nx.grad = None\nx", set()),
        ("import math\nfor i in x:\n    pass\ni", {"math", "i"}),
        ("f = lambda: (y := 1)\nf()", {"f"}),
    ],
)
def test_what_a_text_assigns_is_told_without_what_its_functions_do(text: str, names: set[str]) -> None:
    assert assigned(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x += 1\nx", ["x"]),
        ("x = x[1:]\nx", ["x"]),
        ("y = x * 2\nx = y\nx", ["x"]),
        ("y = x\ny += 1\ny", ["x"]),
        ("(y := x + 1) * y", ["x"]),
        ("import math\nmath.pi * x", ["x"]),
        ("x[0] += w\nx", ["w", "x"]),
    ],
)
def test_a_name_that_is_read_before_it_is_assigned_comes_from_outside(text: str, names: list[str]) -> None:
    assert read_first(ast.parse(text)) == names
