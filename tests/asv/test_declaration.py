"""A def under `sweep` is an op: what is read of it, and what it cannot be."""

import dis
from collections.abc import Callable
from dataclasses import fields
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from asv_runner.benchmarks._base import get_setup_cache_key

import harness.asv
from harness.asv import sweep
from harness.asv.benchmark import TRACKS
from harness.asv.declaration import Facts, Options, Texts
from harness.errors import UsageError
from harness.model import Count, Op, Place
from harness.runs.plan import SIZES
from harness.runs.settings import DEFAULT
from harness.spellings.carrier import load
from harness.spellings.digest import digest


@sweep(numpy="a + b", torch="a + b", moved=Count(3), tolerance=0.0, source=Place.HOST)
def add(a: object, b: object) -> None:
    """
    Sum of two vectors, each of
    n elements.

    Not shown.
    """  # noqa: D205 - a summary may be as long as that


@sweep(numpy="-x", spelling={"arrow": "pc.negate(x)"})
def negate(x: object) -> None:
    """Negative of n elements."""


def defined(text: str) -> Callable[..., Any]:
    """Return the function that a def with or without a body makes; without one it has a docstring."""
    names: dict[str, Callable[..., Any]] = {}
    exec(text if "\n" in text else f"{text}\n    '''What it computes.'''", names)  # noqa: S102 - as users write it
    return next(member for name, member in names.items() if name != "__builtins__")


def refused(text: str, match: str, **said: object) -> None:
    """Assert that a def cannot be declared so, for a reason."""
    with pytest.raises(UsageError, match=match):
        sweep(**said)(defined(text))  # type: ignore[call-overload] # which a type checker says of most


def test_a_def_gives_name_operands_and_summary_and_the_decorator_all_else() -> None:
    assert add.op == Op(
        name="add",
        summary="Sum of two vectors, each of n elements",
        spelling={"numpy": "a + b", "torch": "a + b"},
        operands=("a", "b"),
        moved=Count(3),
        tolerance=0.0,
        source=Place.HOST,
    )


def test_a_library_of_somebody_elses_is_spelled_by_its_name() -> None:
    assert negate.op.spelling == {"numpy": "-x", "arrow": "pc.negate(x)"}


def test_an_op_needs_no_torch_and_its_version_is_what_it_is_spelled() -> None:
    assert negate.version.endswith("negate numpy: '-x'")
    assert add.version.endswith("add numpy: 'a + b'; torch: 'a + b'")


def test_the_decorator_takes_every_field_of_an_op_and_no_other() -> None:
    libraries, of_the_def = {"numpy", "torch", "jax"}, {"name", "summary", "operands"}
    of_the_def |= {"function", "sizes"}  # of one that has a body
    assert Facts.__annotations__.keys() - libraries == {field.name for field in fields(Op)} - of_the_def
    assert Texts.__annotations__.keys() == libraries | {"spelling"}


@sweep(sizes="16:64", inputs=lambda n, _rng: two_rows(n))
def root_of_sum(xp: Any, x: Any, y: Any) -> Any:  # noqa: ANN401 - of any library
    """Square root of a sum."""
    return root(xp, x + y)


def root(xp: Any, x: Any) -> Any:  # noqa: ANN401 - as above
    return xp.sqrt(x)


def two_rows(n: int) -> Any:  # noqa: ANN401 - two arrays
    return np.zeros((2, n))


def test_a_def_with_a_body_travels_by_its_reference_and_finds_what_stands_below_it() -> None:
    op = root_of_sum.op
    assert (op.name, op.summary, op.operands) == ("root_of_sum", "Square root of a sum", ("x", "y"))
    assert op.sizes is not None
    assert root_of_sum.params == (list(DEFAULT.backends), list(op.sizes))
    assert op.function is not None
    (carried,) = op.function.calls.values()
    assert (carried.module, carried.name) == (__name__, "root_of_sum")
    called = load(carried)
    assert called is root_of_sum.declared_function
    assert isinstance(called, FunctionType)
    assert carried.digest == digest(called)  # which is of all that it calls, now that this is there
    assert op.function.inputs is not None
    assert b"zeros" in op.function.inputs.value  # by value, with what it calls
    assert root_of_sum.declared_function(np, np.array([4.0]), np.array([5.0])).tolist() == [3.0]


def test_asv_finds_a_benchmark_by_the_name_of_the_def_and_keeps_its_sweep_by_the_line() -> None:
    assert (add.__name__, add.__module__) == ("add", __name__)
    assert all(callable(getattr(add, track)) for track in TRACKS)
    assert add.params == (list(DEFAULT.backends), list(SIZES))
    assert get_setup_cache_key(add().setup_cache) != get_setup_cache_key(negate().setup_cache)
    assert vars(add)["setup_cache"].timeout > 3600


@pytest.mark.parametrize("body", ["'''It.'''", "'''It.'''\n    ...", "'''It.'''; pass", "'''It.'''; return"])
def test_a_body_that_does_nothing_is_none(body: str) -> None:
    assert sweep(numpy="x")(defined(f"def same(x):\n    {body}\n")).op.summary == "It"


def test_a_missing_docstring_or_numpy_text_is_asked_for() -> None:
    refused("def same(x):\n    pass", "same has no docstring; say in a line", numpy="x")
    refused("def same(x):", r"same has no text for NumPy, .*; add numpy=", torch="x")


def test_a_def_with_neither_a_body_nor_a_text_is_told_both_ways() -> None:
    refused("def same(x):", r"same has neither a body nor a text; write .* or say it")
    refused("def same(x):", r"same has neither a body nor a text; write .* or say it", sizes="1k:1M")


@pytest.mark.parametrize("said", [{"numpy": "x"}, {"notes": {}}, {"torch": "x", "sizes": [16]}])
def test_a_def_with_both_a_body_and_texts_is_refused(said: dict[str, object]) -> None:
    refused(
        "def same(x):\n    return x",
        f"same has a body, which is what is timed, and {next(iter(said))}=",
        **said,
    )


def test_what_goes_with_a_body_does_not_go_with_texts() -> None:
    for word in Options.__annotations__:
        refused("def same(x):", f"{word}= goes with a def that has a body", numpy="x", **{word: 1})


def test_a_misspelt_word_is_named_with_what_was_meant() -> None:
    refused("def same(x):", r"tolerence=, which @sweep .*; did you mean tolerance=\?", numpy="x", tolerence=1)
    refused("def same(x):", r"q=, which @sweep does not know; there are: .*numpy", numpy="x", q=1)


def test_a_type_checker_sees_a_misspelt_word() -> None:
    sweep(numpy="x", tolerence=1.0)  # type: ignore[call-overload] # or mypy calls this comment unused


@pytest.mark.parametrize("parameter", ["*x", "**x", "*, x", "x=1", "x, /"])
def test_an_operand_is_a_plain_name(parameter: str) -> None:
    refused(f"def same({parameter}):", r"same has the parameter .*; an operand is a plain name", numpy="x")


def test_no_operand_and_one_that_is_called_as_the_size_are_refused() -> None:
    refused("def one():", "one has no operand; name one", numpy="1")
    refused("def size(n):", "size has an operand n, which is the size", numpy="n")


def test_a_body_without_an_operand_and_sizes_that_are_none_are_refused_where_they_stand() -> None:
    refused("def one(xp):\n    return 1", "one has no operand; name one")
    refused("def same(x):\n    return x", "'many' is no size", sizes="many")


def test_a_body_whose_source_is_nowhere_is_sent_into_a_file() -> None:
    refused("def same(x):\n    return x", "the source of same is not to be found, .*; write it into a file")


@pytest.mark.parametrize("what", [lambda x: x, dis, Op, print])
def test_only_a_def_can_be_declared(what: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match="@sweep stands above a def"):
        sweep(what)


def test_the_package_has_what_asv_calls_when_it_is_a_plug_in_and_nothing_that_is_not_there() -> None:
    assert harness.asv.setup.__module__ == "harness.asv.environment"
    assert not hasattr(harness.asv, "teardown")
