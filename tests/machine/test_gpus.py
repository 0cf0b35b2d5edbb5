"""What is told of GPUs, by a scripted NVML; and which Torch device a name means, by a scripted Torch."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pynvml
import pytest
import torch

from harness.asv.catalogue import declared_ops
from harness.backends.table import backend_named
from harness.backends.torch_device import (
    TorchDevice,
    is_lasting,
    ran_out_of_memory,
    resolve,
)
from harness.machine import gpus
from harness.model import Span
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.timing.device_clock import WAIT
from harness.timing.loop import UnmeasurableError
from tests.support.projects import PROJECT

UUIDS = ("5fd4f1b2-aaaa", "77777777-bbbb")


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give NVML two GPUs, of which the second tells nothing but its name."""

    def per_gpu(answer: Any) -> Any:  # noqa: ANN401 - what NVML would answer
        def ask(handle: int, *_words: object) -> Any:  # noqa: ANN401 - as above
            if handle == 1:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            return answer

        return ask

    def clock(_handle: int, which: int) -> int:
        return {pynvml.NVML_CLOCK_SM: 1980, pynvml.NVML_CLOCK_MEM: 2619}[which]

    for name, answer in {
        "UUID": f"GPU-{UUIDS[0]}",
        "PciInfo": SimpleNamespace(busId="0000:01:00.0"),
        "MemoryInfo": SimpleNamespace(total=80 * 2**30),
        "EnforcedPowerLimit": 700_000,
        "EccMode": [1, 1],
        "MigMode": [0, 0],
        "CurrPcieLinkGeneration": 4,
        "CurrPcieLinkWidth": 16,
        "MaxPcieLinkGeneration": 5,
        "MaxPcieLinkWidth": 16,
        "PowerUsage": 350_500,
        "Temperature": 61,
        "CurrentClocksThrottleReasons": 0x4 | 0x20,
        "ComputeRunningProcesses": [SimpleNamespace(pid=1, usedGpuMemory=2**30)],
    }.items():
        monkeypatch.setattr(pynvml, f"nvmlDeviceGet{name}", per_gpu(answer))
    for name, answer in {
        "nvmlInit": None,
        "nvmlShutdown": None,
        "nvmlDeviceGetCount": 2,
        "nvmlSystemGetCudaDriverVersion_v2": 13000,
        "nvmlSystemGetDriverVersion": "580.1",
    }.items():
        monkeypatch.setattr(pynvml, name, lambda answer=answer: answer)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda index: index)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByUUID", [f"GPU-{u}" for u in UUIDS].index)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda handle: f"GPU {handle}")
    monkeypatch.setattr(pynvml, "nvmlDeviceGetClockInfo", clock)


@pytest.mark.usefixtures("two_gpus")
def test_a_card_says_what_its_gpu_tells_and_none_for_the_rest() -> None:
    first, second = gpus.cards()
    assert first == {
        "name": "GPU 0",
        "uuid": f"GPU-{UUIDS[0]}",
        "pci": "0000:01:00.0",
        "link": {"generation": 4, "lanes": 16, "most_generation": 5, "most_lanes": 16},
        "memory": 80 * 2**30,
        "power_limit": 700.0,
        "ecc": True,
        "mig": False,
        "driver": "580.1",
        "cuda": "13.0",
    }
    assert second["name"] == "GPU 1"
    assert (second["uuid"], second["ecc"], second["power_limit"]) == (None, None, None)


@pytest.mark.usefixtures("two_gpus")
def test_other_processes_on_a_gpu_are_told() -> None:
    assert gpus.others() == [{"gpu": f"GPU-{UUIDS[0]}", "pid": 1, "memory": 2**30}]


@pytest.mark.usefixtures("two_gpus")
def test_the_state_of_a_gpu_is_in_hertz_degrees_and_watts_with_what_holds_it_down() -> None:
    state = gpus.gauge(UUIDS[0])()
    assert state is not None
    assert (state.sm_clock, state.memory_clock) == (1.98e9, 2.619e9)
    assert (state.temperature, state.power) == (61, 350.5)
    assert state.reasons == "power cap, heat (software)"


@pytest.mark.parametrize("error", [pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED])
def test_without_a_driver_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    def refuse() -> None:
        raise pynvml.NVMLError(error)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)
    assert gpus.cards() == gpus.others() == []
    assert gpus.gauge(UUIDS[0])() is None
    assert gpus.gauge(None)() is None


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
    assert (ran_out_of_memory(error), is_lasting(error)) == (memory, lasting)


@pytest.fixture
def torch_with_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Torch find two CUDA devices."""
    monkeypatch.setattr(torch.version, "cuda", "13.0")
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
            assert backend_named(f"torch-{kind}").missing() == f"Torch finds no {kind} device"


def test_a_device_that_was_lost_tells_no_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_device: str) -> None:
        raise RuntimeError("CUDA error: the device is lost")

    monkeypatch.setattr(torch.cuda, "mem_get_info", lost)
    assert backend_named("torch-cuda").free_memory() is None


def test_a_round_trip_through_pinned_memory_waits_before_it_reads_the_result() -> None:
    """On the CPU, with a device that counts the waits; only the memory is not pinned here."""
    waits = list[str]()
    op = declared_ops(PROJECT)["backward"]
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


def test_a_cache_is_written_over_by_as_many_bytes_as_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[torch.Tensor]()

    def empty(size: int, *, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        assert device.type == "cuda"
        made.append(torch.ones(size, dtype=dtype))
        return made[-1]

    monkeypatch.setattr(torch, "empty", empty)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda _device: SimpleNamespace(L2_cache_size=4096)
    )
    device = TorchDevice("cuda")
    for _ in range(2):
        device.flush()
        assert [(own.nbytes, int(own.sum())) for own in made] == [(4096, 0)]
        made[0].fill_(1)


def test_a_device_that_does_not_tell_the_size_of_its_cache_has_no_cold_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _device: SimpleNamespace())
    with pytest.raises(UnmeasurableError, match="does not tell how large its L2 cache is"):
        TorchDevice("cuda").flush()


@pytest.mark.cuda
def test_on_a_gpu_a_round_trip_through_pinned_memory_arrives() -> None:
    op, chosen = declared_ops(PROJECT)["abs"], backend_named("torch-cuda", pinned=True)
    host = operands(op, 4096, "float32", seed=1)
    names = chosen.namespace(op, host)
    assert names["x_pinned"].is_pinned()
    assert evaluate(chosen.statement(op, Span.ROUND_TRIP), names).tolist() == np.abs(host["x"]).tolist()
