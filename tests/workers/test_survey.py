"""The first look at a function: its arguments, its results, how long it takes and what it must not change."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from harness.machine.thread_pools import ThreadPools
from harness.model import EVERY, ON_HOST
from harness.spellings.contenders import op_of
from harness.spellings.digest import digest
from harness.spellings.spelling import Spelling
from harness.workers.global_state import GlobalState
from harness.workers.survey import survey
from harness.workers.task import Surveyed, SurveyTask
from tests.support.function_findings import SilentPulse

BACKENDS = ("numpy", "torch-cpu")


def looked_at(
    spellings: dict[str, Spelling],
    sizes: tuple[int, ...] = (16,),
    *,
    longest: float = 60.0,
    memory: int = 10**10,
    **options: Any,  # noqa: ANN401 - as `op_of` takes them
) -> list[Surveyed]:
    """Return what is seen of a function at some sizes."""
    task = SurveyTask(
        op=op_of(spellings, **options),
        backends=BACKENDS,
        sizes=sizes,
        seed=0,
        longest=longest,
        memory=memory,
    )
    pulse: Any = SilentPulse()
    return list(survey(task, ThreadPools(), pulse, GlobalState(ThreadPools())))


def test_the_parts_of_a_result_are_told_by_backend_with_those_that_are_numpys() -> None:
    (seen,) = looked_at(
        {"numpy": lambda x: (x, {"a": x}), "torch": lambda x: (x, {"a": x.numpy()}, 3)},
    )
    assert seen.results == {"numpy": ("[0]", "[1]['a']"), "torch-cpu": ("[0]", f"{ON_HOST}[1]['a']")}
    assert set(seen.seconds) == set(BACKENDS)
    assert (seen.dtype, seen.operands, seen.bytes) == ("float32", ("x",), 64)


def test_a_backend_that_fails_is_left_to_the_rounds() -> None:
    (seen,) = looked_at({"numpy": np.sin, "torch": lambda _x: 1 / 0})
    assert set(seen.results) == set(seen.seconds) == {"numpy"}
    assert seen.reason == ""


def test_after_a_size_that_takes_too_long_no_larger_one_is_tried() -> None:
    seen = looked_at({"numpy": np.abs}, (4, 8, 16), longest=0.0)
    assert [(one.n, one.operands != ()) for one in seen] == [(4, True), (8, False), (16, False)]


def test_after_a_size_whose_inputs_take_too_long_no_larger_one_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock: Any = ModuleType("scripted_clock")  # by its name the inputs find it, which are a copy
    clock.moment = 0.0
    monkeypatch.setitem(sys.modules, "scripted_clock", clock)

    def inputs(n: int, _rng: Any) -> Any:  # noqa: ANN401 - an array
        import scripted_clock  # type: ignore[import-not-found]

        scripted_clock.moment += 5.0
        return np.ones(n)

    monkeypatch.setattr("harness.workers.survey.time.perf_counter", lambda: clock.moment)
    seen = looked_at({"numpy": np.sin}, (4, 8, 16), longest=1.0, inputs=inputs)
    assert [(one.making, one.operands != ()) for one in seen] == [(5.0, True), (0.0, False), (0.0, False)]


@pytest.mark.parametrize(("power", "largest"), [(1, 10**6), (2, 10**3)])
def test_a_size_whose_arguments_would_not_fit_is_not_made(power: int, largest: int) -> None:
    made: list[int] = []

    def inputs(n: int, _rng: object) -> Any:  # noqa: ANN401 - an array
        made.append(n)
        return np.broadcast_to(np.float64(1), (n,) * power).copy()

    sizes = (10, 100, largest)
    seen = looked_at({EVERY: lambda x: x}, sizes, memory=10**6, inputs=inputs)
    assert "bytes of memory" in seen[-1].reason
    assert seen[0].reason == ""


@pytest.mark.parametrize(
    ("made", "dtype"),
    [
        (lambda n, _rng: np.zeros(n, np.int16), "int16"),
        (lambda n, _rng: [np.zeros(n, np.int64), np.zeros(n, np.complex64)], "complex64"),
        (lambda n, _rng: [np.zeros(n, bool)], "bool"),
        (lambda _n, _rng: 3, "float64"),
    ],
)
def test_the_cells_are_called_by_the_dtype_of_the_first_floating_operand_or_the_first(
    made: Any,  # noqa: ANN401 - a function
    dtype: str,
) -> None:
    (seen,) = looked_at({EVERY: lambda _x: 3}, inputs=made)
    assert seen.dtype == dtype


def test_a_function_is_told_as_it_is_before_it_was_called() -> None:
    module = ModuleType("surveyed_module")
    sys.modules["surveyed_module"] = module
    exec("CALLS = 0\ndef f(x):\n    global CALLS\n    CALLS += 1\n    return x", module.__dict__)  # noqa: S102
    before = digest(module.f)
    (seen,) = looked_at({EVERY: module.f})
    assert seen.digests == {"_f0": before}
    del sys.modules["surveyed_module"]
