"""Whether a device's clock reads the truth: checks whose answer is known beforehand, for `make gpu-check`.

It knows no library: it is given the device and statements that keep it busy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from harness.model import ON_DEVICE, WAITED_FOR, Span
from harness.timing.contender import Contender, Instruments
from harness.timing.device_clock import Device, row_loop, slope_loop, timed_on_device
from harness.timing.loop import Timed, UnmeasurableError
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.validation.check import Check

PART = "device clock"
SPINS = (20_000, 100_000, 500_000, 2_000_000)
"""Units of spinning whose durations have to lie on a straight line."""
RULES = Rules(budget=0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the questions are asked."""

    device: Device
    instruments: Instruments
    names: Mapping[str, Any]
    """What the statements use; ``_device`` is added."""
    clock: Callable[[], float]
    """Seconds of the host."""
    elsewhere: str
    """A statement that spins for `SPINS[-1]` units on another stream than the current one."""
    host: Callable[[int], float]
    """Makes so many calls of the host's own and returns their seconds; the device idles meanwhile."""

    def timed(self, statement: str, span: Span) -> Timed:
        """Return a statement with the clock of its span."""
        names = {**self.names, "_device": self.device}
        return timed_on_device(statement, span, names, self.device, self.clock)

    def seconds(self, *runs: Timed, beside: bool = False) -> list[float]:
        """Return the seconds per call of statements measured together, and with the host's turns between."""
        contenders = [
            Contender(
                backend="device",
                run=run.run,
                floor=run.floor,
                subtract=run.subtract,
                row=run.row,
                ramps=run.ramps,
            )
            for run in runs
        ]
        host = Contender(backend="host", run=self.host, floor=0.0, subtract=True)
        rounds = measure([*contenders, *[host] * beside], RULES, self.instruments, seed=0).rounds
        return [round_median(round_) for round_ in rounds[: len(runs)]]


def checks(setting: Setting) -> list[Check]:
    """Ask all questions that any device can answer."""
    return [
        *_straight_lines(setting),
        *_other_stream(setting),
        _twice_as_many(setting),
        _against_itself(setting),
        *_beside_the_host(setting),
    ]


def ratio_check(name: str, measured: float, expected: float, within: float, detail: str = "") -> Check:
    """Return whether a figure is what it should be, to a relative difference."""
    off = measured / expected - 1
    detail = f"off by {off:+.2%}{detail and f'; {detail}'}"
    return Check(
        part=PART,
        name=name,
        measured=1 + off,
        unit="ratio",
        low=1 - within,
        high=1 + within,
        detail=detail,
    )


def _straight_lines(setting: Setting) -> list[Check]:
    """Spins of known ratios: each span is a straight line in their length, and all have one slope."""
    slopes, lines = {}, []
    for span in (Span.DEVICE, Span.PIPELINED, Span.CALL):
        spins = [setting.seconds(setting.timed(f"_device.spin({units})", span))[0] for units in SPINS]
        slope, intercept = np.polyfit(SPINS, spins, 1, w=1 / np.asarray(spins)).tolist()
        slopes[span] = slope
        lines.append(
            Check(
                part=PART,
                name=f"{span}: off a straight line in the length of a spin",
                measured=max(
                    abs(seconds - slope * units - intercept) / seconds
                    for units, seconds in zip(SPINS, spins, strict=True)
                ),
                unit="share",
                high=0.01,
                detail=f"intercept {intercept * 1e6:.2f} µs",
            )
        )
    return [
        *lines,
        *(ratio_check(f"{s}: slope against device", slopes[s], slopes[Span.DEVICE], 0.01) for s in slopes),
    ]


def _other_stream(setting: Setting) -> list[Check]:
    """Work on another stream is waited for, and events that cannot see it are refused."""
    here = setting.seconds(setting.timed(f"_device.spin({SPINS[-1]})", Span.CALL))[0]
    there = setting.seconds(setting.timed(setting.elsewhere, Span.CALL))[0]
    try:
        setting.timed(setting.elsewhere, Span.DEVICE)
        answer = "it was given a time"
    except UnmeasurableError as error:
        answer = str(error)
    return [
        ratio_check("call: on another stream against the current one", there, here, 0.03),
        Check(
            part=PART,
            name="device: work on another stream is refused",
            measured=float("another stream" in answer),
            unit="share",
            low=1.0,
            detail=answer,
        ),
    ]


def _twice_as_many(setting: Setting) -> Check:
    """Compare the slope over 2 N calls with that over N."""
    names = {**setting.names, "_device": setting.device}
    run = slope_loop(row_loop(f"_device.spin({SPINS[1]})", names, setting.device, setting.clock))
    run(64)
    once, twice = (median(run(number) / number for _ in range(9)) for number in (64, 128))
    return ratio_check("pipelined: over 2 N calls against N", twice, once, 0.02)


def _against_itself(setting: Setting) -> Check:
    """One statement under two names differs by nothing."""
    first, second = setting.seconds(
        *(setting.timed(f"_device.spin({SPINS[1]})", Span.CALL) for _ in range(2))
    )
    return ratio_check("call: A against A", first, second, 0.01)


def _beside_the_host(setting: Setting) -> list[Check]:
    """Interleaved with a backend of the host a span reads as alone."""
    spans = []
    for span in (*WAITED_FOR, *ON_DEVICE):
        run = setting.timed(f"_device.spin({SPINS[1]})", span)
        alone, beside = setting.seconds(run)[0], setting.seconds(run, beside=True)[0]
        spans.append(ratio_check(f"{span}: interleaved with the host against alone", beside, alone, 0.02))
    return spans
