"""Does the clock of a device read the truth? Checks whose answer is known beforehand, for `make gpu-check`.

It knows no library: it is given the device and statements that keep it busy, and the tests a simulated one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.model import Span
from harness.timing.contender import Contender, Instruments
from harness.timing.device_clock import Device, row_loop, slope_loop, timed_on_device
from harness.timing.loop import Timed, UnmeasurableError
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure

SPINS = (20_000, 100_000, 500_000, 2_000_000)
"""Units of spinning whose durations have to lie on a straight line."""
RULES = Rules(budget=0.2, width=0.002)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One question to the clock.

    Attributes
    ----------
    name : str
        What is asked.
    found, expected : str
        The answer, and what it should be.
    passed : bool
        Whether it is that.
    """

    name: str
    found: str
    expected: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    Where the questions are asked.

    Attributes
    ----------
    device : Device
        Whose clock is asked.
    instruments : Instruments
        Of its host.
    names : mapping
        What the statements use; ``_device`` is added.
    clock : callable
        Seconds of the host.
    elsewhere : str
        A statement that spins for `SPINS[-1]` units on another stream than the current one.
    host : callable
        Make so many calls of the host's own and return their seconds; the device idles meanwhile.
    """

    device: Device
    instruments: Instruments
    names: Mapping[str, Any]
    clock: Callable[[], float]
    elsewhere: str
    host: Callable[[int], float]

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
        found = measure([*contenders, *[host] * beside], RULES, self.instruments, seed=0)
        return [round_median(one) for one in found.rounds[: len(runs)]]


def checks(setting: Setting) -> list[Check]:
    """
    Ask all questions that any device can answer.

    Parameters
    ----------
    setting : Setting
        Where.

    Returns
    -------
    list of Check
    """
    return [
        *_straight_lines(setting),
        *_other_stream(setting),
        _twice_as_many(setting),
        _against_itself(setting),
        *_beside_the_host(setting),
    ]


def ratio(name: str, found: float, expected: float, within: float) -> Check:
    """Return whether a figure is what it should be, to a relative difference."""
    off = found / expected - 1
    return Check(name=name, found=f"{off:+.2%}", expected=f"within {within:.0%}", passed=abs(off) <= within)


def _straight_lines(setting: Setting) -> list[Check]:
    """Spins of known ratios: each span is a straight line in their length, and all have one slope."""
    slopes, found = {}, []
    for span in (Span.DEVICE, Span.PIPELINED, Span.CALL):
        seconds = [setting.seconds(setting.timed(f"_device.spin({units})", span))[0] for units in SPINS]
        slope, intercept = np.polyfit(SPINS, seconds, 1, w=1 / np.asarray(seconds)).tolist()
        slopes[span] = slope
        worst = max(
            abs(one - slope * units - intercept) / one for units, one in zip(SPINS, seconds, strict=True)
        )
        found.append(
            Check(
                name=f"{span}: off a straight line in the length of a spin",
                found=f"{worst:.2%}, intercept {intercept * 1e6:.2f} us",
                expected="within 1%",
                passed=worst <= 0.01,  # noqa: PLR2004 - as it is said above
            )
        )
    return [
        *found,
        *(ratio(f"{s}: slope against device", slopes[s], slopes[Span.DEVICE], 0.01) for s in slopes),
    ]


def _other_stream(setting: Setting) -> list[Check]:
    """Work on another stream is waited for, and events that cannot see it are refused."""
    here = setting.seconds(setting.timed(f"_device.spin({SPINS[-1]})", Span.CALL))[0]
    there = setting.seconds(setting.timed(setting.elsewhere, Span.CALL))[0]
    try:
        setting.timed(setting.elsewhere, Span.DEVICE)
        said = "a time"
    except UnmeasurableError as error:
        said = "refused" if "another stream" in str(error) else str(error)
    return [
        ratio("call: on another stream against the current one", there, here, 0.03),
        Check(
            name="device: work on another stream", found=said, expected="refused", passed=said == "refused"
        ),
    ]


def _twice_as_many(setting: Setting) -> Check:
    """Compare the slope over 2 N calls with that over N."""
    names = {**setting.names, "_device": setting.device}
    run = slope_loop(row_loop(f"_device.spin({SPINS[1]})", names, setting.device, setting.clock))
    run(64)
    once, twice = (sorted(run(number) / number for _ in range(9))[4] for number in (64, 128))
    return ratio("pipelined: over 2 N calls against N", twice, once, 0.02)


def _against_itself(setting: Setting) -> Check:
    """One statement under two names differs by nothing."""
    one, other = setting.seconds(*(setting.timed(f"_device.spin({SPINS[1]})", Span.CALL) for _ in range(2)))
    return ratio("call: A against A", one, other, 0.01)


def _beside_the_host(setting: Setting) -> list[Check]:
    """Interleaved with a backend of the host a span reads as alone."""
    found = []
    for span in Span:
        run = setting.timed(f"_device.spin({SPINS[1]})", span)
        alone, beside = setting.seconds(run)[0], setting.seconds(run, beside=True)[0]
        found.append(ratio(f"{span}: interleaved with the host against alone", beside, alone, 0.02))
    return found
