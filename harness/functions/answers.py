"""A speedup at one size and a crossover, as values whose text is the answer."""

from dataclasses import dataclass

from harness.model import State
from harness.units import elements, interval, multiple


@dataclass(frozen=True, slots=True, kw_only=True)
class Speedup:
    """
    How many times faster a contender is than the baseline at a size.

    Attributes
    ----------
    backend, baseline, span : str
    n : int
        The size.
    value, low, high : float
        Baseline seconds over the contender's, with the ends of the 95 % interval; NaN where either has none.
    verdict : str
        ``"faster"``, ``"slower"``, ``"same"`` or ``"unsure"``.
    provisional : bool
        Whether it rests on little.
    reason : str
        Why it is unsure, or has no value.
    """

    backend: str
    baseline: str
    span: str
    n: int
    value: float
    low: float
    high: float
    verdict: str
    provisional: bool
    reason: str

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if self.value != self.value:  # NaN
            return f"not known: {self.reason}"
        words = [f"{multiple(self.value)}{interval(self.low, self.high)}", self.verdict]
        if self.provisional:
            words.append("(provisional)")
        if self.reason:
            words.append(f"({self.reason})")
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover:
    """
    From or up to what size a contender is faster than the baseline.

    Attributes
    ----------
    backend, baseline, span : str
    state : str
        ``"crosses"``, ``"always"`` (faster), ``"never"``, ``"partly"`` or ``"undecided"``.
    n, low, high : float
        The first size where they change places, with its 95 % interval; NaN where they do not.
    faster : str
        On which side of it the contender is faster, ``"above"`` or ``"below"``.
    """

    backend: str
    baseline: str
    span: str
    state: str
    n: float
    low: float
    high: float
    faster: str

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if self.state == State.CROSSES:
            place = f"n = {elements(self.n)} ({elements(self.low)} to {elements(self.high)})"
            return f"from {place} on" if self.faster == "above" else f"up to {place}"
        return {
            State.ALWAYS: "at every size",
            State.NEVER: "at no size",
            State.PARTLY: "at some sizes, about as fast at the others",
        }.get(State(self.state), "undecided")
