"""The run and the cells that a question is about."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.errors import EmptyStoreError, UnknownNameError
from harness.model import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from harness.store.latest import Part
    from harness.store.runs import Run
    from harness.validation.record import KnownError


class Question(Protocol):
    """`harness.speedup` or `harness.crossover`."""

    def __call__(
        self, cells: "pd.DataFrame", baseline: str | None, *, aa_error: float, margin: float
    ) -> "pd.DataFrame":
        """Return the answer for these cells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The cells of a run, with what an answer from them needs besides."""

    run: "Run"
    every: "pd.DataFrame"  # all cells of the run, which steady one another's intervals
    op: list[str] | None  # those that are asked for; None means all
    own_error: "KnownError | None"  # the A/A error of the run's machine

    @property
    def cells(self) -> "pd.DataFrame":
        """The cells of the ops that are asked for, of all backends and spans: some are others' baseline."""
        return only("op", self.op, self.every)

    @property
    def aa_error(self) -> float:
        """By what two runs of the same differ on the run's machine; 0 if that is not known."""
        return self.own_error.error if self.own_error else 0.0

    @property
    def shown(self) -> dict[str, str]:
        """How the labels of its cells are shown."""
        from harness.answers.labels import shown_of_runs

        return shown_of_runs(self.every)

    def ask(self, question: "Question", baseline: str | None, margin: float) -> "pd.DataFrame":
        """Return the answer for the ops that are asked for, as it is among all of the run."""
        answer = question(self.every, baseline, aa_error=self.aa_error, margin=margin)
        return only("op", self.op, answer)


def selection(results: Path, machine: str | None, run: str | None, op: list[str] | None = None) -> Selection:
    """Return the cells that are asked for, of one run."""
    return selection_of(chosen_run(results, machine, run, op), results, op)


def selection_of(run: "Run", results: Path, op: list[str] | None = None) -> Selection:
    """Return the cells of a run that are asked for."""
    from harness.validation.record import known_error

    every = cells_of(run)
    if every.empty:
        raise EmptyStoreError(f"{run.id} was ended before it had measured an op; name another run with --run")
    only("op", op, every)  # refuse one that is not there
    return Selection(run=run, every=every, op=op, own_error=known_error(results, run.machine))


def cells_of(run: "Run", op: list[str] | None = None) -> "pd.DataFrame":
    """Return the cells of a run, of all ops or of these."""
    from harness.store.frame import frame

    return only("op", op, frame([run]))


def chosen_run(results: Path, machine: str | None, run: str | None, op: list[str] | None = None) -> "Run":
    """Return the run that is meant: the named one, or the machine's latest complete one with these ops."""
    from harness.asv.machine_name import known_machine
    from harness.store.latest import latest_with
    from harness.store.runs import read_runs, select

    runs = select(list(read_runs(results)), results, machine=machine, run=run)
    return runs[-1] if run is not None else latest_with(runs, machine or known_machine(), op or ())


def machine_parts(
    results: Path, machines: "Sequence[str]" = (), first: str | None = None
) -> "list[list[Part]]":
    """Return the runs that answer for each machine, or for these, in the order in which a page shows them."""
    from harness.asv.machine_name import known_machine
    from harness.store.latest import latest_parts
    from harness.store.runs import read_runs, select

    runs = select(list(read_runs(results)), results)
    for name in machines:
        select(runs, results, machine=name)
    runs_of: dict[str, list[Run]] = {}
    for run in runs:
        runs_of.setdefault(run.machine, []).append(run)
    complete = [run for run in runs if run.complete]
    names = dict.fromkeys(machines or (run.machine for run in complete or runs))
    shown = [latest_parts(runs_of[name], name) for name in names]
    if not machines:
        in_front = first or known_machine()
        shown.sort(
            key=lambda parts: (parts[0].run.machine == in_front, str(parts[0].run.facts["begin"])),
            reverse=True,
        )
    return shown


def of_span(span: Span | None, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows of a span; none means all rows."""
    return only("span", None if span is None else [str(span)], table)


def only(column: str, names: list[str] | None, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows with one of these names; no names mean all rows."""
    present = dict.fromkeys(table[column])
    for name in names or ():
        if name not in present:
            raise UnknownNameError.of(column, name, present)
    return table[table[column].isin(names)] if names else table
