"""How sure the figures of a run are, in words: what disturbed it, and what its controls read."""

from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from harness.answers.verdict import LEAST_DIFFERENCE
from harness.statistics.arrays import Floats
from harness.store.control import controls
from harness.store.lists import lists_of, one_chunk, table_of_lists
from harness.units import share, significant

if TYPE_CHECKING:
    import pandas as pd

    from harness.store.runs import Run
    from harness.validation.record import KnownError


def noise_line(cells: "pd.DataFrame", speedups: "pd.DataFrame") -> Text:
    """Return how much of a run was disturbed, and what that did to its speedups."""
    seconds, marks = (
        table_of_lists(one_chunk(lists_of(cells, name)), fill)
        for name, fill in (("pass_seconds", np.nan), ("pass_marked", 0))
    )
    measured = ~np.isnan(seconds)
    passes, marked = int(measured.sum()), int((marks & measured).sum())
    if not passes:
        return Text("nothing has a time", style="dim")
    both = int(speedups["busy"].notna().sum())
    if not marked:
        return Text("no pass was disturbed by other work", style="dim")
    line = f"other work disturbed {share(marked / passes)} of the passes, which are kept and marked"
    if both:
        line += f"; speedups that differ beside it, and say so: {both} of {len(speedups)}"
    return Text(line, style="dim")


def band_line(run: "Run", cells: "pd.DataFrame", own_error: "KnownError | None", margin: float) -> Text:
    """Return what the run's controls read, and which difference a verdict had to clear."""
    bands = bands_of(cells, own_error)
    parts = [
        *_control(run),
        (
            f"verdicts tell differences above {_range(bands)}, and about as fast is within "
            f"{significant(100 * max(margin, LEAST_DIFFERENCE), 2)} %"
        ),
    ]
    if own_error is not None:
        quick = " by a quick validation" if own_error.quick else ""
        when = own_error.when[:10]
        parts.append(f"this machine's own A/A error was {own_error.error:.2%} on {when}{quick}")
    elif len(parts) == 1:
        parts.append("this machine's own A/A error is not known, `harness validate` measures it")
    return Text("; ".join(parts), style="dim")


def bands_of(cells: "pd.DataFrame", own_error: "KnownError | None") -> Floats:
    """Return the relative difference that the verdict of each cell had to clear."""
    known = own_error.error if own_error else 0.0
    bands: Floats = np.fmax(max(LEAST_DIFFERENCE, known), cells["control"].to_numpy(dtype=np.float64))
    return bands


def _range(shares: Floats) -> str:
    """Return between what shares lie, in per cent."""
    ends = dict.fromkeys(significant(100 * share, 2) for share in (shares.min(), shares.max()))
    return f"{' to '.join(ends)} %"


def _control(run: "Run") -> list[str]:
    """Return between what the ratios of the run's controls lie, on one thread and on several."""
    read = controls(run).dropna(subset="ratio")
    if read.empty:
        return []
    texts = []
    for threaded, where in ((False, ""), (True, " on several threads")):
        ratios = read[read["threaded"] == threaded]["ratio"]
        if len(ratios):
            texts.append(f"{ratios.min():.3f} to {ratios.max():.3f}{where}")
    return [f"the same function against itself: {' and '.join(texts)}"]
