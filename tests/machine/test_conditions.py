"""What is read of a computer: of a scripted one, and of this one."""

from pathlib import Path

import pytest

from harness.machine.conditions import read
from harness.machine.doctor import diagnose
from harness.machine.interference import Interference


@pytest.mark.parametrize(
    ("switch", "text", "boost"),
    [("cpufreq/boost", "1", True), ("intel_pstate/no_turbo", "1", False), ("cpufreq/other", "1", None)],
)
def test_the_kernels_settings_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str, text: str, *, boost: bool | None
) -> None:
    monkeypatch.setattr("harness.machine.conditions.look", Interference)
    cpu = tmp_path / "sys/devices/system/cpu"
    files = {
        cpu / "cpu0/cpufreq/scaling_governor": "performance\n",
        cpu / "cpu11/cpufreq/scaling_governor": "powersave\n",
        cpu / "smt/active": "1\n",
        cpu / switch: f"{text}\n",
        tmp_path / "sys/devices/system/node/node2/cpulist": "0-4096\n",
        tmp_path / "sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    readings = read(tmp_path)
    assert readings.governors == frozenset({"performance", "powersave"})
    assert (readings.boost, readings.smt, readings.huge_pages) == (boost, True, "always")
    assert readings.numa_nodes == (2,)


def test_this_machine_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    readings = read()
    assert readings.environment["OMP_NUM_THREADS"] == "1"
    assert 1 <= readings.affinity <= readings.processors
    assert readings.interference.load >= 0
    diagnoses = diagnose(readings)
    assert len({diagnosis.name for diagnosis in diagnoses}) == len(diagnoses) >= 13
    assert all(diagnosis.reading for diagnosis in diagnoses)


@pytest.mark.parametrize(("version", "wsl"), [("5.15.90.1-microsoft-standard-WSL2", True), ("6.8.0", False)])
def test_windows_below_and_bound_threads_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, wsl: bool
) -> None:
    monkeypatch.setattr("harness.machine.conditions.look", Interference)
    for name, value in {"GOMP_CPU_AFFINITY": "0", "OMP_PROC_BIND": "false"}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/version").write_text(f"Linux version {version} (gcc)")
    readings = read(tmp_path)
    assert readings.wsl is wsl
    assert readings.binding == {"GOMP_CPU_AFFINITY": "0"}
