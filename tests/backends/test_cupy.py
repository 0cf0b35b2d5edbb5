"""CuPy as a backend, on a simulated module: its clock, its spellings, what it lacks, what its errors mean."""

import sys
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np
import pytest

from harness.backends.backend import prepare
from harness.backends.cupy import CupyBackend
from harness.backends.cupy_device import CupyDevice
from harness.backends.table import USUAL, backend_named
from harness.model import EVERY, ON_DEVICE, WAITED_FOR, Op, Place, Span
from harness.ops.agreement import accepted_error, disagreement, reference
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.runs.plan import Means, plan
from harness.runs.settings import Settings, checked
from harness.timing.device_clock import timed_on_device
from harness.timing.loop import UnmeasurableError
from tests.support.devices import ScriptedDevice
from tests.support.ops import OPS
from tests.support.simulated_cupy import CACHE, UUID, Cupy

CUPY = CupyBackend(name="cupy")
SPANS = (*WAITED_FOR, *ON_DEVICE)
AS_NUMPY = Op(
    name="a sum",
    summary="the sum of the operand",
    spelling={"numpy": "total(x)"},
    setup={"numpy": "total = np.sum"},
)


@pytest.fixture
def device() -> ScriptedDevice:
    return ScriptedDevice()


@pytest.fixture
def cupy(device: ScriptedDevice, monkeypatch: pytest.MonkeyPatch) -> Cupy:
    """Let the simulated module be what an import of cupy finds."""
    module = Cupy(device)
    monkeypatch.setitem(sys.modules, "cupy", module)
    monkeypatch.setattr("harness.backends.cupy.find_spec", lambda _name: module)
    return module


@pytest.mark.parametrize("span", SPANS)
def test_every_span_reads_what_the_device_and_the_host_took(
    span: Span, cupy: Cupy, device: ScriptedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.backends.cupy.timed_on_device", partial(timed_on_device, clock=device.now))
    op = OPS["abs"]
    names = prepare(CUPY, op, operands(op, 16, "float32", seed=1))
    timed = CUPY.timed(CUPY.statement(op, span), span, names)
    pieces = 2 if span is Span.ROUND_TRIP else 1  # the transfer to the device, and the op
    expected = 1e-4 * pieces if span in ON_DEVICE else 1e-4 * pieces + device.launch_cost
    assert median(timed.run(8) / 8 for _ in range(5)) == pytest.approx(expected, rel=0.02)
    assert (timed.enqueue is not None) is (span is not Span.ROUND_TRIP)
    assert cupy.buffers == []


def test_work_on_another_stream_is_waited_for(cupy: Cupy, device: ScriptedDevice) -> None:
    with device.on_stream(1):
        cupy.sin(np.zeros(1))
    before = device.now()
    CupyDevice().synchronize()
    assert device.now() - before >= 0.9e-4


@pytest.mark.usefixtures("cupy")
def test_a_cold_cache_is_written_over_before_every_call_of_the_span_device(
    device: ScriptedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.backends.cupy.timed_on_device", partial(timed_on_device, clock=device.now))
    op, chosen = OPS["abs"], backend_named("cupy", cold=True)
    names = prepare(chosen, op, operands(op, 16, "float32", seed=1))
    timed = chosen.timed(chosen.statement(op, Span.DEVICE), Span.DEVICE, names)
    assert timed.run(8) / 8 == pytest.approx(3e-4, rel=0.02)


def test_the_buffer_that_is_written_has_the_size_of_the_cache(cupy: Cupy) -> None:
    written = CupyDevice()
    for _ in range(2):
        written.flush()
    assert cupy.buffers == [CACHE]
    del cupy.properties["l2CacheSize"]
    with pytest.raises(UnmeasurableError, match="does not tell how large its L2 cache is"):
        CupyDevice().flush()


@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize("op", [*OPS.values(), AS_NUMPY], ids=lambda op: op.name)
@pytest.mark.parametrize("span", WAITED_FOR)
def test_the_text_of_numpy_runs_with_np_as_cupy_and_agrees(op: Op, span: Span) -> None:
    host = operands(op, 1024, "float32", seed=1)
    result = evaluate(CUPY.statement(op, span), prepare(CUPY, op, host))
    assert isinstance(result, np.ndarray)
    assert (type(result) is np.ndarray) is (span is Span.ROUND_TRIP or op.target is Place.HOST)
    error, fault = disagreement(CUPY.to_host(result), reference(op, host), "float32")
    assert (fault, error <= accepted_error(op, "float32")) == ("", True)


@pytest.mark.usefixtures("cupy")
def test_np_is_numpy_where_an_op_has_a_spelling_for_cupy() -> None:
    for key, library in (("cupy", "numpy"), (EVERY, "numpy"), ("numpy", "cupy")):
        op = replace(OPS["abs"], spelling={"numpy": "np.abs(x)", key: "np.__name__"})
        if key == "numpy":
            op = replace(op, spelling={key: "np.__name__"})
        names = prepare(CUPY, op, operands(op, 16, "float32", seed=1))
        assert evaluate(CUPY.statement(op, Span.CALL), names) == library


def test_a_conversion_moves_and_copies_nothing_more() -> None:
    assert CUPY.statement(OPS["from_numpy"], Span.CALL).splitlines() == ["x = cupy.asarray(x_host)", "x"]
    assert CUPY.statement(OPS["to_numpy"], Span.CALL) == "(x).get()"


@pytest.mark.usefixtures("cupy")
def test_an_operand_of_a_call_is_a_copy() -> None:
    host = operands(OPS["abs"], 16, "float32", seed=1)
    names = prepare(CUPY, OPS["abs"], host)
    assert not np.shares_memory(names["x"], host.arrays["x"])


def test_a_round_trip_through_pinned_memory_is_skipped_with_its_reason() -> None:
    settings = checked(Settings(backends=("cupy",), min_size=16, max_size=16, pinned=True))
    planned = plan(OPS["abs"], settings, Means(memory=10**12))
    (cell,) = planned.skipped
    assert (cell.case.backend, cell.case.span) == ("cupy", Span.ROUND_TRIP)
    assert cell.reason == "CuPy's round trips go through pageable memory; leave --pinned away"


def test_it_is_measured_on_request_only() -> None:
    assert "cupy" not in USUAL
    assert backend_named("old@cupy") == replace(CUPY, name="old@cupy")


def test_what_is_missing_is_told(cupy: Cupy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CUPY.missing() == ""
    cupy.cuda.runtime.getDeviceCount = lambda: 0
    assert CUPY.missing() == "CuPy finds no CUDA device"

    def fails() -> None:
        raise RuntimeError("cudaErrorInsufficientDriver: the driver is too old")

    cupy.cuda.runtime.getDeviceCount = fails
    assert CUPY.missing() == ("CuPy finds no CUDA device: cudaErrorInsufficientDriver: the driver is too old")
    monkeypatch.setattr("harness.backends.cupy.find_spec", lambda _name: None)
    assert CUPY.missing() == ("CuPy is not installed; add it with pip install cupy-cuda13x, or cupy-cuda12x")


def test_the_device_tells_its_memory_and_its_uuid_if_all_of_it(cupy: Cupy) -> None:
    assert CUPY.free_memory() == 10
    assert CUPY.uuid() == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    cupy.properties["uuid"] = UUID[:3]  # CuPy cuts it off at a byte of zero
    assert CUPY.uuid() is None


@pytest.mark.parametrize(
    ("kind", "text", "lasting"),
    [
        ("CUDARuntimeError", "cudaErrorIllegalAddress: an illegal memory access was encountered", True),
        ("CUDADriverError", "CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure", True),
        ("CUDARuntimeError", "cudaErrorMemoryAllocation: out of memory", False),
        ("OutOfMemoryError", "Out of memory allocating 1,024 bytes", False),
        ("ValueError", "shapes differ", False),
    ],
)
def test_errors_of_the_device_are_told_apart(kind: str, text: str, *, lasting: bool) -> None:
    assert CUPY.is_lasting(type(kind, (RuntimeError,), {})(text)) is lasting


def test_copies_of_operands_cannot_be_part_of_a_row_of_calls() -> None:
    with pytest.raises(UnmeasurableError, match="its operands are copied for every call"):
        CUPY.timed("x", Span.DEVICE, {}, fresh=("x",))
