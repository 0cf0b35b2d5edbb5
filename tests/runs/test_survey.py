"""What is found out about a function before its run: its sizes, and why others are not measured."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.functions.contest import contest
from harness.model import EVERY, Cell, Op, Status
from harness.runs.plan import SIZES, Means, plan
from harness.runs.schedule import Timer, schedule
from harness.runs.survey import survey_all
from harness.spellings.contenders import op_of
from harness.workers.process import Death
from harness.workers.task import Surveyed, SurveyTask


class Scripted:
    """A worker whose answers are given, by size."""

    def __init__(self, answers: dict[int, Surveyed | Death]) -> None:
        self.answers, self.waiting = answers, list[int]()

    def give(self, task: SurveyTask) -> None:
        self.waiting = list(task.sizes)

    def answer(self, _within: float) -> Surveyed | Death:
        n = self.waiting.pop(0)
        return self.answers.get(n, seen(n))


def seen(n: int, **changes: Any) -> Surveyed:  # noqa: ANN401 - fields
    """Return what is seen of a size where all is well."""
    fine: dict[str, Any] = {
        "operands": ("x",),
        "arguments": {},
        "dtype": "float32",
        "results": {"numpy": ("",), "torch-cpu": ("",)},
        "seconds": {"numpy": 1e-6, "torch-cpu": 1e-6},
        "bytes": 4 * n,
    }
    return Surveyed(n=n, **{**fine, **changes})


def looked_at(
    answers: dict[int, Surveyed | Death], sizes: list[int] | None, seconds: float = 60.0
) -> tuple[Op, dict[int, str]]:
    """Return what is known of an op, and why sizes are skipped."""
    wanted = contest(op_of({EVERY: "xp.sin(x)"}, sizes=sizes), "numpy, torch-cpu", seconds)
    job: Any = SimpleNamespace(settings=wanted.settings, folder=Path("nowhere"))
    timer = Timer(now=lambda: 0.0, began=0.0, schedule=schedule(wanted.settings, 1))
    worker: Any = Scripted(answers)
    ((op, skipped),) = survey_all([wanted.op], worker, job, Means(memory=10**9), timer)
    assert all(isinstance(cell, Cell) and cell.status is Status.SKIPPED for cell in skipped)
    return op, {cell.case.n: cell.reason for cell in skipped}


CRASH = Death(lane=0, status=Status.CRASHED, reason="the process died of SIGSEGV")


def test_sizes_that_are_fine_are_measured() -> None:
    op, skipped = looked_at({}, [8, 16])
    assert (op.sizes, skipped) == ((8, 16), {})


def test_a_size_that_kills_its_process_is_skipped_and_the_others_are_measured() -> None:
    op, skipped = looked_at({16: CRASH}, [8, 16, 32])
    assert (op.sizes, skipped) == ((8, 32), {16: "the process died of SIGSEGV"})


def test_a_size_whose_arguments_fail_has_their_reason() -> None:
    op, skipped = looked_at({8: Surveyed(n=8, reason="the inputs failed: KeyError: 8")}, [8, 16])
    assert (op.sizes, skipped) == ((16,), {8: "the inputs failed: KeyError: 8"})


def test_a_size_that_takes_too_long_says_how_many_seconds_it_needs() -> None:
    op, skipped = looked_at({16: seen(16, seconds={"numpy": 20.0})}, [8, 16])
    assert op.sizes == (8,)
    assert "20.0 s, too long for 60.0 s in all; to have it measured give 240 seconds" in skipped[16]


def test_a_size_whose_inputs_take_long_is_counted_with_them() -> None:
    op, skipped = looked_at({16: seen(16, making=21.0)}, [8, 16])
    assert op.sizes == (8,)
    assert skipped[16].startswith("its calls take 2.00 µs and its inputs 21.0 s, too long for 60.0 s in all")
    assert skipped[16].endswith("give 64 seconds")


def test_where_not_even_the_first_size_has_time_it_is_said_though_nobody_asked_for_it() -> None:
    op, skipped = looked_at({n: seen(n, making=50.0) for n in SIZES}, None)
    assert op.sizes == ()
    assert "its inputs 50.0 s" in skipped[16]


@pytest.mark.parametrize(("lane", "what"), [(None, "its inputs take more than"), (0, "its calls take more")])
def test_what_took_too_long_at_the_first_look_is_told_by_where_it_was(lane: int | None, what: str) -> None:
    late = Death(lane=lane, status=Status.TIMEOUT, reason="it took longer than the run may", late=True)
    _op, skipped = looked_at({16: late}, [8, 16])
    assert skipped[16].startswith(what)


def test_of_sizes_that_nobody_asked_for_those_that_take_too_long_are_not_missed() -> None:
    op, skipped = looked_at({4096: seen(4096, seconds={"numpy": 20.0})}, None)
    assert op.sizes
    assert 4096 not in op.sizes
    assert 4096 not in skipped


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"operands": ("x", "y")}, "its inputs have other parts than at n = 8"),
        ({"arguments": {"x": "[_x_0]"}}, "its inputs have other parts than at n = 8"),
        ({"results": {"numpy": ("[0]", "[1]")}}, "its results have other parts than at n = 8"),
    ],
)
def test_a_size_that_is_put_together_otherwise_is_skipped(changes: dict[str, Any], words: str) -> None:
    op, skipped = looked_at({16: seen(16, **changes)}, [8, 16, 32])
    assert op.sizes == (8, 32)
    assert words in skipped[16]


def test_where_every_size_fails_there_is_nothing_to_plan_and_every_reason_is_kept() -> None:
    op, skipped = looked_at({n: Surveyed(n=n, reason="no") for n in (8, 16)}, [8, 16])
    assert (op.sizes, skipped) == ((), {8: "no", 16: "no"})
    wanted = contest(op, "numpy, torch-cpu", 60.0)
    assert plan(op, wanted.settings, Means(memory=10**9)).groups == ()
