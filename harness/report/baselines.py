"""Every machine's cells held against every baseline of the page, all machines at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.sentences import Curve, Key, curves
from harness.answers.speedup import log_ratios
from harness.backends.table import BASELINE
from harness.report.answers import ONE_THREAD

_OP = ["machine", "op"]
_NEEDED = ["machine", "run", "op", "backend", "n", "dtype", "span", "status", "round_seconds", "row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """
    What a baseline makes of the cells.

    Attributes
    ----------
    ratios : DataFrame
        From `harness.answers.speedup.log_ratios`, with the `row` of the cells.
    crossovers : DataFrame
        As of `harness.crossover`.
    curves : mapping of Key to Curve
        The same as the sentences need it.
    """

    ratios: pd.DataFrame
    crossovers: pd.DataFrame
    curves: Mapping[Key, Curve]


def baselines(cells: pd.DataFrame) -> list[str]:
    """
    Return the backends that a page compares with.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.

    Returns
    -------
    list of str
        NumPy as it is, and NumPy on one thread where some op has it.
    """
    present = set(cells["backend"].unique())
    return [name for name in (BASELINE, f"{BASELINE}{ONE_THREAD}") if name in present]


def compared(
    cells: pd.DataFrame, found: Sequence[str], aa_errors: Mapping[str, float]
) -> dict[str, Compared]:
    """
    Compare with every baseline; an op that was not measured with one is compared with NumPy as it is.

    Parameters
    ----------
    cells : DataFrame
        Of one run per machine, with the place of each among its machine's as ``row``.
    found : sequence of str
        From `baselines`.
    aa_errors : mapping of str to float
        Each machine's own A/A error, where it is known; see `harness.speedup`.

    Returns
    -------
    dict of str to Compared
        By baseline. NumPy on one thread is measured only for ops that NumPy runs on several; for all
        others it is the same as NumPy.
    """
    both: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
    cells = cells[_NEEDED]
    ops = pd.MultiIndex.from_frame(cells[_OP])
    for baseline in found:
        has = ops[cells["backend"] == baseline].unique()
        ratios = log_ratios(cells[ops.isin(has)], baseline, aa_error=aa_errors)
        both[baseline] = ratios, crossovers_of(ratios)
        if baseline != BASELINE and BASELINE in both:
            own, plain = both[baseline], both[BASELINE]
            both[baseline] = _joined(own[0], plain[0], has), _joined(own[1], plain[1], has)
    return {
        baseline: Compared(ratios=ratios, crossovers=crossovers, curves=curves(ratios, crossovers))
        for baseline, (ratios, crossovers) in both.items()
    }


def _joined(own: pd.DataFrame, plain: pd.DataFrame, has: pd.MultiIndex) -> pd.DataFrame:
    """Return the rows of a baseline with those of NumPy for the ops that lack it."""
    other = plain[~pd.MultiIndex.from_frame(plain[_OP]).isin(has)]
    return pd.concat([own, other], ignore_index=True)
