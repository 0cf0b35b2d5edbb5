"""The processors that this process may use, and the share of their time that a control group grants."""

from pathlib import Path

import psutil
import pytest

from harness.machine.processors import affinity, caches, core_kinds, cpu_quota


@pytest.mark.parametrize(
    ("group", "files", "quota"),
    [
        ("0::/a/b", {"a/b/cpu.max": "150000 100000", "a/cpu.max": "max 100000"}, 1.5),
        ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, 0.5),
        ("0::/on/the/host", {"cpu.max": "200000 100000"}, 2.0),
        (
            "3:cpu,cpuacct:/job",
            {"cpu,cpuacct/job/cpu.cfs_quota_us": "25000", "cpu,cpuacct/job/cpu.cfs_period_us": "100000"},
            0.25,
        ),
        ("1:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("4:memory:/", {"memory/cpu.max": "1000 100000"}, None),
        ("", {}, None),
    ],
)
def test_the_quota_is_the_smallest_of_the_groups_around_the_process(
    tmp_path: Path, group: str, files: dict[str, str], quota: float | None
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(group)
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert cpu_quota(tmp_path) == quota


def test_where_the_system_knows_no_affinity_all_processors_may_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert affinity() == set(range(psutil.cpu_count()))


def test_only_the_caches_of_processors_that_may_be_used_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(), raising=False)
    assert caches() == {}


@pytest.mark.parametrize(
    ("files", "may", "kinds"),
    [
        (
            {"cpu_core/cpus": "0-3,8", "cpu_atom/cpus": "4-7"},
            range(9),
            ("cpu_core 0-3,8", "cpu_atom 4-7"),
        ),
        ({"cpu_core/cpus": "0-3", "cpu_atom/cpus": "4-7"}, range(4), ()),  # an affinity to one kind
        (
            {f"system/cpu/cpu{cpu}/cpu_capacity": "1024" if cpu > 3 else "446" for cpu in range(6)},
            range(6),
            ("1024 4-5", "446 0-3"),
        ),
        ({f"system/cpu/cpu{cpu}/cpu_capacity": "1024" for cpu in range(4)}, range(4), ()),
        ({}, range(4), ()),
    ],
)
def test_cores_of_several_kinds_are_told_the_fastest_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    may: range,
    kinds: tuple[str, ...],
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(may), raising=False)
    for name, text in files.items():
        path = tmp_path / "sys/devices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert core_kinds(tmp_path) == kinds
