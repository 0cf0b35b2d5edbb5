"""Seconds, elements, rates and ratios as text; everywhere else figures are unscaled."""

import math

_THOUSAND, _MILLION = 1e3, 1e6
_SECOND_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_LEAST_RATIO, _MOST_RATIO = 1e-4, 1e6
"""Beyond these a ratio of two durations is told as such: nobody reads its digits."""
_WIDEST = 1e3
"""Times that the ends of an interval may be apart; beyond, what two rounds differ by is in the exponent."""
NO_INTERVAL = "no useful interval"
_NEAR_ONE = (0.9, 1.1)
_RATE_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def seconds(value: float) -> str:
    """Return seconds as ``"1.25 ms"``: three significant digits and a fitting unit; a dash for NaN."""
    if math.isnan(value):
        return "–"
    # As it will be shown: 0.9999 ms is 1.00 ms, not 1000 µs.
    shown = abs(_rounded(value, 3))
    scale, unit = next((pair for pair in _SECOND_UNITS if shown >= pair[0]), _SECOND_UNITS[-1])
    return f"{significant(value / scale)} {unit}"


def elements(n: float) -> str:
    """Return elements as ``"84"``, ``"14 000"`` or ``"1.1 M"``: from 1000 on two digits; a dash for NaN."""
    if math.isnan(n):
        return "–"
    if n >= _MILLION:
        return f"{significant(n / _MILLION, 2)} M"
    if n >= _THOUSAND:
        return f"{round(n, 1 - math.floor(math.log10(n))):,.0f}".replace(",", " ")
    return f"{n:.0f}"


def size(n: int) -> str:
    """Return an exact size in elements, in binary thousands where it divides: ``"64 Ki"`` for 65 536."""
    for power, unit in ((2**20, " Mi"), (2**10, " Ki")):
        if n >= power and n % power == 0:
            return f"{n // power}{unit}"
    return str(n)


def ratio(value: float) -> str:
    """Return a ratio of two durations as ``"1.25×"``: three significant digits; a dash for NaN."""
    return "–" if math.isnan(value) else f"{multiple(value)}×"


def multiple(value: float, digits: int = 3) -> str:
    """Return a ratio, not NaN, as ``"1.25"``, without more digits than anybody reads."""
    if 0 <= value < _LEAST_RATIO:
        return f"less than {_LEAST_RATIO:.4f}"
    if _MOST_RATIO < value < math.inf:
        return f"more than {_grouped(f'{_MOST_RATIO:.0f}')}"
    return _grouped(significant(value, digits))


def interval(low: float, high: float, *, brief: bool = False) -> str:
    """Return the interval of a ratio as ``" (1.02 to 1.13)"``, to follow its value; empty for NaN."""
    return "" if math.isnan(low) else f" ({bounds(low, high, brief=brief) or NO_INTERVAL})"


def bounds(low: float, high: float, *, brief: bool = False) -> str:
    """
    Return what an interval of a ratio tells, as ``"1.02 to 1.13"`` or ``"at least 12.0"``.

    Of a very wide one that is the end by which it is clear of 1, and without such an end nothing: then it is
    empty, as for NaN. A `brief` one is for a sentence, with two digits.
    """
    if math.isnan(low):
        return ""
    text, narrow = about if brief else multiple, _is_narrow(low, high)
    has_least = low >= _LEAST_RATIO and (narrow or low > 1)
    has_most = high <= _MOST_RATIO and (narrow or high < 1)
    if has_least and has_most:
        return ratio_range(low, high) if brief else f"{text(low)} to {text(high)}"
    if has_least:
        return f"at least {text(min(low, _MOST_RATIO))}"
    return f"at most {text(max(high, _LEAST_RATIO))}" if has_most else ""


def seconds_interval(low: float, high: float) -> str:
    """Return the interval of a duration as ``"1.25 ms to 1.31 ms"``, if it tells anything; a dash for NaN."""
    if math.isnan(low):
        return "–"
    return f"{seconds(low)} to {seconds(high)}" if _is_narrow(low, high) else NO_INTERVAL


def about(value: float) -> str:
    """Return a ratio, not NaN, with two digits: two decimals near 1, where they tell on which side it is."""
    if _NEAR_ONE[0] <= value < _NEAR_ONE[1]:
        return f"{value:.2f}"
    return multiple(value, 3 if value >= 100 else 2)  # noqa: PLR2004 - a third digit that is a whole number


def ratio_range(least: float, most: float) -> str:
    """Return between what ratios lie, as ``"1.5 to 5.2"`` or ``"0.97 to 1.04"``; one if both ends agree."""
    return " to ".join(dict.fromkeys(map(about, (least, most))))


def byte_rate(value: float) -> str:
    """Return bytes per second as ``"12.5 GB/s"``, in powers of a thousand; a dash for NaN."""
    return _rate(value, "B/s")


def byte_count(value: float) -> str:
    """Return bytes as ``"12.5 MB"``, in powers of a thousand; a dash for NaN."""
    return _rate(value, "B")


def flop_rate(value: float) -> str:
    """Return floating-point operations per second as ``"85.0 GFLOP/s"``; a dash for NaN."""
    return _rate(value, "FLOP/s")


def share(value: float) -> str:
    """Return a part over its whole in per cent, as ``"8.5 %"``: two significant digits; a dash for NaN."""
    return "–" if math.isnan(value) else f"{significant(100 * value, 2)} %"


def _rate(value: float, unit: str) -> str:
    """Return a rate with three significant digits and the largest prefix that fits; a dash for NaN."""
    if math.isnan(value):
        return "–"
    scale, prefix = next((pair for pair in _RATE_PREFIXES if abs(value) >= pair[0]), _RATE_PREFIXES[-1])
    return f"{significant(value / scale)} {prefix}{unit}"


def significant(value: float, digits: int = 3) -> str:
    """Return a number, not NaN, with this many significant digits and never in exponent form."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    value = _rounded(value, digits)
    if value == 0:
        return "0"
    after = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, after):.{max(after, 0)}f}"


def _is_narrow(low: float, high: float) -> bool:
    """Whether the ends of an interval are near enough to each other for both of them to tell something."""
    return high <= _WIDEST * low


def _grouped(digits: str) -> str:
    """Return a number with its thousands apart, where it has more than four digits before the point."""
    whole = digits.partition(".")[0]
    return f"{int(whole):,}".replace(",", " ") if len(whole) > 4 and whole.isdigit() else digits  # noqa: PLR2004


def _rounded(value: float, digits: int) -> float:
    """Return a number with its further digits set to zero."""
    return float(f"{value:.{digits - 1}e}")
