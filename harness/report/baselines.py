"""Every machine's cells held against every baseline of the page, all machines at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.labels import ONE_THREAD, relabelled
from harness.answers.pairs import compared
from harness.answers.speedup import log_ratios
from harness.backends.table import BASELINE
from harness.sentences.curves import Curve, Key, curves
from harness.statistics.arrays import Marks

NOT_SHOWN = -1
"""The `row` of a cell that the page leaves out: it is there for what its run's cells say of one another."""
_OP = ["machine", "run", "op"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAnswers:
    """What a baseline makes of the cells; labels are as they are shown."""

    ratios: pd.DataFrame  # as of `log_ratios`, with the `row` of the cells
    crossovers: pd.DataFrame  # as of `harness.crossover`
    curves: Mapping[Key, Curve]  # both, as the sentences need them


def baselines(cells: pd.DataFrame) -> list[str]:
    """
    Return what a page compares with: NumPy as it is, and on one thread where some op has that.

    Whatever a page compares with first, an op of a run with another baseline is held against that.
    """
    own = cells["baseline"].unique().tolist()
    present = set(cells["backend"].unique())
    first = BASELINE if BASELINE in own else next(iter(own), BASELINE)
    return [first, *(name for name in (f"{BASELINE}{ONE_THREAD}",) if name in present and name != first)]


def answers_by_baseline(
    cells: pd.DataFrame, names: Sequence[str], aa_errors: Mapping[str, float], shown: Mapping[str, str]
) -> dict[str, BaselineAnswers]:
    """
    Compare the cells, numbered by `row` in each machine, with every baseline named; see `shown_of_runs`.

    The first stands for the baseline of each run. NumPy on one thread is measured only for ops that NumPy
    runs on several: any other op is compared with its run's baseline.
    """
    cells = compared(cells, "row")
    ops = pd.MultiIndex.from_frame(cells[_OP])
    own = _compared(cells, None, aa_errors, shown, slice(None))
    answers = {names[0]: own}
    for baseline in names[1:]:
        measured = ops[cells["backend"] == baseline].unique()
        held = _compared(cells, baseline, aa_errors, shown, ops.isin(measured))
        answers[baseline] = _joined(held, own, measured)
    return {shown.get(baseline, baseline): given for baseline, given in answers.items()}


def _compared(
    cells: pd.DataFrame,
    baseline: str | None,
    aa_errors: Mapping[str, float],
    shown: Mapping[str, str],
    only: Marks | slice,
) -> BaselineAnswers:
    """Return the answers of those of some cells that a page shows."""
    ratios = log_ratios(cells, baseline, aa_error=aa_errors, only=only)
    ratios = relabelled(ratios[ratios["row"] != NOT_SHOWN], shown)
    crossovers = crossovers_of(ratios)
    return BaselineAnswers(ratios=ratios, crossovers=crossovers, curves=curves(ratios, crossovers))


def _joined(held: BaselineAnswers, own: BaselineAnswers, measured: pd.MultiIndex) -> BaselineAnswers:
    """Return the answers of a baseline with those of the ops that were not measured with it."""
    told = set(measured)
    ratios, crossovers = (
        pd.concat([rows, others[~pd.MultiIndex.from_frame(others[_OP]).isin(measured)]], ignore_index=True)
        for rows, others in ((held.ratios, own.ratios), (held.crossovers, own.crossovers))
    )
    others = {key: curve for key, curve in own.curves.items() if key[:3] not in told}
    return BaselineAnswers(ratios=ratios, crossovers=crossovers, curves={**held.curves, **others})
