"""Every machine's cells held against every baseline of the page, all machines at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.pairs import TOLD
from harness.answers.speedup import log_ratios
from harness.backends.table import BASELINE
from harness.report.op_answers import ONE_THREAD
from harness.sentences.curves import Curve, Key, curves

_OP = ["machine", "op"]
_NEEDED = ["machine", "run", "op", "backend", "n", "dtype", "span", "status", "round_seconds", *TOLD, "row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAnswers:
    """What a baseline makes of the cells."""

    ratios: pd.DataFrame  # as of `log_ratios`, with the `row` of the cells
    crossovers: pd.DataFrame  # as of `harness.crossover`
    curves: Mapping[Key, Curve]  # both, as the sentences need them


def baselines(cells: pd.DataFrame) -> list[str]:
    """Return what a page compares with: NumPy as it is, and on one thread where some op has that."""
    present = set(cells["backend"].unique())
    return [name for name in (BASELINE, f"{BASELINE}{ONE_THREAD}") if name in present]


def answers_by_baseline(
    cells: pd.DataFrame, names: Sequence[str], aa_errors: Mapping[str, float]
) -> dict[str, BaselineAnswers]:
    """
    Compare the cells, numbered by `row` in each machine, with every baseline named.

    NumPy on one thread is measured only for ops that NumPy runs on several: any other op is compared with
    NumPy as it is, which is the same.
    """
    frames: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
    cells = cells[[name for name in _NEEDED if name in cells]]
    ops = pd.MultiIndex.from_frame(cells[_OP])
    for baseline in names:
        measured = ops[cells["backend"] == baseline].unique()
        ratios = log_ratios(cells[ops.isin(measured)], baseline, aa_error=aa_errors)
        crossovers = crossovers_of(ratios)
        if baseline != BASELINE and BASELINE in frames:
            plain_ratios, plain_crossovers = frames[BASELINE]
            ratios = _joined(ratios, plain_ratios, measured)
            crossovers = _joined(crossovers, plain_crossovers, measured)
        frames[baseline] = ratios, crossovers
    return {
        baseline: BaselineAnswers(ratios=ratios, crossovers=crossovers, curves=curves(ratios, crossovers))
        for baseline, (ratios, crossovers) in frames.items()
    }


def _joined(rows: pd.DataFrame, plain: pd.DataFrame, measured: pd.MultiIndex) -> pd.DataFrame:
    """Return the rows of a baseline with NumPy's for the ops that were not measured with it."""
    others = plain[~pd.MultiIndex.from_frame(plain[_OP]).isin(measured)]
    return pd.concat([rows, others], ignore_index=True)
