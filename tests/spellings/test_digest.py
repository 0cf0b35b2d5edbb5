"""What makes a function the one that is meant."""

import functools
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.spellings.digest import digest, is_installed, own_modules, used

SOURCE = """
import helpers_of_digest as helpers
import numpy as np
K = 3
LIST = [1, 2]
ARRAY = np.ones(3)
def inner(x): return x * 2
def sort(x): return 0
def f(x): return inner(x) + K
def of_list(x): return x + LIST[0]
def of_array(x): return x + ARRAY
def beside(x): return helpers.g(x)
def method(x): return x.sort()
class Model:
    k = 2
    def __call__(self, x): return self.of(x)
    def of(self, x): return x * self.k
"""
HELPERS = "def g(x): return x + 1\n"
Function = Any


def made(name: str, source: str) -> ModuleType:
    """Return a module of a text, as one of the user's own."""
    module = ModuleType(name)
    module.__file__ = f"/nowhere/{name}.py"
    sys.modules[name] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)  # noqa: S102 - the text above
    return module


@pytest.fixture
def user() -> Iterator[Any]:
    """Return a user's module, which uses another one."""
    made("helpers_of_digest", HELPERS)
    yield made("user_of_digest", SOURCE)
    del sys.modules["user_of_digest"], sys.modules["helpers_of_digest"]


def changed(text: str, other: str) -> Function:
    """Return the function f of the source with a part of it changed."""
    made("helpers_of_digest", HELPERS)
    return made("user_of_digest", SOURCE.replace(text, other))


@given(st.integers(0, 40), st.text("abc", min_size=1, max_size=5))
def test_lines_above_comments_and_docstrings_change_nothing_of_a_digest(lines: int, word: str) -> None:
    made("helpers_of_digest", HELPERS)
    one = made("user_of_digest", SOURCE)
    moved = "\n" * lines + SOURCE.replace("def f(x):", f"def f(x):  # {word}\n   ")
    other = made("user_of_digest", moved)
    assert digest(one.f) == digest(other.f)


@pytest.mark.parametrize(
    ("name", "text", "other"),
    [
        ("f", "+ K", "- K"),
        ("f", "K = 3", "K = 4"),
        ("f", "return x * 2", "return x * 3"),
        ("f", "def f(x):", "def f(x, y=1):"),
        ("of_list", "[1, 2]", "[1, 3]"),
        ("of_array", "np.ones(3)", "np.zeros(3)"),
        ("of_array", "np.ones(3)", "np.ones(4)"),
        ("Model", "k = 2", "k = 5"),
        ("Model", "x * self.k", "x / self.k"),
    ],
)
def test_code_constants_and_what_it_uses_change_a_digest(
    user: Function, name: str, text: str, other: str
) -> None:
    before = digest(getattr(user, name))
    assert digest(getattr(changed(text, other), name)) != before


def test_a_patched_function_of_another_module_changes_a_digest(user: Function) -> None:
    before, by_partial = digest(user.beside), digest(functools.partial(user.beside, 1))
    sys.modules["helpers_of_digest"].g = lambda x: x + 2  # type: ignore[attr-defined] # it is there
    assert digest(user.beside) != before
    assert digest(functools.partial(user.beside, 1)) != by_partial


def test_the_method_of_an_object_has_the_digest_of_its_class(user: Function) -> None:
    one, bound = digest(user.Model()), digest(user.Model().of)
    assert digest(user.Model()) == one
    user.Model.of = lambda self, x: x * self.k + 1
    assert digest(user.Model()) != one
    assert digest(user.Model().of) != bound


def test_a_name_of_an_attribute_is_no_global_one(user: Function) -> None:
    assert used(user.method) == {}
    assert list(used(user.f)) == ["inner", "K"]


def test_the_modules_of_ones_own_are_known_and_those_of_packages_are_not(user: Function) -> None:
    assert own_modules(user.beside) == {"user_of_digest", "helpers_of_digest"}
    assert own_modules(np.linalg.norm) == set()
    assert is_installed("numpy.linalg")
    assert is_installed("math")
    assert not is_installed("__main__")


def test_functions_of_installed_packages_and_written_in_c_are_told_apart() -> None:
    digests = {digest(one) for one in (np.abs, np.exp, np.linalg.norm, np.linalg.det, abs, len)}
    assert len(digests) == 6


def test_what_calls_itself_has_an_end() -> None:
    loop: list[Any] = []
    loop.append(loop)

    def recursive(n: int) -> object:
        return recursive(n - 1) if n else loop

    assert digest(recursive) == digest(recursive)
