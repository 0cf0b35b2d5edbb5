"""The doctor: what scripted readings mean, and that this machine can be read."""

from dataclasses import replace
from pathlib import Path

import pynvml
import pytest

from harness.machine.conditions import Gpu, Readings, read
from harness.machine.doctor import Check, Health, diagnose, warnings
from harness.machine.interference import Busy

QUIET = Readings(
    busy=Busy(pressure=0.0, others=0.01, stolen=0.0),
    processors=8,
    affinity=8,
    environment={},
    governors=frozenset({"performance"}),
    boost=False,
    smt=False,
    huge_pages="madvise",
    on_battery=False,
    gpus=(Gpu(index=0, name="a GPU", persistent=True, clock_rights=True, top_clock=1980, others=0),),
)


def check(readings: Readings, name: str) -> Check:
    (found,) = (check for check in diagnose(readings) if check.name == name)
    return found


def test_a_quiet_machine_gets_nothing_but_ok() -> None:
    assert {check.verdict for check in diagnose(QUIET)} == {Health.OK}
    assert warnings(QUIET) == []


@pytest.mark.parametrize(
    ("name", "changes", "found", "mend"),
    [
        ("other runs", {"busy": Busy(runs=(7, 9))}, "process 7, 9", "one run at a time"),
        (
            "other processes",
            {"busy": Busy(others=1.5, names=("blender (process 7): 150%",))},
            "1.50 processors used, by blender (process 7): 150%",
            "`top`",
        ),
        ("waiting threads", {"busy": Busy(pressure=0.4)}, "40%", "/proc/pressure/cpu"),
        ("hypervisor", {"busy": Busy(stolen=0.05)}, "5.0%", "`vmstat 1`"),
        ("processor's pace", {"busy": Busy(slowed=0.4)}, "40%", "a machine of its own"),
        ("swap", {"swap": 3 * 2**20}, "3 MiB", "`sudo swapoff -a && sudo swapon -a`"),
        (
            "thread variables",
            {"environment": {"OMP_NUM_THREADS": "1"}},
            "OMP_NUM_THREADS=1",
            "`unset OMP_NUM_THREADS`",
        ),
        ("thread variables", {"environment": {"OMP_NUM_THREADS": "4,2"}}, "=4,2", "`unset OMP_NUM_THREADS`"),
        ("affinity", {"affinity": 2}, "2 of 8 processors", "`taskset --cpu-list --pid 0-7 $$`"),
        ("processor quota", {"quota": 1.5}, "1.5 processors", "`--cpus`"),
        (
            "frequency governor",
            {"governors": frozenset({"powersave", "performance"})},
            "performance, powersave",
            "cpupower frequency-set --governor performance",
        ),
        ("turbo", {"boost": True}, "on", "intel_pstate/no_turbo"),
        ("two threads per core", {"smt": True}, "on", "smt/control"),
        ("huge pages", {"huge_pages": "always"}, "always", "transparent_hugepage/enabled"),
        ("huge pages", {"huge_pages": "never"}, "never", "transparent_hugepage/enabled"),
        ("power", {"on_battery": True}, "from a battery", "plug the power supply in"),
        (
            "GPU 1 persistence",
            {"gpus": (Gpu(index=1, name="a GPU", persistent=False),)},
            "off",
            "nvidia-smi --id=1 --persistence-mode=1",
        ),
        (
            "GPU 0 clocks",
            {"gpus": (Gpu(index=0, name="a GPU", clock_rights=False, top_clock=1980),)},
            "may not fix them",
            "--lock-gpu-clocks=1980",
        ),
        ("GPU 0 other processes", {"gpus": (Gpu(index=0, name="a GPU", others=2),)}, "2", "`nvidia-smi`"),
    ],
)
def test_what_could_spoil_a_measurement_is_told_with_its_remedy(
    name: str, changes: dict[str, object], found: str, mend: str
) -> None:
    told = check(replace(QUIET, **changes), name)  # type: ignore[arg-type] # fields of Readings
    assert told.verdict is Health.COULD_SPOIL
    assert found in told.found
    assert mend in told.mend
    assert told.harm


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("waiting threads", {"busy": Busy(pressure=None)}),
        ("hypervisor", {"busy": Busy(stolen=None)}),
        ("frequency governor", {"governors": None}),
        ("turbo", {"boost": None}),
        ("two threads per core", {"smt": None}),
        ("huge pages", {"huge_pages": None}),
        ("GPU 0 persistence", {"gpus": (Gpu(index=0, name="a GPU"),)}),
        ("GPU 0 clocks", {"gpus": (Gpu(index=0, name="a GPU"),)}),
    ],
)
def test_what_cannot_be_read_is_neither_well_nor_ill(name: str, changes: dict[str, object]) -> None:
    told = check(replace(QUIET, **changes), name)  # type: ignore[arg-type] # fields of Readings
    assert (told.verdict, told.harm, told.mend) == (Health.UNREADABLE, "", "")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("thread variables", {"environment": {"OMP_NUM_THREADS": "8"}}),
        ("processor quota", {"quota": 8.0}),
        ("swap", {"swap": 4096}),
        ("power", {"on_battery": None}),
    ],
)
def test_what_limits_nothing_is_well(name: str, changes: dict[str, object]) -> None:
    assert check(replace(QUIET, **changes), name).verdict is Health.OK  # type: ignore[arg-type] # fields of Readings


def test_a_run_warns_of_the_moment_and_of_limits_and_not_of_how_the_machine_is_set() -> None:
    ill = replace(QUIET, busy=Busy(pressure=0.5), environment={"MKL_NUM_THREADS": "1"}, boost=True)
    moment, limit = warnings(ill)
    assert moment == "waiting threads: in 50% of the last 10 s; there is more work than processors"
    assert limit.startswith("thread variables: MKL_NUM_THREADS=1; libraries get fewer threads than")


@pytest.mark.parametrize(
    ("switch", "text", "boost"),
    [("cpufreq/boost", "1", True), ("intel_pstate/no_turbo", "1", False), ("cpufreq/other", "1", None)],
)
def test_the_kernels_settings_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str, text: str, *, boost: bool | None
) -> None:
    monkeypatch.setattr("harness.machine.conditions.look", Busy)
    cpu = tmp_path / "sys/devices/system/cpu"
    files = {
        cpu / "cpu0/cpufreq/scaling_governor": "performance\n",
        cpu / "cpu11/cpufreq/scaling_governor": "powersave\n",
        cpu / "smt/active": "1\n",
        cpu / switch: f"{text}\n",
        tmp_path / "sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    found = read(tmp_path)
    assert found.governors == frozenset({"performance", "powersave"})
    assert (found.boost, found.smt, found.huge_pages) == (boost, True, "always")


def test_what_the_driver_says_of_a_gpu_is_read_and_what_it_refuses_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The driver is scripted: it knows the GPU's name and clocks, and not its processes."""

    def refuse(_handle: object) -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    answers = {
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda _handle: "a GPU",
        "nvmlDeviceGetPersistenceMode": lambda _handle: 0,
        "nvmlDeviceGetAPIRestriction": lambda _handle, _what: 1,
        "nvmlDeviceGetMaxClockInfo": lambda _handle, _what: 1980,
        "nvmlDeviceGetComputeRunningProcesses": refuse,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(pynvml, name, answer)
    monkeypatch.setattr("harness.machine.conditions.look", Busy)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    expected = Gpu(index=0, name="a GPU", persistent=False, clock_rights=False, top_clock=1980, others=None)
    assert read().gpus == (expected,)


def test_this_machine_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    readings = read()
    assert readings.environment["OMP_NUM_THREADS"] == "1"
    assert 1 <= readings.affinity <= readings.processors
    assert readings.busy.others >= 0
    checks = diagnose(readings)
    assert len({check.name for check in checks}) == len(checks) >= 13
    assert all(check.found for check in checks)
