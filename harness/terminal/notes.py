"""What must be known to read the figures: remarks, times that are missing, threads; and what to run next."""

from typing import TYPE_CHECKING

from rich.text import Text

from harness.answers.beside_torch import beside_torch
from harness.answers.remarks import remarks, without_baseline
from harness.answers.span_notes import span_notes
from harness.answers.thread_warnings import thread_note, thread_warnings
from harness.answers.verdict import MARGIN
from harness.backends.table import BASELINE
from harness.model import TIMED, Status
from harness.sentences.curves import curves
from harness.sentences.next_runs import ROUNDS, next_runs
from harness.store.runs import read_ceilings, without_ceilings
from harness.terminal.noise import band_line, bands_of, noise_line

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from harness.store.runs import Run
    from harness.validation.record import KnownError


def first_notes(run: "Run") -> list[Text]:
    """Return what must be known before any figure of a run is read."""
    return [Text(f"warning: {line}", style="bold yellow") for line in thread_warnings(run.facts)]


def reading_notes(
    run: "Run",
    cells: "pd.DataFrame",
    speedups: "pd.DataFrame",
    own_error: "KnownError | None",
    *,
    baseline: str = BASELINE,
    margin: float = MARGIN,
) -> list[Text]:
    """Return all that must be known to read the speedups of a run's cells, after its `first_notes`."""
    return [
        *_stopped(run),
        *_beside_torch(run, float(bands_of(cells, own_error).max())),
        *cell_notes(cells, baseline),
        noise_line(cells, speedups),
        band_line(run, cells, own_error, margin),
        *_span_notes(run),
        *_thread_notes(run),
    ]


def annotated_pairs(cells: "pd.DataFrame") -> set[tuple[str, str]]:
    """Return the ops and backends whose figures cannot be read without their note: an asterisk marks them."""
    others = cells[cells["backend"] != cells["baseline"]]
    rows = others[(others["reason"] != "") & others["status"].isin(TIMED)]
    return set(zip(rows["op"], rows["backend"], strict=True))


def ceiling_notes(run: "Run") -> list[Text]:
    """Return why cells of a run have no share of a ceiling, for each device that has none."""
    reasons = without_ceilings(run)
    if read_ceilings(run):
        lines = [f"{device}: no ceilings: {reason}" for device, reason in reasons.items()]
    else:
        why = "".join(f"; {device}: {reason}" for device, reason in reasons.items())
        lines = [f"no ceilings were measured with {run.id}{why}; measure with `harness run`"]
    return [Text(line, style="dim") for line in lines]


def rate_notes(run: "Run", cells: "pd.DataFrame") -> list[Text]:
    """Return why cells of a run have no rates or no share of a ceiling."""
    timed = cells[cells["status"].isin(TIMED)]
    counted = timed[["bytes_per_second", "flop_per_second"]].notna().any(axis=1)
    without = [op for op, has_rate in counted.groupby(timed["op"], sort=False).any().items() if not has_rate]
    line = (
        f"{', '.join(map(str, without))}: no rates: nobody has said what a call moves and computes; "
        "`harness measure` takes it as --bytes and --flop"
    )
    return [*([Text(line, style="dim")] if without else []), *ceiling_notes(run)]


def next_run_notes(
    crossovers: "pd.DataFrame",
    speedups: "pd.DataFrame",
    cells: "pd.DataFrame",
    functions: "Collection[str]" = (),
) -> list[Text]:
    """Return what would decide what these answers leave undecided; some of the ops are `functions`."""
    measured = int(cells["rounds"].max()) if len(cells) else 0
    lines = next_runs(curves(speedups, crossovers), functions, rounds=max(ROUNDS, 2 * measured))
    return [Text(f"to decide what is undecided: {line}", style="dim") for line in lines]


def cell_notes(cells: "pd.DataFrame", baseline: str) -> list[Text]:
    """Return a line per reason; those for figures marked with an asterisk come first."""
    lines = [
        *(f"* {backends} in {ops}: {reason}" for backends, ops, reason in remarks(cells)),
        *_untimed(cells),
        *without_baseline(cells, baseline),
        *_noisy(cells),
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
        "half of their blocks or more in a round"
    )
    return [line]


def _stopped(run: "Run") -> list[Text]:
    """Return that a run was ended by hand, where it was."""
    line = "this run was stopped by hand; its answers rest on the rounds that it had"
    return [Text(line, style="yellow")] if run.facts.get("stopped") else []


def _beside_torch(run: "Run", band: float) -> list[Text]:
    """Return whether NumPy is slower where Torch was imported, where that is so."""
    line = beside_torch(run.facts, band)
    return [Text(f"warning: {line}", style="bold yellow")] if line else []


def _span_notes(run: "Run") -> list[Text]:
    """Return how the spans of a device were taken, where it is not the usual way."""
    return [Text(line, style="dim") for line in span_notes(run.facts)]


def _thread_notes(run: "Run") -> list[Text]:
    """Return how many threads the figures rest on, where that was observed."""
    note = thread_note(run.facts)
    return [Text(note, style="dim")] if note else []
