"""Seconds, elements, rates and ratios as text; everywhere else figures are unscaled."""

import math

_THOUSAND, _MILLION = 1e3, 1e6
_PREFIXES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def seconds(value: float) -> str:
    """
    Return a duration with three significant digits and a fitting unit.

    Parameters
    ----------
    value : float
        Seconds.

    Returns
    -------
    str
        Such as ``"1.25 ms"``; a dash for NaN.
    """
    if math.isnan(value):
        return "–"
    # As it will be shown: 0.9999 ms is 1.00 ms, not 1000 µs.
    shown = abs(_rounded(value, 3))
    scale, unit = next((pair for pair in _PREFIXES if shown >= pair[0]), _PREFIXES[-1])
    return f"{significant(value / scale)} {unit}"


def elements(n: float) -> str:
    """
    Return a count of elements, rounded to two significant digits from a thousand on.

    Parameters
    ----------
    n : float
        Elements of an operand.

    Returns
    -------
    str
        Such as ``"14 000"`` or ``"1.1 M"``; a dash for NaN.
    """
    if math.isnan(n):
        return "–"
    if n >= _MILLION:
        return f"{significant(n / _MILLION, 2)} M"
    if n >= _THOUSAND:
        return f"{round(n, 1 - math.floor(math.log10(n))):,.0f}".replace(",", " ")
    return significant(n, 3)


def size(n: int) -> str:
    """
    Return an exact size, in binary thousands where it divides.

    Parameters
    ----------
    n : int
        Elements of an operand.

    Returns
    -------
    str
        Such as ``"64 Ki"`` for 65 536.
    """
    for power, unit in ((2**20, " Mi"), (2**10, " Ki")):
        if n >= power and n % power == 0:
            return f"{n // power}{unit}"
    return str(n)


def ratio(value: float) -> str:
    """
    Return a speedup with three significant digits.

    Parameters
    ----------
    value : float
        A ratio of two durations.

    Returns
    -------
    str
        Such as ``"1.25×"``; a dash for NaN.
    """
    return "–" if math.isnan(value) else f"{significant(value)}×"


def interval(low: float, high: float) -> str:
    """
    Return the interval of a ratio in brackets, to follow its value.

    Parameters
    ----------
    low, high : float
        The ends; NaN where there is no interval.

    Returns
    -------
    str
        For instance " (1.02 to 1.13)"; empty where there is no interval.
    """
    return "" if math.isnan(low) else f" ({significant(low)} to {significant(high)})"


def byte_rate(value: float) -> str:
    """
    Return bytes per second with three significant digits and a fitting unit.

    Parameters
    ----------
    value : float
        Bytes per second.

    Returns
    -------
    str
        Such as ``"12.5 GB/s"``, in powers of a thousand; a dash for NaN.
    """
    return _large(value, "B/s")


def flop_rate(value: float) -> str:
    """
    Return floating-point operations per second with three significant digits and a fitting unit.

    Parameters
    ----------
    value : float
        Operations per second.

    Returns
    -------
    str
        Such as ``"85.0 GFLOP/s"``; a dash for NaN.
    """
    return _large(value, "FLOP/s")


def share(value: float) -> str:
    """
    Return a share in per cent, with two significant digits.

    Parameters
    ----------
    value : float
        A part over its whole.

    Returns
    -------
    str
        Such as ``"8.5 %"``; a dash for NaN.
    """
    return "–" if math.isnan(value) else f"{significant(100 * value, 2)} %"


def _large(value: float, unit: str) -> str:
    if math.isnan(value):
        return "–"
    scale, prefix = next((pair for pair in _LARGE if abs(value) >= pair[0]), _LARGE[-1])
    return f"{significant(value / scale)} {prefix}{unit}"


def significant(value: float, digits: int = 3) -> str:
    """
    Return a number with `digits` significant digits, never in exponent form.

    Parameters
    ----------
    value : float
        Any number but NaN.
    digits : int
        Significant digits that are kept.

    Returns
    -------
    str
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    value = _rounded(value, digits)
    if value == 0:
        return "0"
    after = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, after):.{max(after, 0)}f}"


def _rounded(value: float, digits: int) -> float:
    """Return a number with its further digits set to zero."""
    return float(f"{value:.{digits - 1}e}")
