"""What is found out about an op declared by texts before it is timed, in this process."""

import re
from typing import Any

import pytest

from harness.errors import UsageError
from harness.model import Span, Status
from harness.workers.task import Finding
from tests.support.function_findings import declared, every_finding

Anything = Any
"""What an op can be declared with."""
MADE_BEFORE = "its setup works on x before the clock, so that what is moved would not be what is used"


def found(numpy: str, torch: str = "", **facts: Anything) -> dict[tuple[str, Span], Finding]:
    """Return what is found out about an op, by backend and span; both libraries may write the same."""
    wanted = declared(numpy, torch or numpy.replace("np.", "torch."), **facts)
    return {(backend, span): finding for (_, backend, span, _), finding in every_finding(wanted).items()}


def all_pass(found: dict[tuple[str, Span], Finding]) -> None:
    """Hold that every lane may be timed, without a remark."""
    for at, finding in found.items():
        assert (finding.status, finding.reason, finding.remark) == (Status.OK, "", ""), at


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("numpy", "torch"),
    [
        ("np.exp(-x)", ""),
        ("np.minimum(x, 0)", "x.clamp(max=0)"),
        ("np.abs(x) - x", ""),
        ("x * 0", ""),
        ("np.sum(x - x)", ""),
        ("x / 0", ""),
        ("x[:0]", ""),
        ("np.zeros(n, x.dtype)", "torch.zeros(n, dtype=x.dtype)"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_results_that_are_nothing_empty_or_without_end_pass(numpy: str, torch: str, dtype: str) -> None:
    all_pass(found(numpy, torch, dtype=dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize(
    ("numpy", "torch"),
    [
        ("np.argmax(x)", ""),
        ("np.count_nonzero(x)", ""),
        ("x > 0", ""),
        ("np.argsort(x, kind='stable')", "torch.argsort(x, stable=True)"),
        ("x.astype(np.int16)", "x.short()"),
        ("x.astype(np.float64)", "x.double()"),
    ],
)
def test_a_result_may_have_whatever_dtype_numpys_has(numpy: str, torch: str, dtype: str) -> None:
    told = found(numpy, torch, dtype=dtype)
    assert told.pop(("torch-cpu", Span.CALL)).status is Status.OK
    assert {finding.status for finding in told.values()} <= {Status.OK, Status.SKIPPED}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_complex_results_are_held_by_their_modulus(dtype: str) -> None:
    all_pass(found("np.fft.fft(x)", dtype=dtype))
    wrong = found("np.fft.fft(x)", "torch.fft.fft(x) + 1j", dtype=dtype)["torch-cpu", Span.CALL]
    assert wrong.reason.startswith("error 0.0")
    assert wrong.reason.endswith("if both are right, give the op a larger tolerance=")


def test_whole_numbers_have_to_be_the_same_and_a_free_order_is_told() -> None:
    finding = found("np.argsort(np.sign(x))")["torch-cpu", Span.CALL]
    assert finding.status is Status.WRONG
    assert "of its whole numbers are not NumPy's; where operands are equal, their order" in finding.reason
    assert found("x > 0", "x > 0.01")["torch-cpu", Span.CALL].status is Status.WRONG


def test_whole_numbers_that_rounding_decides_may_be_those_of_the_operands_dtype() -> None:
    all_pass(found("np.floor(x * x * 1e7).astype(np.int32)", "torch.floor(x * x * 1e7).int()"))


@pytest.mark.parametrize(
    ("numpy", "part"), [("np.sqrt(x)", "part of its result"), ("np.log(x).sum()", "its result")]
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_lies_outside_of_the_domain_is_told_with_the_way_out(numpy: str, part: str) -> None:
    for finding in found(numpy).values():
        assert finding.status is Status.OK
        assert finding.error < 1e-6
        told = rf"{part} is not a number \(NaN\): operands are standard normal, .*give others by inputs="
        assert re.fullmatch(told, finding.remark)


@pytest.mark.parametrize(
    ("torch", "kind"),
    [("torch.sort(x)", "torch.return_types.sort"), ("(x, x)", "tuple"), ("torch.max(x).item()", "float")],
)
def test_a_result_that_is_no_array_is_told_in_every_span_with_what_it_may_be(torch: str, kind: str) -> None:
    told = found("np.sort(x)", torch)
    assert told["numpy", Span.CALL].status is Status.OK
    for span in (Span.CALL, Span.ROUND_TRIP):
        finding = told["torch-cpu", span]
        assert finding.status is Status.WRONG
        assert finding.reason.startswith(
            f"its result is a {kind}, and that of a text is one array: take a part"
        )


def test_a_definition_that_gives_no_array_is_told_as_well() -> None:
    for finding in found("None").values():
        assert finding.reason.startswith("its result is a NoneType")


@pytest.mark.parametrize(
    ("numpy", "torch"),
    [("np.add(x, 1, out=x)", "x + 1"), ("x + 1", "x.add_(1)"), ("np.add(x, 1, out=x)", "x.add_(1)")],
)
def test_an_operand_that_a_text_changes_is_told_and_is_the_others_as_it_was(numpy: str, torch: str) -> None:
    for (backend, _), finding in found(numpy, torch, backends=("numpy", "torch-cpu", "torch-cpu-1t")).items():
        text = numpy if backend == "numpy" else torch
        if text == "x + 1":
            assert (finding.status, finding.reason) == (Status.OK, "")
        else:
            assert finding.status is Status.WRONG
            assert finding.reason.startswith(
                "it changes its operand x, which has to be the same for every call"
            )


@pytest.mark.parametrize("text", ["x += 1\nx", "x = x[1:]\nx.sum()", "for x in (1, 2): pass\nx"])
def test_a_text_that_assigns_an_operand_is_refused_where_it_is_declared(text: str) -> None:
    with pytest.raises(UsageError, match=r"assigns x, an operand.*give what is made of it another name"):
        declared("x + 1", text)


@pytest.mark.parametrize(
    ("numpy", "torch", "setup"),
    [
        ("y", "y", {"numpy": "y = np.sin(x)", "torch": "y = torch.sin(x)"}),
        ("np.sqrt(x)", "torch.sqrt(x)", {"numpy": "x = np.abs(x)", "torch": "x = torch.abs(x)"}),
        ("f()", "f()", {"numpy": "f = lambda: np.sin(x)", "torch": "f = lambda: torch.sin(x)"}),
        (
            "xi.astype(np.float32)",
            "xi.float()",
            {"numpy": "xi = np.sign(x).astype(np.int16)", "torch": "xi = torch.sign(x).short()"},
        ),
    ],
)
def test_what_a_setup_makes_of_an_operand_has_a_call_and_no_round_trip(
    numpy: str, torch: str, setup: dict[str, str]
) -> None:
    told = found(numpy, torch, setup=setup)
    round_trip = told.pop(("torch-cpu", Span.ROUND_TRIP))
    assert round_trip.status is Status.SKIPPED
    assert round_trip.reason.startswith(MADE_BEFORE)
    all_pass(told)


def test_a_setup_that_makes_what_is_no_operand_is_measured_in_every_span() -> None:
    setup = {"numpy": "w = np.arange(n, dtype=np.float32)", "torch": "w = torch.arange(n).float()"}
    told = found("x * w", setup=setup)
    assert ("torch-cpu", Span.ROUND_TRIP) in told
    all_pass(told)
