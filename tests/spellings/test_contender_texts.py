"""Texts of what makes operands and counts, and of checks: expressions of a few names."""

import numpy as np
import pytest

from harness.errors import UsageError
from harness.model import Carried
from harness.ops.operands import operands
from harness.spellings.carrier import load
from harness.spellings.contenders import op_of


def test_texts_of_counts_and_operands_are_expressions_of_the_size() -> None:
    op = op_of(
        {"*": "xp.sum(x)"}, inputs="rng.normal(size=(n, 2)) # two columns", work=("2 * n", "lambda n: 8 * n")
    )
    assert op.function is not None
    assert operands(op, 5, "", 0).arrays["x"].shape == (5, 2)
    assert op.function.flop is not None
    assert op.function.moved is not None
    flop, moved = load(op.function.flop), load(op.function.moved)
    assert callable(flop)
    assert callable(moved)
    assert (flop(3), moved(3)) == (6, 24)


def test_the_text_of_a_check_is_an_expression_of_both_results() -> None:
    op = op_of({"*": "xp.sum(x)"}, check="np.allclose(result, expected, rtol=0.1)")
    assert op.function is not None
    assert isinstance(op.function.check, Carried)
    judge = load(op.function.check)
    assert callable(judge)
    assert [bool(judge(np.ones(2), np.ones(2) * by)) for by in (1.05, 1.5)] == [True, False]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"inputs": "m * 2"}, "'m * 2' names m, which nothing defines; it may name n, rng, np, math"),
        ({"work": ("n +", None)}, "'n +' is no Python expression"),
        (
            {"check": "result == wanted"},
            "names wanted, which nothing defines; it may name result, expected, np",
        ),
        (
            {"check": 3},
            "check is 'reference', a function of two results, the text of one, or False, and not 3",
        ),
    ],
)
def test_a_text_that_cannot_be_meant_is_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError) as told:
        op_of({"*": "xp.sum(x)"}, **options)  # type: ignore[arg-type] # on purpose
    assert sentence in str(told.value)


def test_the_name_of_a_text_has_its_signs_as_a_file_can_have_them() -> None:
    assert op_of({"*": "xp.sqrt(xp.sum(x * x))"}).name == "xp.sqrt(xp.sum(x × x))"
    assert op_of({"*": "x ** 2 / 3 + x"}).name == "x ^ 2 ÷ 3 + x"


@pytest.mark.parametrize("text", ["x += 1\nx", "x = x[1:]\nx.sum()", "y = x * 2\nx = y\nx"])
def test_a_text_that_assigns_an_operand_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"assigns x, an operand, .*give what is made of it another name"):
        op_of({"torch": text})


def test_names_of_a_texts_own_may_be_assigned_again() -> None:
    assert op_of({"*": "y = x + 1\ny += 1\ny"}).operands == ("x",)


@pytest.mark.parametrize("setup", ["y = x + 1", "x = abs(x)", "x *= x"])
def test_a_setup_that_reads_an_operand_is_refused_for_it_is_run_once(setup: str) -> None:
    with pytest.raises(UsageError, match=r"reads x, which nothing defines; .*that inputs= makes"):
        op_of({"*": "xp.sqrt(x)"}, setup=setup)


def test_a_setup_may_read_the_size_libraries_and_what_it_made_before() -> None:
    op = op_of({"*": "x * w"}, setup="import math\nv = xp.ones(n, device=device)\nw = v * math.pi")
    assert op.operands == ("x",)
