"""Sentences on the conditions of a run: what other work spoilt, and how many threads there were."""

from typing import TYPE_CHECKING

from rich.text import Text

from harness.answers.span_notes import span_notes
from harness.answers.thread_notes import thread_note, thread_warnings
from harness.model import Status
from harness.terminal.console import err

if TYPE_CHECKING:
    import pandas as pd

    from harness.store.runs import Run


def thread_lines(run: "Run") -> list[Text]:
    """
    Return how many threads the figures of a run rest on, and aloud what makes them unfair.

    Parameters
    ----------
    run : Run
        From the store.

    Returns
    -------
    list of Text
        Empty for a run from before threads were observed.
    """
    note = [Text(thread_note(run.facts), style="dim")] if thread_note(run.facts) else []
    return note + [Text(f"warning: {line}", style="bold yellow") for line in thread_warnings(run.facts)]


def span_lines(run: "Run") -> list[Text]:
    """
    Return how the spans of a device were taken, where it is not the usual way.

    Parameters
    ----------
    run : Run
        From the store.

    Returns
    -------
    list of Text
    """
    return [Text(line, style="dim") for line in span_notes(run.facts)]


def warn_of_threads(run: "Run") -> None:
    """Say on the error output what makes a run's comparisons unfair, where the answer is for a program."""
    for line in thread_warnings(run.facts):
        err.print(f"warning: {line}", style="yellow", markup=False)


def warn_of_others() -> None:
    """Say on the error output what would disturb a run that begins now; it begins all the same."""
    from harness.machine.conditions import read
    from harness.machine.doctor import warnings

    for line in warnings(read()):
        err.print(f"warning: {line}; see `harness doctor`", style="yellow", markup=False)


def noise_line(cells: "pd.DataFrame") -> Text:
    """
    Return how much of a run was disturbed.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.

    Returns
    -------
    Text
    """
    timed = cells[cells["samples"] > 0]
    if timed.empty:
        return Text("nothing has a time")
    noisy = (timed["status"] == Status.NOISY).sum()
    disturbed = (timed["disturbed"] * timed["samples"]).sum() / timed["samples"].sum()
    more = "; more `--patience` would wait longer for a quiet moment" if noisy else ""
    return Text(
        f"{noisy} of {len(timed)} timed cells are noisy; {disturbed:.0%} of all blocks were disturbed{more}"
    )
