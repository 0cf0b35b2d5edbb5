"""What would spoil a measurement on this computer, and how to mend it; it judges values and reads nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.machine.conditions import Gpu, Readings
from harness.machine.interference import OTHERS, PRESSURE, SLOW, STOLEN

SWAP = 2**20
"""Bytes in use from which on swap is worth a word."""


class Health(StrEnum):
    """What a reading means for a measurement."""

    OK = "ok"
    COULD_SPOIL = "could spoil"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One thing that was looked at.

    Attributes
    ----------
    name : str
        What it is.
    found : str
        What was read.
    health : Health
        What this means.
    harm : str
        How it spoils a measurement; empty unless it could.
    mend : str
        What to do, as a command where there is one; empty unless it could spoil.
    """

    name: str
    found: str
    verdict: Health
    harm: str = ""
    mend: str = ""


def diagnose(readings: Readings) -> list[Check]:
    """
    Judge what was read.

    Parameters
    ----------
    readings : Readings
        From `harness.machine.conditions.read`.

    Returns
    -------
    list of Check
        What passes in a moment first, then what is set, then the GPUs.
    """
    return [*_moment(readings), *_allowance(readings), *_settings(readings), *_gpus(readings.gpus)]


def warnings(readings: Readings) -> list[str]:
    """
    Return what a run that begins now has to say: what others take, and what it may use itself.

    Parameters
    ----------
    readings : Readings
        From `harness.machine.conditions.read`.

    Returns
    -------
    list of str
        A sentence each; empty on a quiet host without limits. How a machine is set stays out of it: that is
        the same for every run and for `diagnose` to tell.
    """
    checks = (*_moment(readings), *_allowance(readings))
    bad = (check for check in checks if check.verdict is Health.COULD_SPOIL)
    return [f"{check.name}: {check.found}; {check.harm}" for check in bad]


def _check(name: str, found: str | None, *, bad: bool, harm: str, mend: str) -> Check:
    """Return a check; `found` is None where nothing could be read."""
    if found is None:
        return Check(name=name, found="this system does not say", verdict=Health.UNREADABLE)
    if bad:
        return Check(name=name, found=found, verdict=Health.COULD_SPOIL, harm=harm, mend=mend)
    return Check(name=name, found=found, verdict=Health.OK)


def _moment(readings: Readings) -> Iterator[Check]:
    """Yield what others take just now."""
    busy = readings.busy
    yield _check(
        "other runs",
        f"process {', '.join(map(str, busy.runs))}" if busy.runs else "none",
        bad=bool(busy.runs),
        harm="each disturbs the other",
        mend="wait for its end; one run at a time on a machine",
    )
    yield _check(
        "other processes",
        f"{busy.others:.2f} processors used" + (f", by {', '.join(busy.names)}" if busy.names else ""),
        bad=busy.others >= OTHERS,
        harm="they take processors away, so cells turn noisy",
        mend="`top` (on Windows `taskmgr`) shows them; end them or wait",
    )
    yield _check(
        "waiting threads",
        None if busy.pressure is None else f"in {busy.pressure:.0%} of the last 10 s",
        bad=busy.pressure is not None and busy.pressure >= PRESSURE,
        harm="there is more work than processors",
        mend="`cat /proc/pressure/cpu` until avg10 is below 10",
    )
    yield _check(
        "hypervisor",
        None if busy.stolen is None else f"took {busy.stolen:.1%} of the processors' time",
        bad=busy.stolen is not None and busy.stolen >= STOLEN,
        harm="other virtual machines take processors away",
        mend="another hour or a machine of its own; `vmstat 1` shows it in the column st",
    )
    yield _check(
        "processor's pace",
        f"slower than it can be in {busy.slowed:.0%} of a look",
        bad=busy.slowed >= SLOW,
        harm="its core has another user, perhaps of another virtual machine, or its clock falls",
        mend="a machine of its own; on your own, end what else computes and look at heat and power limits",
    )
    yield _check(
        "swap",
        f"{readings.swap / 2**20:.0f} MiB in use",
        bad=readings.swap >= SWAP,
        harm="a page of an operand may have to come from disk",
        mend="close what needs the memory, then `sudo swapoff -a && sudo swapon -a`",
    )


def _allowance(readings: Readings) -> Iterator[Check]:
    """Yield what this process may use."""
    variables = readings.environment
    yield _check(
        "thread variables",
        ", ".join(f"{name}={value}" for name, value in variables.items()) or "none is set",
        bad=any(_threads(value) < readings.affinity for value in variables.values()),
        harm="libraries get fewer threads than there are processors, and not all heed the same variable",
        mend=f"`unset {' '.join(variables)}`",
    )
    yield _check(
        "affinity",
        f"{readings.affinity} of {readings.processors} processors",
        bad=readings.affinity < readings.processors,
        harm="figures of all threads are those of a smaller machine",
        mend=f"`taskset --cpu-list --pid 0-{readings.processors - 1} $$`, or lift the container's cpuset",
    )
    yield _check(
        "processor quota",
        "none" if readings.quota is None else f"the time of {readings.quota:g} processors",
        bad=readings.quota is not None and readings.quota < readings.affinity,
        harm="threads are halted together whenever they have used it up",
        mend="start the container without `--cpus`, the service without CPUQuota, the pod without a limit",
    )


def _settings(readings: Readings) -> Iterator[Check]:
    """Yield how the processors, the memory and the power are set."""
    governors = readings.governors
    yield _check(
        "frequency governor",
        None if governors is None else ", ".join(sorted(governors)),
        bad=governors is not None and governors != {"performance"},
        harm="clocks follow the load, so the first calls are slow",
        mend="`sudo cpupower frequency-set --governor performance`",
    )
    yield _check(
        "turbo",
        None if readings.boost is None else "on" if readings.boost else "off",
        bad=readings.boost is True,
        harm="clocks depend on heat and on how many cores work",
        mend="`echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost`, with Intel's driver "
        "`echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo`",
    )
    yield _check(
        "two threads per core",
        None if readings.smt is None else "on" if readings.smt else "off",
        bad=readings.smt is True,
        harm="two threads on a core slow each other down",
        mend="`echo off | sudo tee /sys/devices/system/cpu/smt/control`",
    )
    pages = readings.huge_pages
    yield _check(
        "huge pages",
        pages,
        bad=pages != "madvise",
        harm="never: NumPy does not get those it asks for"
        if pages == "never"
        else "whether an output gets them depends on what ran before",
        mend="`echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled`",
    )
    yield _check(
        "power",
        {True: "from a battery", False: "from the mains", None: "no battery"}[readings.on_battery],
        bad=readings.on_battery is True,
        harm="clocks are lowered to save energy",
        mend="plug the power supply in",
    )


def _gpus(gpus: tuple[Gpu, ...]) -> Iterator[Check]:
    """Yield what the driver says of every GPU."""
    for gpu in gpus:
        label = f"GPU {gpu.index}"
        yield _check(
            f"{label} persistence",
            None if gpu.persistent is None else "on" if gpu.persistent else "off",
            bad=gpu.persistent is False,
            harm="the driver is loaded anew for every process, which costs seconds",
            mend=f"`sudo nvidia-smi --id={gpu.index} --persistence-mode=1`",
        )
        yield _check(
            f"{label} clocks",
            None
            if gpu.clock_rights is None
            else f"this user may{'' if gpu.clock_rights else ' not'} fix them",
            bad=gpu.clock_rights is False,
            harm="they follow load, heat and power",
            mend=f"`sudo nvidia-smi --id={gpu.index} --lock-gpu-clocks={gpu.top_clock or 'MHZ'}`, afterwards "
            "`--reset-gpu-clocks`",
        )
        yield _check(
            f"{label} other processes",
            None if gpu.others is None else str(gpu.others),
            bad=bool(gpu.others),
            harm="they take the GPU and its memory",
            mend="`nvidia-smi` shows them; end them or wait",
        )


def _threads(value: str) -> int:
    """Return the number of threads that the value of a variable stands for; the outermost of a nest."""
    first = value.partition(",")[0].strip()
    return int(first) if first.isdigit() else 0
