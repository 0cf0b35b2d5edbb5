"""A device by its figures alone: those of a data sheet, or the ceilings of a machine."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.model import ITEMSIZE, Ceiling
from harness.spellings.rates import rates_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """
    A device by its figures alone.

    Attributes
    ----------
    name : str
    ceiling : Ceiling
    link : float
        Bytes per second between the host and it; NaN if that is not known, infinite where nothing is moved.
    """

    name: str
    ceiling: Ceiling
    link: float = math.nan


def device_of_rates(text: str) -> Device:
    """Return a device of rates such as ``"memory=3.35TB/s,arithmetic=67TFLOP/s,link=55GB/s"``."""
    rates = rates_of(text)
    memory = rates.get("memory", math.nan)
    ceiling = Ceiling(
        device="",
        threads=None,
        in_cache=memory,
        in_memory=memory,
        memory_from=0,
        matmul=dict.fromkeys(ITEMSIZE, rates["arithmetic"]) if "arithmetic" in rates else {},
        empty_call=0.0,
        timer=0.0,
    )
    return Device(name="such a device", ceiling=ceiling, link=rates.get("link", math.nan))


def devices_of_machine(machine: str, ceilings: Iterable[Ceiling]) -> list[Device]:
    """Return a machine's devices with all their threads; the link to one that is no CPU is not known."""
    return [
        Device(
            name=f"{machine}'s {one.device}", ceiling=one, link=math.inf if one.device == "cpu" else math.nan
        )
        for one in ceilings
        if one.threads is None
    ]
