"""The rates that somebody asks for: ``"memory=3.35TB/s,arithmetic=67TFLOP/s,link=55GB/s"``."""

import re

from harness.errors import UsageError

_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_UNITS = {"memory": "B/s", "arithmetic": "FLOP/s", "link": "B/s"}
_RATE = re.compile(r"\s*(\w+)\s*=\s*(\d+(?:\.\d+)?)\s*([kMGTP]?)(B/s|FLOP/s)\s*")


def rates_of(text: str) -> dict[str, float]:
    """Return rates, per second, by what they are of; `UsageError` says what cannot be meant."""
    found = {}
    for part in text.split(","):
        match = _RATE.fullmatch(part)
        if match is None or _UNITS.get(match[1]) != match[4] or match[1] in found or float(match[2]) <= 0:
            raise UsageError(
                f"{part.strip()!r:.60} is no rate of a device; give each of memory, arithmetic and link once "
                "at most, as in memory=3.35TB/s,arithmetic=67TFLOP/s,link=55GB/s"
            )
        found[match[1]] = float(match[2]) * _PREFIXES[match[3]]
    return found
