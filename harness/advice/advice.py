"""Advice, as values and in words: which backend to take, by how much, and from how many calls on."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pandas as pd

from harness.advice.break_even import BreakEven
from harness.advice.ratio_curve import Basis
from harness.answers.verdict import MARGIN
from harness.model import Verdict
from harness.units import about, elements, interval

_RESTS_ON = {
    Basis.MEASURED: "",
    Basis.INTERPOLATED: "",
    Basis.EXTRAPOLATED: "; beyond the sizes that were measured, where this may mislead",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    What to expect of a backend at a size and a number of calls per transfer.

    Attributes
    ----------
    backend : str
    speedup, low, high : float
        How many times faster than the baseline all the calls with their transfers are, with the ends of its
        95 % interval.
    verdict : str
        See `harness.speedup`; of the interval that is shown.
    pays : BreakEven
        From how many calls per transfer on it is faster.
    basis : Basis
        Whether the size was measured, lies between two that were, or beyond.
    """

    backend: str
    speedup: float
    low: float
    high: float
    verdict: Verdict
    pays: BreakEven
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """
    Which backend to take; `str` of it is a sentence.

    Attributes
    ----------
    ops : tuple of str
        One, or those of a chain in order.
    dtype, baseline : str
    n : int
        The size.
    calls : int
        How often they are called on data that is moved once.
    choices : tuple of Choice
        The fastest first; of every backend that has both spans of all the ops near the size.
    too_small : tuple of str
        Backends whose device lacks the memory.
    spoiled : tuple of str
        Backends of which other work spoiled all that was measured near the size.
    margin : float
        Relative difference that is none in practice.
    """

    ops: tuple[str, ...]
    dtype: str
    baseline: str
    n: int
    calls: int
    choices: tuple[Choice, ...]
    too_small: tuple[str, ...] = ()
    spoiled: tuple[str, ...] = ()
    margin: float = MARGIN

    @property
    def best(self) -> Choice | None:
        """The fastest of those that are faster than the baseline; None where none is known to be."""
        return best_of(self.choices)

    @property
    def advised(self) -> Choice | None:
        """The one to take: `best`, unless another is probably faster by more than the margin."""
        return advised_of(self.choices, self.margin)

    def __str__(self) -> str:
        advised = self.advised
        lacking = "".join(f"; {name} lacks the memory" for name in self.too_small)
        lacking += "".join(
            f"; other work spoiled the times of {name} near it, measure again" for name in self.spoiled
        )
        if advised is None:
            return _stay(self) + lacking
        probably = "" if advised is self.best else "probably "
        return (
            f"{probably}{advised.backend}, {_times(advised)} faster than {self.baseline}; "
            f"{pays(advised.pays)}{_beside(self, advised)}{_RESTS_ON[advised.basis]}{lacking}"
        )


class Judged(Protocol):
    """What is expected of a backend, as far as the choice needs it."""

    @property
    def speedup(self) -> float:
        """How many times faster than the baseline it is."""
        ...

    @property
    def verdict(self) -> Verdict:
        """What its interval says."""
        ...


_Some = TypeVar("_Some", bound=Judged)


def best_of(choices: Sequence[_Some]) -> _Some | None:
    """Return the first, which is the fastest, of those that are faster than the baseline."""
    return next((choice for choice in choices if choice.verdict == Verdict.FASTER), None)


def advised_of(choices: Sequence[_Some], margin: float) -> _Some | None:
    """Return the one to take: the best, unless the first is probably faster by more than the margin."""
    best, first = best_of(choices), choices[0]
    least = best.speedup if best else 1.0
    return first if first.speedup > least * (1 + margin) else best


def advice_frame(advices: Iterable[Advice]) -> pd.DataFrame:
    """Return the choices of advices as a table, the best and the one to take marked."""
    return pd.DataFrame(
        {
            "op": ",".join(advice.ops),
            "dtype": advice.dtype,
            "n": advice.n,
            "calls": advice.calls,
            "baseline": advice.baseline,
            "backend": choice.backend,
            "speedup": choice.speedup,
            "low": choice.low,
            "high": choice.high,
            "verdict": str(choice.verdict),
            "pays_from": choice.pays.calls,
            "pays_low": choice.pays.low,
            "pays_high": choice.pays.high,
            "basis": str(choice.basis),
            "best": choice is advice.best,
            "advised": choice is advice.advised,
        }
        for advice in advices
        for choice in advice.choices
    )


def pays(even: BreakEven) -> str:
    """Return from how many calls per transfer on something is faster."""
    if math.isinf(even.low):
        return "pays at no number of calls per transfer"
    least = math.ceil(even.low)
    if not even.is_known:
        more = f" (at least {_counted(least)})" if least > 1 else ""
        return f"not known to pay at any number of calls per transfer{more}"
    if even.high <= 1:
        return "pays from the first call on"
    first, most = math.ceil(even.calls), math.ceil(even.high)
    ends = "" if least == most else f" ({_counted(least)} to {_counted(most)})"
    return f"pays from {'the first call' if first == 1 else f'{_counted(first)} calls per transfer'} on{ends}"


def _beside(advice: Advice, advised: Choice) -> str:
    """Return what else there is to take."""
    best = advice.best
    if advised is not best:
        return f"; {best.backend} is for sure, {_times(best)}" if best else ""
    alike = [one.backend for one in advice.choices if one is not best and one.high > best.low]
    return f"; {' and '.join(alike)} may be as fast" if alike else ""


def _stay(advice: Advice) -> str:
    """Return why to stay with the baseline."""
    nearest = advice.choices[0]
    told = _times(nearest)
    if nearest.verdict == Verdict.SAME:
        why = f"{nearest.backend} is about as fast, {told}"
    elif nearest.verdict == Verdict.UNSURE:
        why = f"whether {nearest.backend} is faster is not known, {told}"
    else:
        why = f"the next is {nearest.backend}, {told} as fast"
    return f"stay with {advice.baseline}: {why}; it {_is_or(pays(nearest.pays))}{_RESTS_ON[nearest.basis]}"


def _is_or(text: str) -> str:
    """Return a clause that can follow a subject."""
    return text if text.startswith("pays") else f"is {text}"


def _counted(calls: int) -> str:
    """Return a number of calls, large ones in two digits."""
    return str(calls) if calls < 100 else elements(calls)  # noqa: PLR2004 - two digits


def _times(choice: Choice) -> str:
    """Return a speedup with its interval."""
    return f"{about(choice.speedup)} times{interval(choice.low, choice.high, brief=True)}"
