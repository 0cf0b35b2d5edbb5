"""How a function reaches another process, tried in this one: what arrives is what was meant."""

import functools
import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from harness.errors import MeasureError, UsageError
from harness.model import Carried
from harness.spellings.carrier import LARGE, carry, largest, load

MODULE = """
import carried_beside
from carried_beside import doubled
FACTOR = 3
def f(x): return x * FACTOR
def by_module(x): return carried_beside.doubled(x)
def by_name(x): return doubled(x)
class Model:
    def __init__(self, k): self.k = k
    def __call__(self, x): return x * self.k
    def of(self, x): return x + self.k
LOCK = __import__('threading').Lock()
def with_lock(x):
    with LOCK:
        return x
"""
Arrive = Callable[[Any], Any]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a module of a file, as a user has it imported."""
    (tmp_path / "carried_user.py").write_text(MODULE)
    (tmp_path / "carried_beside.py").write_text("def doubled(x): return 2 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # an edit within a second would not be seen
    yield importlib.import_module("carried_user")
    forget()


def forget() -> None:
    """Have nothing imported of the user's, as another process."""
    for name in ("carried_user", "carried_beside"):
        sys.modules.pop(name, None)


def arrived(function: Any) -> Any:  # noqa: ANN401 - anything that is called
    """Return what another process would have of a function."""
    carried = carry(function)
    forget()
    load.cache_clear()
    return load(carried)


def test_a_function_of_a_module_goes_by_reference(user: Any) -> None:  # noqa: ANN401 - a module
    carried = carry(user.f)
    assert (carried.source, carried.module, carried.name) == ("carried_user:f", "carried_user", "f")
    assert arrived(user.f)(2) == 6


def test_one_that_is_edited_in_memory_is_measured_as_it_is_there(user: Any) -> None:  # noqa: ANN401 - a module
    exec("def f(x): return x * 100", user.__dict__)  # noqa: S102 - as a notebook edits it
    assert arrived(user.f)(2) == 200


def test_one_whose_constant_is_changed_is_measured_with_the_changed_one(user: Any) -> None:  # noqa: ANN401
    user.FACTOR = 5
    assert arrived(user.f)(2) == 10


@pytest.mark.parametrize("name", ["by_module", "by_name"])
def test_a_patched_helper_is_measured_as_patched(user: Any, name: str) -> None:  # noqa: ANN401 - a module
    def patched(x: int) -> int:
        return x + 1000

    (user if name == "by_name" else user.carried_beside).doubled = patched
    assert arrived(getattr(user, name))(1) == 1001


def test_a_file_that_is_edited_after_its_import_is_measured_as_in_memory(user: Any, tmp_path: Path) -> None:  # noqa: ANN401
    carried = carry(user.f)
    (tmp_path / "carried_user.py").write_text(MODULE.replace("x * FACTOR", "x - FACTOR"))
    forget()
    importlib.invalidate_caches()
    load.cache_clear()
    assert load(carried)(2) == 6  # type: ignore[operator] # it is a function


def test_where_the_file_is_another_and_nothing_came_by_value_it_is_refused(user: Any, tmp_path: Path) -> None:  # noqa: ANN401
    carried = carry(user.f)
    (tmp_path / "carried_user.py").write_text(MODULE.replace("x * FACTOR", "x - FACTOR"))
    forget()
    importlib.invalidate_caches()
    by_name = Carried(
        source=carried.source, digest=carried.digest, module="carried_user", name="f", folder=str(tmp_path)
    )
    load.cache_clear()
    with pytest.raises(MeasureError, match="another in its file than in memory; save the file"):
        load(by_name)


@pytest.mark.parametrize("of", [lambda user: user.Model(3), lambda user: user.Model(3).of])
def test_an_object_and_its_method_go_with_their_class_as_it_is(user: Any, of: Callable[[Any], Any]) -> None:  # noqa: ANN401
    before = of(user)(5)
    assert arrived(of(user))(5) == before
    user = importlib.import_module("carried_user")
    user.Model.of = user.Model.__call__ = lambda self, x: x * self.k + 1000
    assert arrived(of(user))(5) == 1015


def test_what_has_no_reference_goes_by_value() -> None:
    offset = 7
    for function in (lambda x: x + offset, functools.partial(int.__add__, offset)):
        carried = carry(function)
        assert not carried.module
        assert carried.value
        assert arrived(function)(1) == 8


@pytest.mark.parametrize("function", [np.abs, abs, np.linalg.norm, np.float64])
def test_what_an_installed_package_has_goes_by_reference_or_name(function: Any) -> None:  # noqa: ANN401
    assert arrived(function)(-2) in (2, -2)


def test_a_lock_of_a_module_is_no_hindrance(user: Any) -> None:  # noqa: ANN401 - a module
    assert arrived(user.with_lock)(4) == 4


@pytest.mark.parametrize("name", ["lock", "file"])
def test_what_cannot_be_sent_is_refused_by_the_name_that_it_is_captured_by(name: str, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as held_file:
        held: object = threading.Lock() if name == "lock" else held_file
        with pytest.raises(UsageError, match=r"cannot be sent to another process .* it captures held"):
            carry(lambda x: (x, held))


def test_an_array_of_200_mb_is_refused_and_one_of_2_is_told_by_its_name() -> None:
    weights = np.zeros(25_000_000)
    with pytest.raises(UsageError, match=r"captures 200 MB \(weights\), more than .* make it in inputs="):
        carry(lambda x: x + weights[0])
    small = np.zeros(LARGE // 4)
    assert largest(lambda x: x + small) == ["small"]
    assert largest(lambda x: x + 1) == []


def test_a_module_made_by_hand_is_no_reference() -> None:
    made = ModuleType("carried_by_hand")
    exec("def f(x): return x + 2", made.__dict__)  # noqa: S102 - a text above
    sys.modules["carried_by_hand"] = made
    try:
        assert arrived(made.f)(1) == 3
    finally:
        del sys.modules["carried_by_hand"]
