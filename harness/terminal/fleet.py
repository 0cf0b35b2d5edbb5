"""How far the hosts of a fleet are: a live table in a terminal, a line for each change elsewhere."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.fleet.record import Outcome, State
from harness.fleet.steps import Progress
from harness.terminal.looks import name_text, plain_table

_STYLES: Mapping[State, str] = {
    State.WAITING: "dim",
    State.MEASURING: "default",
    State.MEASURED: "green",
    State.HAS_IT: "green",
    State.REFUSED: "red",
    State.FAILED: "red",
    State.LOST: "red",
    State.STOPPED: "yellow",
}


def host_table(outcomes: Mapping[str, Outcome]) -> Table:
    """Return a line per host: what became of it, its run, and why or what it said last."""
    table = plain_table("", "host", "state", "run", "", justify="left")
    for one in outcomes.values():
        state = Text(one.state, style=_STYLES[one.state])
        table.add_row(name_text(one.host), state, one.run or "–", Text(one.reason))
    return table


def live_table(outcomes: Mapping[str, Outcome]) -> Table:
    """Return a line per host while they measure; those that do come first, as a low terminal cuts."""
    table = plain_table("", "host", "state", "op", "decided", "noisy", "last answer", justify="left")
    # The last answer has what the others leave of the width, on one line.
    table.expand, table.columns[-1].ratio = True, 1
    table.columns[-1].no_wrap, table.columns[-1].overflow = True, "ellipsis"
    for one in sorted(outcomes.values(), key=lambda one: one.state != State.MEASURING):
        far = one.progress or Progress(doing="")
        table.add_row(
            name_text(one.host),
            Text(one.state, style=_STYLES[one.state]),
            name_text(far.op or "–"),
            f"{far.decided} of {far.cells}" if far.cells else "–",
            str(far.noisy) if far.cells else "–",
            Text(far.answer or far.doing if one.state == State.MEASURING else one.reason or far.answer),
        )
    return table


class FleetProgress:
    """Takes what becomes of hosts, and keeps the last of each."""

    def __init__(self, console: Console, live: Live | None) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._console, self._live, self._lock = console, live, threading.Lock()

    def __call__(self, outcome: Outcome) -> None:
        """Show what has become of a host."""
        with self._lock:
            before = self.outcomes.get(outcome.host)
            if before and not outcome.progress:
                outcome = replace(outcome, progress=before.progress)
            self.outcomes[outcome.host] = outcome
            if self._live:
                self._live.update(live_table(self.outcomes), refresh=True)
            elif before is None or before.state != outcome.state:
                told = ": ".join(
                    filter(None, (outcome.host, f"{outcome.state} {outcome.run}".strip(), outcome.reason))
                )
                self._console.print(told)


@contextmanager
def fleet_progress(console: Console) -> Iterator[FleetProgress]:
    """Yield what is to be told of hosts."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield FleetProgress(console, None)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield FleetProgress(console, live)
