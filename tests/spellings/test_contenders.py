"""What may be handed over to be measured, and how what cannot is refused."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from harness.errors import UsageError
from harness.model import EVERY, Op
from harness.spellings.contenders import op_of

Anything = Any


class Model:
    """An object that is called, and has a method."""

    def __call__(self, xp: Anything, x: Anything) -> Anything:
        return xp.sin(x)

    def of(self, x: Anything, y: Anything) -> Anything:
        return x + y


def generator(x: Anything) -> Iterator[Anything]:
    yield x


async def coroutine(x: Anything) -> Anything:
    return x


async def both(x: Anything) -> AsyncIterator[Anything]:
    yield x


def spelled(function: Callable[..., object]) -> tuple[str, tuple[str, ...]]:
    """Return the text that is timed of a function, and the names of its operands."""
    op = op_of({EVERY: function})
    return op.spelling[EVERY], op.operands


@pytest.mark.parametrize(
    ("function", "text", "operands"),
    [
        (lambda x: x, "_f0(x)", ("x",)),
        (lambda xp, a, b: xp.dot(a, b), "_f0(xp, a, b)", ("a", "b")),
        (Model(), "_f0(xp, x)", ("x",)),
        (Model().of, "_f0(x, y)", ("x", "y")),
        (functools.partial(np.sum, axis=0), "_f0(a)", ("a",)),
        (functools.partial(Model().of, 1), "_f0(y)", ("y",)),
        (np.abs, "_f0(x)", ("x",)),
        (np.add, "_f0(x0, x1)", ("x0", "x1")),
        (torch.abs, "_f0(x)", ("x",)),
        (lambda *x: x, "_f0(x)", ("x",)),
        (lambda x, k=3: x * k, "_f0(x)", ("x",)),
        (lambda x=None: x, "_f0(x)", ("x",)),
        (lambda n, np: n + np, "_f0(n_, np_)", ("n_", "np_")),
    ],
)
def test_a_callable_of_any_kind_is_called_by_position_with_its_operands(
    function: Callable[..., object], text: str, operands: tuple[str, ...]
) -> None:
    assert spelled(function) == (text, operands)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (generator, "generator is a generator or a coroutine"),
        (coroutine, "coroutine is a generator or a coroutine"),
        (both, "both is a generator or a coroutine"),
        (lambda: 3, "lambda takes no operand; give it a parameter for each"),
        (lambda *, key: key, "key has to be given by its name"),
        (3, "a int cannot be called; give a function, or a text"),
        (None, "a NoneType cannot be called"),
        ("", "has no result"),
        ("x +", "is no Python"),
        ("np.sin(x)", r"write xp for np to run it on every backend, or say whose it is: numpy="),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(function: Anything, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        op_of({EVERY: function})


def test_spellings_of_different_operands_are_refused() -> None:
    with pytest.raises(UsageError, match=r"numpy takes 1 operands \(x\) and torch takes 2 \(x, y\)"):
        op_of({"numpy": lambda x: x, "torch": lambda x, y: x + y})


def test_an_operand_may_be_called_like_what_a_function_of_the_setup_takes() -> None:
    setup = "f = torch.compile(lambda x, y: x + y)\nimport math as m\nw, v = [k for k in (1, 2)]"
    op = op_of({"eager": "torch.add(x, y)", "compiled": "f(x, y) * m.pi * w * k"}, setup=setup)
    assert op.operands == ("x", "y", "k")


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="there is nothing to measure"):
        op_of({})


def test_200_operands_are_as_many_names() -> None:
    names = [f"x{index}" for index in range(200)]
    op = op_of({EVERY: " + ".join(names)})
    assert op.operands == tuple(names)


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "x" * 10_000, "a\nb", "<b>"])
def test_a_name_that_no_file_can_have_is_refused_and_told_in_part(name: str) -> None:
    if not name:  # as if none were given
        assert op_of({EVERY: "xp.sin(x)"}, name=name).name == "xp.sin(x)"
        return
    with pytest.raises(UsageError, match="cannot be the name of what is measured") as refused:
        op_of({EVERY: "xp.sin(x)"}, name=name)
    assert len(str(refused.value)) < 300


def test_a_name_may_be_a_keyword_or_have_spaces() -> None:
    assert op_of({"class": lambda x: x, "lambda": lambda x: x}).name == "class vs lambda"
    assert op_of({EVERY: "xp.sin(x)"}, name="my function (2)").name == "my function (2)"


@pytest.mark.parametrize(
    ("check", "sentence"), [("equal", "may name result"), (3, "check is"), (None, "check is")]
)
def test_a_check_that_is_none_is_refused(check: Anything, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        op_of({EVERY: "xp.sin(x)"}, check=check)


def test_what_makes_the_operands_decides_their_dtype_and_without_it_is_float32() -> None:
    def dtype(op: Op) -> tuple[str, bool]:
        assert op.function is not None
        return op.function.dtype, op.function.as_made

    made: Callable[..., object] = lambda n, rng: rng.random(n)  # noqa: E731 - it is an argument
    assert dtype(op_of({EVERY: "xp.sin(x)"})) == ("float32", False)
    assert dtype(op_of({EVERY: "xp.sin(x)"}, inputs=made)) == ("", True)
    assert dtype(op_of({EVERY: "xp.sin(x)"}, inputs=made, dtype="float32")) == ("float32", False)
