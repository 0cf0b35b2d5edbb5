"""GPUs as a scripted NVML has them."""

from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from harness.machine import gpus

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
        "PersistenceMode": 0,
        "APIRestriction": 1,
        "MaxClockInfo": 1980,
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
    assert gpus.processes() == [{"gpu": f"GPU-{UUIDS[0]}", "pid": 1, "memory": 2**30}]


@pytest.mark.usefixtures("two_gpus")
def test_how_a_gpu_is_set_up_is_read_and_what_the_driver_refuses_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    assert gpus.settings() == [
        gpus.GpuSettings(index=0, persistent=False, clock_rights=False, top_clock=1980, processes=1),
        gpus.GpuSettings(index=1),
    ]
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    assert [gpu.clock_rights for gpu in gpus.settings()] == [True, True]


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
    assert gpus.cards() == gpus.processes() == []
    assert gpus.settings() == []
    assert gpus.gauge(UUIDS[0])() is None
    assert gpus.gauge(None)() is None
