"""What would spoil a measurement on this computer, and how to mend it; it judges values and reads nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.machine.conditions import Readings
from harness.machine.gpus import GpuSettings
from harness.machine.interference import BUSY_LOAD, BUSY_PRESSURE, BUSY_SLOWED, BUSY_STEAL

SWAP = 2**20
"""Bytes in use from which on swap is worth a word."""

_MIXED = 2
"""Kinds of cores from which on it matters which one a thread is on."""


class Health(StrEnum):
    """What a reading means for a measurement."""

    OK = "ok"
    COULD_SPOIL = "could spoil"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What one reading means for a measurement; harm and mend are empty unless it could spoil one."""

    name: str
    reading: str
    health: Health
    harm: str = ""  # how it spoils a measurement
    mend: str = ""  # what to do, as a command where there is one


def diagnose(readings: Readings) -> list[Diagnosis]:
    """Judge what was read: what passes in a moment first, then what is set, then the GPUs."""
    return [*_moment(readings), *_allowance(readings), *_settings(readings), *_gpus(readings.gpus)]


def warning(readings: Readings) -> str:
    """
    Return in one line all that disturbs or limits a run that begins now; empty if nothing does.

    How a machine is set stays out of it: that is the same for every run and for `diagnose` to tell.
    """
    return "; ".join(
        f"{diagnosis.name}: {diagnosis.reading.partition(', by ')[0]}"
        for diagnosis in (*_moment(readings), *_allowance(readings))
        if diagnosis.health is Health.COULD_SPOIL
    )


def _diagnosis(name: str, reading: str | None, *, bad: bool, harm: str, mend: str) -> Diagnosis:
    """Return a diagnosis; `reading` is None where nothing could be read."""
    if reading is None:
        return Diagnosis(name=name, reading="this system does not say", health=Health.UNREADABLE)
    if bad:
        return Diagnosis(name=name, reading=reading, health=Health.COULD_SPOIL, harm=harm, mend=mend)
    return Diagnosis(name=name, reading=reading, health=Health.OK)


def _moment(readings: Readings) -> Iterator[Diagnosis]:
    """Yield what others take just now."""
    interference = readings.interference
    yield _diagnosis(
        "other runs",
        f"process {', '.join(map(str, interference.runs))}" if interference.runs else "none",
        bad=bool(interference.runs),
        harm="each disturbs the other",
        mend="wait for its end; one run at a time on a machine",
    )
    yield _diagnosis(
        "other processes",
        f"{interference.load:.2f} processors used"
        + (f", by {', '.join(interference.busiest)}" if interference.busiest else ""),
        bad=interference.load >= BUSY_LOAD,
        harm="they take processors away, so intervals widen",
        mend="`top` (on Windows `taskmgr`) shows them; end them or wait",
    )
    yield _diagnosis(
        "waiting threads",
        None if interference.pressure is None else f"in {interference.pressure:.0%} of the last 10 s",
        bad=interference.pressure is not None and interference.pressure >= BUSY_PRESSURE,
        harm="there is more work than processors",
        mend="`cat /proc/pressure/cpu` until avg10 is below 10",
    )
    yield _diagnosis(
        "hypervisor",
        None if interference.steal is None else f"took {interference.steal:.1%} of the processors' time",
        bad=interference.steal is not None and interference.steal >= BUSY_STEAL,
        harm="other virtual machines take processors away",
        mend="another hour or a machine of its own; `vmstat 1` shows it in the column st",
    )
    yield _diagnosis(
        "processor's pace",
        f"slower than it can be in {interference.slowed:.0%} of a look",
        bad=interference.slowed >= BUSY_SLOWED,
        harm="its core has another user, perhaps of another virtual machine, or its clock falls",
        mend="a machine of its own; on your own, end what else computes and look at heat and power limits",
    )
    yield _diagnosis(
        "swap",
        f"{readings.swap / 2**20:.0f} MiB in use",
        bad=readings.swap >= SWAP,
        harm="a page of an operand may have to come from disk",
        mend="close what needs the memory, then `sudo swapoff -a && sudo swapon -a`",
    )


def _allowance(readings: Readings) -> Iterator[Diagnosis]:
    """Yield what this process may use."""
    variables = readings.environment
    yield _diagnosis(
        "thread variables",
        ", ".join(f"{name}={value}" for name, value in variables.items()) or "none is set",
        bad=any(_threads(value) < readings.affinity for value in variables.values()),
        harm="libraries get fewer threads than there are processors, and not all heed the same variable",
        mend=f"`unset {' '.join(variables)}`",
    )
    binding = readings.binding
    yield _diagnosis(
        "thread binding",
        ", ".join(f"{name}={value}" for name, value in binding.items()) or "none is set",
        bad=bool(binding),
        harm="Torch may have fewer threads than it says, or several on a processor",
        mend=f"`unset {' '.join(binding)}`",
    )
    yield _diagnosis(
        "affinity",
        f"{readings.affinity} of {readings.processors} processors",
        bad=readings.affinity < readings.processors,
        harm="figures of all threads are those of a smaller machine",
        mend=f"`taskset --cpu-list --pid 0-{readings.processors - 1} $$`, or lift the container's cpuset",
    )
    yield _diagnosis(
        "processor quota",
        "none"
        if readings.quota is None
        else f"the time of {readings.quota:g} processor{'' if readings.quota == 1 else 's'}",
        bad=readings.quota is not None and readings.quota < readings.affinity,
        harm="threads are halted together whenever they have used it up",
        mend="start the container without `--cpus`, the service without CPUQuota, the pod without a limit",
    )


def _settings(readings: Readings) -> Iterator[Diagnosis]:
    """Yield how the processors, the memory and the power are set."""
    governors = readings.governors
    yield _diagnosis(
        "frequency governor",
        None if governors is None else ", ".join(sorted(governors)),
        bad=governors is not None and governors != {"performance"},
        harm="clocks follow the load, so the first calls are slow",
        mend="`sudo cpupower frequency-set --governor performance`",
    )
    yield _diagnosis(
        "turbo",
        None if readings.boost is None else "on" if readings.boost else "off",
        bad=readings.boost is True,
        harm="clocks depend on heat and on how many cores work",
        mend="`echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost`, with Intel's driver "
        "`echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo`",
    )
    yield _diagnosis(
        "two threads per core",
        None if readings.smt is None else "on" if readings.smt else "off",
        bad=readings.smt is True,
        harm="two threads on a core slow each other down",
        mend="`echo off | sudo tee /sys/devices/system/cpu/smt/control`",
    )
    kinds = readings.core_kinds
    yield _diagnosis(
        "kinds of cores",
        "alike, or this system does not say" if len(kinds) < _MIXED else f"{' and '.join(kinds)}",
        bad=len(kinds) >= _MIXED,
        harm="work that is shared out ends with the slowest core, and a thread may be on any",
        mend=f"`taskset --cpu-list {kinds[0].rpartition(' ')[2] if kinds else ''} harness run` measures on "
        "one kind",
    )
    nodes = readings.numa_nodes
    first = min(nodes, default=0)
    yield _diagnosis(
        "NUMA nodes",
        ", ".join(map(str, nodes)) or "one, or this system does not say",
        bad=len(nodes) > 1,
        harm="a thread may be on another node than its operands or the GPU, from where all takes longer",
        mend=f"`numactl --cpunodebind={first} --membind={first} harness run` measures on one; `nvidia-smi "
        "topo -m` says which is a GPU's",
    )
    if readings.wsl:
        yield _diagnosis(
            "Windows",
            "this is its Subsystem for Linux",
            bad=True,
            harm="what Windows does takes processors and sets clocks, and is not seen here",
            mend="end what runs on Windows, set its power mode to best performance, and look at `processors` "
            "in .wslconfig",
        )
    pages = readings.huge_pages
    yield _diagnosis(
        "huge pages",
        pages,
        bad=pages != "madvise",
        harm="never: NumPy does not get those it asks for"
        if pages == "never"
        else "whether an output gets them depends on what ran before",
        mend="`echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled`",
    )
    yield _diagnosis(
        "power",
        {True: "from a battery", False: "from the mains", None: "no battery"}[readings.on_battery],
        bad=readings.on_battery is True,
        harm="clocks are lowered to save energy",
        mend="plug the power supply in",
    )


def _gpus(gpus: tuple[GpuSettings, ...]) -> Iterator[Diagnosis]:
    """Yield what the driver says of every GPU."""
    for gpu in gpus:
        label = f"GPU {gpu.index}"
        yield _diagnosis(
            f"{label} persistence",
            None if gpu.persistent is None else "on" if gpu.persistent else "off",
            bad=gpu.persistent is False,
            harm="the driver is loaded anew for every process, which costs seconds",
            mend=f"`sudo nvidia-smi --id={gpu.index} --persistence-mode=1`",
        )
        yield _diagnosis(
            f"{label} clocks",
            None
            if gpu.clock_rights is None
            else f"this user may{'' if gpu.clock_rights else ' not'} fix them",
            bad=gpu.clock_rights is False,
            harm="they follow load, heat and power",
            mend=f"`sudo nvidia-smi --id={gpu.index} --lock-gpu-clocks={gpu.top_clock or 'MHZ'}`, afterwards "
            "`--reset-gpu-clocks`",
        )
        yield _diagnosis(
            f"{label} other processes",
            None if gpu.processes is None else str(gpu.processes),
            bad=bool(gpu.processes),
            harm="they take the GPU and its memory",
            mend="`nvidia-smi` shows them; end them or wait",
        )


def _threads(value: str) -> int:
    """Return the number of threads that the value of a variable stands for; the outermost of a nest."""
    first = value.partition(",")[0].strip()
    return int(first) if first.isdigit() else 0
