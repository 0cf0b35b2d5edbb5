"""Part 6: what timeit, torch.utils.benchmark and pyperf read on the same calls, and how long they take."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import fmean, median, variance
from typing import NamedTuple

from harness.errors import MeasureError
from harness.statistics.confidence import t_quantile
from harness.statistics.multiple_comparisons import agreeing_share
from harness.units import ratio
from harness.validation.calls import OURS, Call, request
from harness.validation.check import Check
from harness.validation.trials import Say

PART = "peers"
BAND = 0.03
"""Relative difference that no interval has to tell."""
CALLS = tuple(
    Call(library=library, function=function, n=n)
    for function, n, library in product(("abs", "sin", "mean"), (16, 1024, 65536), ("numpy", "torch"))
)
QUICK_CALLS = tuple(Call(library=library, function="abs", n=1024) for library in ("numpy", "torch"))
ROUNDS = 3
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LIMIT = 900.0  # seconds after which a process of a peer hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    What one timer read of one call.

    Attributes
    ----------
    medians : tuple of float
        Seconds per call, one per process.
    needed : float
        Seconds that this took.
    """

    medians: tuple[float, ...]
    needed: float


def peers(say: Say, *, quick: bool) -> list[Check]:
    """
    Give the same calls on one thread to the other timers.

    Parameters
    ----------
    say : callable
        Told what is being done.
    quick : bool
        Whether to take two calls only, and for pyperf one.

    Returns
    -------
    list of Check

    Raises
    ------
    MeasureError
        If a process fails.
    """
    calls = QUICK_CALLS if quick else CALLS
    found: list[list[dict[str, tuple[float, float]]]] = []
    for order in range(ROUNDS):
        say(f"{PART}: {len(calls)} calls by three timers, process {order + 1} of {ROUNDS}")
        words = ["-m", "harness.validation.calls", "3" if quick else "5"]
        found.append(json.loads(_python(words, request(calls, order))))
    readings = {
        name: [
            Reading(
                medians=tuple(process[at][name][0] for process in found),
                needed=sum(process[at][name][1] for process in found),
            )
            for at in range(len(calls))
        ]
        for name in found[0][0]
    }
    ours = readings.pop(OURS)
    checks = [
        check
        for name, other in readings.items()
        for check in agreement(name, calls, ours, other, paired=True)
    ]
    return [*checks, *against_pyperf(calls[: 1 if quick else None], ours, say)]


def against_pyperf(calls: Sequence[Call], ours: Sequence[Reading], say: Say) -> list[Check]:
    """
    Give calls to pyperf, or say why not.

    Parameters
    ----------
    calls : sequence of Call
        What is timed.
    ours : sequence of Reading
        What the harness read of them.
    say : callable
        Told what is being done.

    Returns
    -------
    list of Check

    Raises
    ------
    MeasureError
        If it fails.
    """
    if find_spec("pyperf") is None:
        reason = "skipped: pyperf is not installed; `pip install '.[validate]'`"
        return [Check(part=PART, name=_name("pyperf"), measured=math.nan, unit="share", detail=reason)]
    say(f"{PART}: {len(calls)} calls by pyperf")
    return agreement("pyperf", calls, ours, [by_pyperf(call) for call in calls], paired=False)


def by_pyperf(call: Call) -> Reading:
    """
    Return what ``pyperf timeit`` reads of a call, in processes of its own.

    Parameters
    ----------
    call : Call
        What is timed.

    Returns
    -------
    Reading

    Raises
    ------
    MeasureError
        If it fails.
    """
    import pyperf

    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="harness-validate-") as folder:
        path = Path(folder) / "pyperf.json"
        words = ["-m", "pyperf", "timeit", "--quiet", "--processes", str(ROUNDS), "--values", "3"]
        words += ["--inherit-environ", ",".join(_THREADS), "--output", str(path)]
        _python([*words, "--setup", call.setup, call.statement])
        runs = pyperf.Benchmark.load(str(path)).get_runs()
    medians = tuple(median(run.values) for run in runs if run.values)
    return Reading(medians=medians, needed=time.perf_counter() - began)


def agreement(
    name: str, calls: Sequence[Call], ours: Sequence[Reading], other: Sequence[Reading], *, paired: bool
) -> list[Check]:
    """
    Return on how many calls another timer agrees with the harness, and how it does over all of them.

    Parameters
    ----------
    name : str
        The other timer.
    calls : sequence of Call
        What was timed.
    ours, other : sequence of Reading
        In the order of the calls.
    paired : bool
        Whether both took turns in the same processes, so that what a process does to both cancels.

    Returns
    -------
    list of Check
    """
    ratios = [_log_ratio(a, b, paired=paired) for a, b in zip(other, ours, strict=False)]
    logs, errors, freedom = zip(*ratios, strict=True)
    at = max(range(len(ratios)), key=lambda index: abs(ratios[index].log))
    call, found = calls[at], ratios[at]
    half = t_quantile(found.freedom) * found.error
    low, high = ratio(math.exp(found.log - half)), ratio(math.exp(found.log + half))
    furthest = f"{call.statement} at {call.n}: {ratio(math.exp(found.log))} ({low} to {high})"
    needed, own = (sum(r.needed for r in readings[: len(calls)]) for readings in (other, ours))
    return [
        Check(
            part=PART,
            name=_name(name),
            measured=agreeing_share(logs, errors, freedom, BAND),
            unit="share",
            low=1.0,
            detail=f"{len(calls)} calls; furthest {furthest}",
        ),
        Check(
            part=PART,
            # Wide intervals agree with anything; over all calls there is no such excuse.
            name=f"time by {name} over the harness's, geometric mean",
            measured=math.exp(fmean(logs)),
            unit="ratio",
            low=1 - BAND,
            high=1 + BAND,
            detail=f"{name} needed {needed:.1f} s, the harness {own:.1f} s",
        ),
    ]


def _name(peer: str) -> str:
    return f"calls that {peer} times within 3 %, but for chance"


class _Ratio(NamedTuple):
    """A log ratio, its standard error and the degrees of freedom of that."""

    log: float
    error: float
    freedom: float


def _log_ratio(other: Reading, ours: Reading, *, paired: bool) -> _Ratio:
    """Return the mean log ratio of two readings; Welch's where they are of different processes."""
    a, b = ([math.log(value) for value in reading.medians] for reading in (other, ours))
    if paired:
        both = [x - y for x, y in zip(a, b, strict=True)]
        return _Ratio(fmean(both), math.sqrt(variance(both) / len(both)), len(both) - 1)
    first, second = variance(a) / len(a), variance(b) / len(b)
    terms = first**2 / (len(a) - 1) + second**2 / (len(b) - 1)
    freedom = (first + second) ** 2 / terms if terms else len(a) + len(b) - 2
    return _Ratio(fmean(a) - fmean(b), math.sqrt(first + second), freedom)


def _python(words: Sequence[str], text: str = "") -> str:
    """Run this interpreter on one thread and return its output."""
    environment: Mapping[str, str] = os.environ | dict.fromkeys(_THREADS, "1")
    try:
        done = subprocess.run(
            [sys.executable, *words],
            input=text,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise MeasureError(
            f"{' '.join(words[:3])} took longer than {_LIMIT:g} s; is the machine busy?"
        ) from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise MeasureError(f"{' '.join(words[:3])} failed: {last}") from error
    return done.stdout
