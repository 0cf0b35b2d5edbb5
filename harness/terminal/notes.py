"""What must be known to read the figures: remarks, times that are missing, the band of verdicts, threads."""

from typing import TYPE_CHECKING

from rich.text import Text

from harness.answers.remarks import remarks
from harness.answers.sentences import without_baseline
from harness.answers.span_notes import span_notes
from harness.answers.thread_warnings import thread_note, thread_warnings
from harness.answers.verdict import LEAST_DIFFERENCE
from harness.backends.table import BASELINE
from harness.model import TIMED, Status

if TYPE_CHECKING:
    import pandas as pd

    from harness.store.runs import Run
    from harness.validation.record import KnownError


def reading_notes(
    run: "Run", cells: "pd.DataFrame", own_error: "KnownError | None", baseline: str = BASELINE
) -> list[Text]:
    """Return all that must be known to read the figures of a run's cells."""
    return [*_cell_notes(cells, own_error, baseline), *_span_notes(run), *_thread_notes(run)]


def annotated_pairs(cells: "pd.DataFrame") -> set[tuple[str, str]]:
    """Return the ops and backends whose figures cannot be read without their note: an asterisk marks them."""
    rows = cells[(cells["reason"] != "") & cells["status"].isin(TIMED) & (cells["backend"] != BASELINE)]
    return set(zip(rows["op"], rows["backend"], strict=True))


def noise_line(cells: "pd.DataFrame") -> Text:
    """Return how much of a run was disturbed."""
    timed = cells[cells["samples"] > 0]
    if timed.empty:
        return Text("nothing has a time")
    noisy = (timed["status"] == Status.NOISY).sum()
    disturbed = (timed["disturbed"] * timed["samples"]).sum() / timed["samples"].sum()
    more = "; more `--patience` would wait longer for a quiet moment" if noisy else ""
    return Text(
        f"{noisy} of {len(timed)} timed cells are noisy; {disturbed:.0%} of all blocks were disturbed{more}"
    )


def _cell_notes(cells: "pd.DataFrame", own_error: "KnownError | None", baseline: str) -> list[Text]:
    """Return a line per reason; those for figures marked with an asterisk come first."""
    lines = [
        *(f"* {backends} in {ops}: {reason}" for backends, ops, reason in remarks(cells)),
        *_untimed(cells),
        *without_baseline(cells, baseline),
        *_noisy(cells),
        _band(own_error),
    ]
    return [Text(line, style="dim") for line in lines]


def _untimed(cells: "pd.DataFrame") -> list[str]:
    """Return why cells have no time."""
    lines = []
    untimed = cells[~cells["status"].isin(TIMED)]
    for (status, reason), group in untimed.groupby(["status", "reason"], sort=False):
        backends, ops = (", ".join(dict.fromkeys(group[column])) for column in ("backend", "op"))
        everywhere = group["op"].nunique() == cells["op"].nunique()
        lines.append(f"{backends if everywhere else f'{backends} in {ops}'}: {status}: {reason}")
    return lines


def _noisy(cells: "pd.DataFrame") -> list[str]:
    """Return which cells are noisy, where some are."""
    noisy = cells[cells["status"] == Status.NOISY]
    if noisy.empty:
        return []
    ops = ", ".join(dict.fromkeys(noisy["op"]))
    line = (
        f"{len(noisy)} of {len(cells)} cells, in {ops}: noisy: other work on this machine disturbed "
        "half of their blocks or more in a round, so their speedups get no verdict"
    )
    return [line]


def _band(own_error: "KnownError | None") -> str:
    """Return in words which difference a verdict had to clear."""
    if own_error is None:
        return (
            f"verdicts tell differences above {LEAST_DIFFERENCE:.0%}; this machine's own A/A error is not "
            "known, `harness validate` measures it"
        )
    quick = " by a quick validation" if own_error.quick else ""
    return (
        f"verdicts tell differences above {100 * max(LEAST_DIFFERENCE, own_error.error):.3g} %; this "
        f"machine's own A/A error was {own_error.error:.2%} on {own_error.when[:10]}{quick}"
    )


def _span_notes(run: "Run") -> list[Text]:
    """Return how the spans of a device were taken, where it is not the usual way."""
    return [Text(line, style="dim") for line in span_notes(run.facts)]


def _thread_notes(run: "Run") -> list[Text]:
    """Return how many threads the figures rest on, where that was observed, and what is unfair in it."""
    note = thread_note(run.facts)
    lines = [Text(note, style="dim")] if note else []
    return lines + [Text(f"warning: {line}", style="bold yellow") for line in thread_warnings(run.facts)]
