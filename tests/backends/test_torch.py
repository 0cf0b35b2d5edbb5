"""Torch as a backend: what it lacks, which device a name means, what its errors mean, how arrays travel."""

import warnings
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from harness.backends.table import backend_named
from harness.backends.torch import TorchBackend, ran_out_of_memory
from harness.backends.torch_build import TorchBuild
from harness.backends.torch_device import resolve
from harness.model import Span
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.timing.device_clock import WAIT
from tests.support.ops import OPS

UUIDS = ("5fd4f1b2-aaaa", "77777777-bbbb")
CUDA = TorchBackend(name="torch-cuda", device="cuda")


@pytest.fixture
def torch_with_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Torch find two CUDA devices."""
    build = TorchBuild(version="2.13.0+cu130", cuda=True)
    monkeypatch.setattr("harness.backends.torch.installed_torch", lambda: build)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(
        torch.cuda,
        "get_device_properties",
        lambda device: SimpleNamespace(uuid=UUIDS[int(device.partition(":")[2] or 0)]),
    )


@pytest.mark.usefixtures("torch_with_two")
def test_a_uuid_means_the_visible_device_that_has_it() -> None:
    assert resolve(f"cuda:GPU-{UUIDS[1]}") == "cuda:1"
    assert resolve(f"cuda:{UUIDS[1]}") == "cuda:1"
    assert backend_named(f"torch-cuda:GPU-{UUIDS[1]}").uuid() == UUIDS[1]
    assert backend_named(f"torch-cuda:GPU-{UUIDS[1]}").missing() == ""


@pytest.mark.usefixtures("torch_with_two")
@pytest.mark.parametrize("which", ["2", "GPU-00000000"])
def test_a_device_that_is_not_there_is_missing_with_the_number_of_those_that_are(which: str) -> None:
    assert backend_named("torch-cuda:1").missing() == ""
    assert backend_named(f"torch-cuda:{which}").missing() == (
        f"Torch finds no cuda device {which}, only 2 from cuda:0 on"
    )


def test_a_kind_of_device_that_this_machine_lacks_is_missing_with_a_reason() -> None:
    for kind in ("mps", "xpu"):
        if not getattr(torch, kind).is_available():
            assert backend_named(f"torch-{kind}").missing().startswith(f"Torch finds no {kind} device")


NO_DRIVER = "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU"
TOO_OLD = "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver"


@pytest.mark.parametrize("said", [NO_DRIVER, TOO_OLD, "No CUDA GPUs are available"])
@pytest.mark.parametrize("visible", [None, "", "7"])
def test_a_torch_for_cuda_that_finds_no_gpu_says_why_and_what_may_hide_one(
    monkeypatch: pytest.MonkeyPatch, said: str, visible: str | None
) -> None:
    def fails() -> None:
        raise RuntimeError(said)

    def is_available() -> bool:
        warnings.warn(f"CUDA initialization: {said}", stacklevel=1)
        return False

    monkeypatch.setattr(
        "harness.backends.torch.installed_torch", lambda: TorchBuild(version="2.14.1+cu130", cuda=True)
    )
    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    monkeypatch.setattr(torch.cuda, "init", fails)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    hidden = "" if visible is None else f"; the environment has CUDA_VISIBLE_DEVICES={visible!r}"
    expected = f"Torch finds no cuda device: {said.partition('.')[0]}{hidden}"
    assert backend_named("torch-cuda").missing() == expected


def test_a_device_that_was_lost_tells_no_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_device: str) -> None:
        raise RuntimeError("CUDA error: the device is lost")

    monkeypatch.setattr(torch.cuda, "mem_get_info", lost)
    assert backend_named("torch-cuda").free_memory() is None


@pytest.mark.parametrize(
    ("error", "memory", "lasting"),
    [
        (RuntimeError("CUDA error: device-side assert triggered"), False, True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False, True),
        (RuntimeError("HIP error: unspecified launch failure"), False, True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True, False),
        (RuntimeError("CUDA error: out of memory"), True, False),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True, False),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True, False),
        (ValueError("shapes differ"), False, False),
    ],
)
def test_errors_of_a_device_are_told_apart(error: Exception, *, memory: bool, lasting: bool) -> None:
    assert (ran_out_of_memory(error), CUDA.is_lasting(error)) == (memory, lasting)


def test_a_round_trip_moves_the_operands_that_its_text_uses() -> None:
    op = replace(OPS["mm"], spelling={"torch": "torch.zeros(n) + a"})
    assert backend_named("torch-cpu").statement(op, Span.ROUND_TRIP).splitlines() == [
        "a = torch.from_numpy(a_host)",
        "(torch.zeros(n) + a).numpy()",
    ]


def test_a_round_trip_through_pinned_memory_waits_before_it_reads_the_result() -> None:
    """On the CPU, with a device that counts the waits; only the memory is not pinned here."""
    waits = list[str]()
    op = OPS["backward"]
    text = backend_named("torch-cuda", pinned=True).statement(op, Span.ROUND_TRIP)
    names: dict[str, Any] = {
        "torch": torch,
        "device": torch.device("cpu"),
        "v_host": np.array([1.0, 2.0], dtype=np.float32),
        "v_pinned": torch.zeros(2),
        "_device": SimpleNamespace(synchronize=lambda: waits.append("wait")),
    }
    assert evaluate(text, names).tolist() == [1.0, 2.0]
    assert names["v_pinned"].tolist() == [1.0, 2.0]
    assert waits == ["wait"]
    assert text.count("non_blocking=True") == 2
    assert text.splitlines()[-2:] == [WAIT, "_left.numpy()"]


@pytest.mark.parametrize("backend", ["torch-cpu", "torch-cpu-1t"])
@pytest.mark.parametrize("op", OPS)
def test_a_round_trip_ends_as_a_numpy_array(op: str, backend: str) -> None:
    host = operands(OPS[op], 16, "float32", seed=1)
    chosen = backend_named(backend)
    result = evaluate(chosen.statement(OPS[op], Span.ROUND_TRIP), chosen.namespace(OPS[op], host.arrays))
    assert isinstance(result, np.ndarray)


@pytest.mark.cuda
def test_on_a_gpu_a_round_trip_through_pinned_memory_arrives() -> None:
    op, chosen = OPS["abs"], backend_named("torch-cuda", pinned=True)
    host = operands(op, 4096, "float32", seed=1)
    names = chosen.namespace(op, host.arrays)
    assert names["x_pinned"].is_pinned()
    assert (
        evaluate(chosen.statement(op, Span.ROUND_TRIP), names).tolist() == np.abs(host.arrays["x"]).tolist()
    )
