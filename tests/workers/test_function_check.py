"""What is found out about a function before it is timed, in this process: every fault is named."""

import functools
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from harness.model import EVERY, Span, Status
from harness.spellings.spelling import Spelling
from harness.workers import function_result
from harness.workers.function_result import remarks
from harness.workers.task import Finding
from tests.support.function_findings import asked, every_finding, findings

Anything = Any
"""An array of either library, or an option."""
ONCE = {"sizes": [16]}


def found(spellings: Mapping[str, Spelling], **options: Anything) -> dict[str, Finding]:
    """Return what is found out about calls, by backend."""
    (of_op,) = findings(asked(dict(spellings), **{"on": "numpy, torch-cpu", **ONCE, **options})).values()
    return of_op


def of_all(spellings: Mapping[str, Spelling], **options: Anything) -> dict[tuple[str, Span, int], Finding]:
    """Return what is found out, by backend, span and size."""
    wanted = asked(dict(spellings), **{"on": "numpy, torch-cpu", **ONCE, **options})
    return {at[1:]: finding for at, finding in every_finding(wanted).items()}


def both(numpy: Anything, torch: Anything, **options: Anything) -> Finding:
    """Return what is found out about a spelling of Torch's beside NumPy's, which is fine."""
    told = found({"numpy": numpy, "torch": torch}, **options)
    assert told["numpy"].status is Status.OK, told["numpy"].reason
    return told["torch-cpu"]


def in_place(x: Anything) -> Anything:
    x.sort()
    return x


def in_place_of_torch(x: Anything) -> Anything:
    x.copy_(torch.sort(x).values)
    return x


def keeping() -> Callable[[Anything], Anything]:
    """Return a sine that knows what it has computed."""
    known: dict[int, tuple[Anything, Anything]] = {}

    def sine(x: Anything) -> Anything:
        if id(x) not in known:
            known[id(x)] = x, torch.sin(x)
        return known[id(x)][1]

    return sine


class TestArguments:
    """What a call may do to them."""

    def test_one_that_sorts_in_place_is_told_though_it_gives_the_same_again(self) -> None:
        told = found({"numpy": in_place, "torch": in_place_of_torch})
        for finding in told.values():
            assert finding.status is Status.WRONG
            assert "changes its first argument" in finding.reason
            assert "pass fresh=True" in finding.reason

    def test_which_argument_it_is_stands_in_the_reason(self) -> None:
        def second(x: Anything, y: Anything) -> Anything:
            y += 1
            return x + y

        assert "changes its second argument" in found({EVERY: second})["numpy"].reason

    def test_an_array_inside_a_list_counts_as_its_argument(self) -> None:
        def inner(x: Anything, parts: Anything) -> Anything:
            parts[1]["a"] *= 2
            return x

        inputs = lambda n, rng: (rng.random(n), [1, {"a": rng.random(n)}])  # noqa: E731 - an argument
        assert "changes its second argument" in found({EVERY: inner}, inputs=inputs)["torch-cpu"].reason

    def test_a_list_that_is_emptied_counts_as_its_argument(self) -> None:
        def emptied(parts: Anything) -> Anything:
            return parts.pop() if len(parts) > 1 else parts[0]

        told = found({EVERY: emptied}, inputs=lambda n, rng: [rng.random(n), rng.random(n), rng.random(n)])
        assert "changes its first argument" in told["numpy"].reason

    def test_with_copies_for_every_call_it_passes_in_every_span(self) -> None:
        told = of_all({"numpy": in_place, "torch": in_place_of_torch}, fresh=True)
        assert {finding.status for finding in told.values()} == {Status.OK}

    def test_the_round_trip_is_told_as_well(self) -> None:
        told = of_all({"numpy": np.sort, "torch": in_place_of_torch})
        assert "changes its first argument" in told["torch-cpu", Span.ROUND_TRIP, 16].reason

    def test_the_layout_of_an_operand_is_kept(self) -> None:
        def layout(x: Anything) -> Anything:
            is_transposed = x.flags.f_contiguous if isinstance(x, np.ndarray) else x.T.is_contiguous()
            return x + float(is_transposed)

        told = both(lambda x: x + 1.0, layout, inputs=lambda n, rng: rng.random((n, n + 1)).T)
        assert told.status is Status.OK


class TestResults:
    """What a call has to give."""

    @pytest.mark.parametrize(
        ("function", "words"),
        [
            (lambda _x: None, "it returns None, which cannot be checked: return the result, or pass check="),
            (lambda _x: [], "it returns an empty list"),
            (lambda x: (part for part in x), "it returns a generator, of which nothing is computed yet"),
            (lambda x: map(abs, x), "it returns a map, of which nothing is computed yet"),
            (iter, "of which nothing is computed yet"),
            (lambda _x: object(), "it returns a object, which cannot be checked"),
            (lambda x: {1, float(x[0])}, "it returns a set, which cannot be checked"),
        ],
    )
    def test_what_is_no_result_is_wrong_on_every_backend_and_span(
        self, function: Anything, words: str
    ) -> None:
        for finding in of_all({EVERY: function}).values():
            assert finding.status is Status.WRONG
            assert words in finding.reason

    def test_a_promise_is_no_result_without_a_check_either(self) -> None:
        assert "nothing is computed" in found({EVERY: lambda x: (y for y in x)}, check=False)["numpy"].reason

    def test_none_passes_without_a_check_which_is_said(self) -> None:
        finding = found({EVERY: lambda _x: None}, check=False)["numpy"]
        assert (finding.status, finding.remark) == (Status.OK, "its result is not checked")

    def test_another_result_at_every_call_is_told(self) -> None:
        def noisy(x: Anything) -> Anything:
            return x + np.random.default_rng().standard_normal(x.shape).astype(np.float32)

        assert "another result at every call" in found({"numpy": noisy}, on="numpy")["numpy"].reason
        judged = found({"numpy": noisy}, on="numpy", check=lambda result, exact: result.shape == exact.shape)
        assert judged["numpy"].status is Status.OK

    def test_noise_in_a_buffer_of_ones_own_is_told(self) -> None:
        buffer = np.empty(16, np.float32)

        def noisy(x: Anything) -> Anything:
            buffer[:] = x + np.random.default_rng().standard_normal(x.shape)
            return buffer

        assert "another result at every call" in found({"numpy": noisy}, on="numpy")["numpy"].reason

    def test_a_buffer_that_is_written_again_is_said(self) -> None:
        buffer = np.empty(16, np.float32)
        finding = found({"numpy": lambda x: np.multiply(x, 2, out=buffer, casting="same_kind")}, on="numpy")
        assert finding["numpy"].status is Status.OK
        assert "every call returns the same array" in finding["numpy"].remark

    def test_a_result_that_is_kept_is_wrong_for_nothing_is_computed(self) -> None:
        finding = both(np.sin, keeping())
        assert finding.status is Status.WRONG
        assert finding.reason.startswith("it keeps its result")

    @pytest.mark.parametrize(
        ("torch", "words"),
        [
            (lambda x: x.sum()[None], r"the result has shape (1,), expected ()"),
            (lambda x: x.sum().double(), "the result is float64, expected float32: bring both to one dtype"),
            (lambda x: x.sum() * 1.001, "error 0.001 against float64, accepted"),
            (lambda x: (x.sum(), 3), "the result has a part [0] that NumPy's has not"),
            (lambda x: x.sum() + float("nan"), "error inf against float64"),
            (lambda _x: "text", "the result is a str"),
        ],
    )
    def test_another_result_than_numpys_says_how_it_differs(self, torch: Anything, words: str) -> None:
        finding = both(np.sum, torch)
        assert finding.status is Status.WRONG
        assert words in finding.reason

    def test_a_part_that_is_missing_is_told(self) -> None:
        finding = both(lambda x: (x, x + 1), lambda x: (x,))
        assert finding.reason.startswith("the result has no part [1], which NumPy's has: let both return")

    def test_large_whole_numbers_are_held_to_every_digit(self) -> None:
        finding = both(lambda _x: np.full(3, 2**60), lambda _x: torch.full((3,), 2**60 + 7))
        assert finding.status is Status.WRONG

    def test_one_that_is_wrong_in_float32_only_is_told_there_and_fine_in_float64(self) -> None:
        def rough(x: Anything) -> Anything:
            y = torch.sin(x)
            return y + 1e-4 if x.dtype is torch.float32 else y

        assert both(np.sin, rough).status is Status.WRONG
        assert both(np.sin, rough, dtype="float64").status is Status.OK

    def test_the_round_trip_of_a_plain_number_is_no_none(self) -> None:
        told = of_all({"numpy": lambda x: float(x.sum()), "torch": lambda x: x.sum().item()})
        assert {finding.status for finding in told.values()} == {Status.OK}

    def test_a_size_that_fails_has_its_reason_and_the_others_go_on(self) -> None:
        def only_small(x: Anything) -> Anything:
            if len(x) > 100:
                raise ValueError("too long for me")
            return x + 1

        told = of_all({"numpy": lambda x: x + 1, "torch": only_small}, sizes=[16, 256])
        assert told["torch-cpu", Span.CALL, 16].status is Status.OK
        assert told["numpy", Span.CALL, 256].status is Status.OK
        crashed = told["torch-cpu", Span.CALL, 256]
        assert (crashed.status, crashed.reason) == (Status.CRASHED, "ValueError: too long for me")

    def test_memory_that_runs_out_is_said_to_be_that(self) -> None:
        def greedy(_x: Anything) -> Anything:
            raise MemoryError("no 10 TB")

        assert both(lambda x: x, greedy).status is Status.OOM

    def test_a_function_that_takes_no_double_precision_is_held_against_the_baseline_and_says_so(self) -> None:
        weights = torch.ones(16, 16)
        told = found({"old": lambda x: weights @ x, "new": lambda x: x @ weights}, on="torch-cpu")
        for finding in told.values():
            assert finding.status is Status.OK
            assert "takes no double precision, and was held against old@torch-cpu" in finding.remark
        wrong = found({"old": lambda x: weights @ x, "new": lambda x: 2 * x @ weights}, on="torch-cpu")
        assert wrong["new@torch-cpu"].status is Status.WRONG

    def test_what_hangs_on_last_digits_says_that_it_is_hardly_checked(self) -> None:
        finding = both(lambda x: np.sum(x - np.mean(x)), lambda x: torch.sum(x - torch.mean(x)))
        assert finding.status is Status.OK
        assert "hardly checked" in finding.remark


Named = namedtuple("Named", "low high")  # noqa: PYI024 - as a user may have it


class TestKinds:
    """Functions, operands and results of all kinds pass alike."""

    @pytest.mark.parametrize(
        "spellings",
        [
            {"numpy": np.abs, "torch": torch.abs},
            {"numpy": np.add, "torch": torch.add},
            {"numpy": functools.partial(np.sum, axis=0), "torch": functools.partial(torch.sum, dim=0)},
            {EVERY: lambda x: (x + 1, None)},
            {EVERY: lambda x: {"a": [x, 3], "b": "text"}},
            {EVERY: lambda x: Named(x[:1], x[1:])},
            {EVERY: lambda x: x[::2]},
            {EVERY: lambda x: x},
            {"numpy": lambda x: tuple(np.sort(x)), "torch": lambda x: tuple(torch.sort(x).values)},
            {"numpy": lambda x: (x.max(), x.argmax()), "torch": lambda x: torch.max(x, 0)},
            {"numpy": lambda x: np.log(x - 5), "torch": lambda x: torch.log(x - 5)},
            {"numpy": lambda x: np.exp(x * 1e4), "torch": lambda x: torch.exp(x * 1e4)},
            {"numpy": np.argsort, "torch": torch.argsort},
            {"numpy": lambda x: x > 0, "torch": lambda x: x > 0},
            {EVERY: lambda x: (3, len(x))},
        ],
    )
    @pytest.mark.filterwarnings("ignore::RuntimeWarning")
    def test_a_call_and_its_round_trip_pass(self, spellings: dict[str, Spelling]) -> None:
        for at, finding in of_all(spellings).items():
            assert finding.status is Status.OK, (at, finding.reason)

    @pytest.mark.parametrize(
        "made",
        [
            lambda n, rng: rng.integers(0, 9, n).astype(np.int16),
            lambda n, rng: rng.integers(0, 9, n).astype(np.uint8),
            lambda n, rng: (rng.standard_normal(n) + 1j).astype(np.complex64),
            lambda n, rng: rng.random(n) < 0.5,
            lambda n, rng: rng.random(n).astype(np.float16),
            lambda _n, _rng: np.array(1.5),
            lambda _n, _rng: np.float32(1.5),
            lambda _n, _rng: np.empty((0, 3)),
            lambda n, rng: rng.random(2 * n)[::2],
            lambda n, rng: rng.random(n)[::-1],
            lambda n, rng: np.broadcast_to(rng.random(), n),
            lambda n, rng: np.frombuffer(rng.bytes(8 * n), np.int64),
        ],
    )
    def test_operands_of_any_dtype_and_layout_pass(self, made: Anything) -> None:
        for at, finding in of_all({EVERY: lambda x: x * 1}, inputs=made).items():
            assert finding.status is Status.OK, (at, finding.reason)

    @pytest.mark.parametrize(
        ("made", "words"),
        [
            (lambda n, _rng: np.zeros(n, np.uint16), "an array of uint16 (x), which not every library has"),
            (lambda n, _rng: np.zeros(n, np.longdouble), "an array of float128"),
            (lambda n, _rng: np.array(["a"] * n), "an array of <U1"),
            (lambda n, _rng: np.array([object()] * n), "an array of object"),
            (lambda n, rng: np.ma.array(rng.random(n), mask=rng.random(n) < 0.5), "a MaskedArray (x)"),
            (lambda n, _rng: torch.zeros(n), "a torch.Tensor (x); make them with NumPy"),
            (lambda _n, _rng: object(), "the inputs hold a object"),
            (lambda n, rng: (rng.random(n), 1), "the inputs of size 16 are 2 values|a tuple"),
            (lambda _n, _rng: 1 / 0, "the inputs failed: ZeroDivisionError: division by zero"),
        ],
    )
    def test_operands_that_cannot_be_are_said_so(self, made: Anything, words: str) -> None:
        told = of_all({EVERY: lambda x: x}, inputs=made)
        first, *others = words.split("|")
        for finding in told.values():
            if finding.status is not Status.SKIPPED:
                assert others  # a tuple may be meant as one operand
                continue
            assert first in finding.reason
            assert "UsageError" not in finding.reason

    def test_a_file_mapped_into_memory_is_an_operand(self, tmp_path: Anything) -> None:
        np.arange(16.0).tofile(tmp_path / "figures")
        path = str(tmp_path / "figures")
        told = of_all({EVERY: lambda x: x + 1}, inputs=lambda _n, _rng: np.memmap(path, mode="r"))
        assert {finding.status for finding in told.values()} == {Status.OK}

    def test_an_array_that_two_operands_share_is_two(self) -> None:
        def shared(n: int, rng: np.random.Generator) -> Anything:
            x = rng.random(n)
            return x, x

        told = of_all({EVERY: lambda x, y: x - 2 * y}, inputs=shared)
        assert {finding.status for finding in told.values()} == {Status.OK}

    def test_other_parts_at_another_size_are_skipped_with_a_reason(self) -> None:
        listed: Callable[..., object] = lambda n, rng: [rng.random(4) for _ in range(n)]  # noqa: E731 - an argument
        told = of_all({EVERY: lambda x: x[0]}, inputs=listed, sizes=[2, 3])
        assert "other parts than at n = 2" in told["torch-cpu", Span.ROUND_TRIP, 3].reason
        told = of_all({EVERY: lambda x: [x[:1] for _ in range(len(x))]}, sizes=[2, 3])
        assert "its results have other parts" in told["numpy", Span.CALL, 3].reason


class TestTheDomain:
    """What is said where operands have no result."""

    @pytest.mark.filterwarnings("ignore:invalid value")
    def test_that_normal_operands_have_none_is_told_with_the_way_out(self) -> None:
        told = both(np.sqrt, torch.sqrt, sizes=[1000])
        assert told.status is Status.OK
        assert told.remark.startswith("part of its result is not a number (NaN): operands are standard")
        assert told.remark.endswith("; give others by inputs=")

    @pytest.mark.filterwarnings("ignore:invalid value")
    def test_of_operands_of_ones_own_only_that_is_told(self) -> None:
        told = both(np.log, torch.log, inputs=lambda n, _rng: np.arange(-1.5, n - 2))
        assert told.remark == "part of its result is not a number (NaN)"

    def test_of_operands_that_are_none_themselves_nothing_is_told(self) -> None:
        told = both(np.sin, torch.sin, inputs=lambda n, _rng: np.where(np.arange(n) < 3, np.nan, 1.0))
        assert (told.status, told.remark) == (Status.OK, "")


class TestWhoseResultItIs:
    """What is said of results that are not the backend's own."""

    def test_numpy_inside_torch_is_told_with_the_count_of_its_conversions(self) -> None:
        inside = both(np.sort, lambda x: torch.from_numpy(np.sort(x.numpy())))
        assert inside.remark == "it leaves torch on the way (1 conversion in a call: numpy)"
        twice = both(np.sort, lambda x: torch.from_numpy(np.sort(np.asarray(x)) + 0 * x.numpy()))
        assert "(2 conversions in a call" in twice.remark

    def test_numpys_result_of_torch_is_told(self) -> None:
        assert both(np.sort, lambda x: np.sort(x.numpy())).remark.startswith(
            "the result is numpy's, not torch's"
        )

    def test_torchs_own_calls_are_no_conversions(self) -> None:
        assert both(np.sort, lambda x: torch.sort(x).values).remark == ""

    def test_a_result_on_another_device_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        backend: Anything = type("OnCuda", (), {"library": "torch", "device": "cuda:1"})
        assert list(remarks(torch.zeros(3), backend, [])) == [
            "the result lies on cpu, not on cuda:1 (0 conversions in a call)"
        ]
        monkeypatch.setattr(function_result, "leaves", lambda _result: [])
        assert list(remarks(None, backend, ["cpu"])) == [
            "it leaves torch on the way (1 conversion in a call: cpu)"
        ]

    def test_bytes_that_are_shared_with_an_operand_are_not_counted(self) -> None:
        assert np.isnan(both(lambda x: x, lambda x: x).moved)
        assert both(np.sin, torch.sin).moved == 2 * 16 * 4


def test_a_users_own_check_judges_and_its_words_are_told() -> None:
    def judge(result: Anything, exact: Anything) -> None:
        assert np.allclose(result, exact), "not close"

    assert both(np.sin, torch.sin, check=judge).status is Status.OK
    assert both(np.sin, torch.cos, check=judge).reason.startswith("the check says: not close")
    assert "says that the result is wrong" in both(np.sin, torch.cos, check=np.allclose).reason


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_function_beside_itself_agrees(dtype: str) -> None:
    same = lambda x: np.linalg.norm(x) + np.sum(x)  # noqa: E731 - it is handed over twice
    told = found({"a": same, "b": same}, on="numpy", dtype=dtype)
    assert {name: finding.status for name, finding in told.items()} == {
        "a@numpy": Status.OK,
        "b@numpy": Status.OK,
    }


@pytest.mark.parametrize("is_new", [False, True])
def test_a_size_that_is_added_later_is_checked_though_its_task_is_not(*, is_new: bool) -> None:
    wanted = asked({"numpy": np.sin, "torch": torch.cos}, on="numpy, torch-cpu", sizes=[16])
    told = every_finding(wanted, changes={"check": False}, of_groups={"check": is_new})
    status = next(one.status for at, one in told.items() if at[1:3] == ("torch-cpu", Span.CALL))
    assert status is (Status.WRONG if is_new else Status.OK)
