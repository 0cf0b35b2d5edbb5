"""What is said aloud on the error output: what disturbs a run, and what makes its comparisons unfair."""

from typing import TYPE_CHECKING

from harness.terminal.console import err

if TYPE_CHECKING:
    from harness.store.runs import Run


def warn_of_threads(run: "Run") -> None:
    """Say what makes a run's comparisons unfair, where the answer is for a program and has no notes."""
    from harness.answers.thread_warnings import thread_warnings

    for line in thread_warnings(run.facts):
        err.print(f"warning: {line}", style="yellow", markup=False)


def warn_of_others() -> None:
    """Say in one line what would disturb a run that begins now; it begins all the same."""
    from harness.machine.conditions import read
    from harness.machine.doctor import warning

    if line := warning(read()):
        err.print(f"warning: {line}; see `harness doctor`", style="yellow", markup=False)
