"""The doctor: what scripted readings mean."""

from dataclasses import replace

import pytest

from harness.machine.conditions import Readings
from harness.machine.doctor import Diagnosis, Health, diagnose, warning
from harness.machine.gpus import GpuSettings
from harness.machine.interference import Interference

QUIET = Readings(
    interference=Interference(pressure=0.0, load=0.01, steal=0.0),
    processors=8,
    affinity=8,
    environment={},
    governors=frozenset({"performance"}),
    boost=False,
    smt=False,
    huge_pages="madvise",
    on_battery=False,
    gpus=(GpuSettings(index=0, persistent=True, clock_rights=True, top_clock=1980, processes=0),),
)


def diagnosed(readings: Readings, name: str) -> Diagnosis:
    (diagnosis,) = (diagnosis for diagnosis in diagnose(readings) if diagnosis.name == name)
    return diagnosis


def test_a_quiet_machine_gets_nothing_but_ok() -> None:
    assert {diagnosis.health for diagnosis in diagnose(QUIET)} == {Health.OK}
    assert warning(QUIET) == ""


@pytest.mark.parametrize(
    ("name", "changes", "reading", "mend"),
    [
        ("other runs", {"interference": Interference(runs=(7, 9))}, "process 7, 9", "one run at a time"),
        (
            "other processes",
            {"interference": Interference(load=1.5, busiest=("blender (process 7): 150%",))},
            "1.50 processors used, by blender (process 7): 150%",
            "`top`",
        ),
        ("waiting threads", {"interference": Interference(pressure=0.4)}, "40%", "/proc/pressure/cpu"),
        ("hypervisor", {"interference": Interference(steal=0.05)}, "5.0%", "`vmstat 1`"),
        ("processor's pace", {"interference": Interference(slowed=0.4)}, "40%", "a machine of its own"),
        ("swap", {"swap": 3 * 2**20}, "3 MiB", "`sudo swapoff -a && sudo swapon -a`"),
        (
            "thread variables",
            {"environment": {"OMP_NUM_THREADS": "1"}},
            "OMP_NUM_THREADS=1",
            "`unset OMP_NUM_THREADS`",
        ),
        ("thread variables", {"environment": {"OMP_NUM_THREADS": "4,2"}}, "=4,2", "`unset OMP_NUM_THREADS`"),
        (
            "thread binding",
            {"binding": {"GOMP_CPU_AFFINITY": "0"}},
            "GOMP_CPU_AFFINITY=0",
            "`unset GOMP_CPU_AFFINITY`",
        ),
        ("affinity", {"affinity": 2}, "2 of 8 processors", "`taskset --cpu-list --pid 0-7 $$`"),
        ("processor quota", {"quota": 1.5}, "1.5 processors", "`--cpus`"),
        (
            "frequency governor",
            {"governors": frozenset({"powersave", "performance"})},
            "performance, powersave",
            "cpupower frequency-set --governor performance",
        ),
        (
            "NUMA nodes",
            {"numa_nodes": (0, 3)},
            "0, 3",
            "`numactl --cpunodebind=0 --membind=0 harness run`",
        ),
        (
            "kinds of cores",
            {"core_kinds": ("cpu_core 0-11", "cpu_atom 12-19")},
            "cpu_core 0-11 and cpu_atom 12-19",
            "`taskset --cpu-list 0-11 harness run`",
        ),
        ("Windows", {"wsl": True}, "Subsystem for Linux", ".wslconfig"),
        ("turbo", {"boost": True}, "on", "intel_pstate/no_turbo"),
        ("two threads per core", {"smt": True}, "on", "smt/control"),
        ("huge pages", {"huge_pages": "always"}, "always", "transparent_hugepage/enabled"),
        ("huge pages", {"huge_pages": "never"}, "never", "transparent_hugepage/enabled"),
        ("power", {"on_battery": True}, "from a battery", "plug the power supply in"),
        (
            "GPU 1 persistence",
            {"gpus": (GpuSettings(index=1, persistent=False),)},
            "off",
            "nvidia-smi --id=1 --persistence-mode=1",
        ),
        (
            "GPU 0 clocks",
            {"gpus": (GpuSettings(index=0, clock_rights=False, top_clock=1980),)},
            "may not fix them",
            "--lock-gpu-clocks=1980",
        ),
        ("GPU 0 other processes", {"gpus": (GpuSettings(index=0, processes=2),)}, "2", "`nvidia-smi`"),
    ],
)
def test_what_could_spoil_a_measurement_is_told_with_its_remedy(
    name: str, changes: dict[str, object], reading: str, mend: str
) -> None:
    diagnosis = diagnosed(replace(QUIET, **changes), name)  # type: ignore[arg-type] # fields of Readings
    assert diagnosis.health is Health.COULD_SPOIL
    assert reading in diagnosis.reading
    assert mend in diagnosis.mend
    assert diagnosis.harm


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("waiting threads", {"interference": Interference(pressure=None)}),
        ("hypervisor", {"interference": Interference(steal=None)}),
        ("frequency governor", {"governors": None}),
        ("turbo", {"boost": None}),
        ("two threads per core", {"smt": None}),
        ("huge pages", {"huge_pages": None}),
        ("GPU 0 persistence", {"gpus": (GpuSettings(index=0),)}),
        ("GPU 0 clocks", {"gpus": (GpuSettings(index=0),)}),
    ],
)
def test_what_cannot_be_read_is_neither_well_nor_ill(name: str, changes: dict[str, object]) -> None:
    diagnosis = diagnosed(replace(QUIET, **changes), name)  # type: ignore[arg-type] # fields of Readings
    assert (diagnosis.health, diagnosis.harm, diagnosis.mend) == (Health.UNREADABLE, "", "")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("thread variables", {"environment": {"OMP_NUM_THREADS": "8"}}),
        ("processor quota", {"quota": 8.0}),
        ("swap", {"swap": 4096}),
        ("kinds of cores", {"core_kinds": ()}),
        ("thread binding", {"binding": {}}),
        ("power", {"on_battery": None}),
    ],
)
def test_what_limits_nothing_is_well(name: str, changes: dict[str, object]) -> None:
    assert diagnosed(replace(QUIET, **changes), name).health is Health.OK  # type: ignore[arg-type] # fields of Readings


def test_a_run_warns_in_one_line_of_the_moment_and_of_limits_and_not_of_how_the_machine_is_set() -> None:
    busy = Interference(pressure=0.5, load=1.9, busiest=("python (process 7): 98%",))
    ill = replace(QUIET, interference=busy, environment={"MKL_NUM_THREADS": "1"}, quota=1.0, boost=True)
    assert warning(ill) == (
        "other processes: 1.90 processors used; waiting threads: in 50% of the last 10 s; "
        "thread variables: MKL_NUM_THREADS=1; processor quota: the time of 1 processor"
    )
