"""The command that measures, and what it says when it is done."""

import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli.options import DEFAULT_MARGIN, Margin, OpName, OwnName, Patience, Results, StartWay
from harness.cli.publish import publish_run, write_report
from harness.cli.remote import local_folder, put_there
from harness.cli.selection import selection_of
from harness.errors import INTERRUPTED, MeasureError
from harness.model import Cache
from harness.store.files import check_address
from harness.terminal.console import err, out, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from harness.model import Op
    from harness.runs.job import Job
    from harness.runs.measure import Measured
    from harness.runs.settings import Settings
    from harness.store.runs import Run
    from harness.workers.parents import Parents


def run(  # noqa: PLR0913 - a parameter per option
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="A provisional answer in under a minute: fewer sizes and rounds.")
    ] = False,
    op: OpName = None,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", help="Measure this backend and NumPy; default all of NumPy and Torch."),
    ] = None,
    dtype: Annotated[
        list[str] | None,
        typer.Option(
            "--dtype", help="float32 (default), float64, float16 or bfloat16; may be given several times."
        ),
    ] = None,
    min_size: Annotated[int | None, typer.Option(help="Smallest n in elements, a power of 4.")] = None,
    max_size: Annotated[int | None, typer.Option(help="Largest n in elements, a power of 4.")] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            help="What the run may take until its answer, but for two rounds that are made in any case; "
            "default 6 and 13 more for each op, and 4 and 4 with --quick."
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(help="A fixed number of rounds for every cell; default as many as the answer needs."),
    ] = None,
    margin: Margin = DEFAULT_MARGIN,
    start: StartWay = None,
    l2: Annotated[
        Cache, typer.Option("--l2", help="A GPU's last cache before each call of the span device.")
    ] = Cache.HOT,
    pinned: Annotated[
        bool, typer.Option("--pinned", help="Round trips to a GPU go through pinned host memory.")
    ] = False,
    patience: Patience = None,
    results: Results = Path("results"),
    machine: OwnName = None,
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="Whether to draw the curves.")] = True,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Whether to write the page.")] = True,
) -> None:
    """
    Measure, answer, hand the times to asv and draw the curves; Ctrl-C ends it with what is there.

    With an address it is measured into the project's results folder, and the run is put there at its end.

    Example: harness run --quick --op abs --op mm --max-size 65536
    """
    from harness.asv.catalogue import asked_ops
    from harness.asv.configuration import project_folder
    from harness.asv.machine_name import known_machine
    from harness.runs.job import new_job

    del patience  # it has been said that there is none
    settings = settings_asked(
        quick=quick,
        backend=backend,
        dtype=dtype,
        min_size=min_size,
        max_size=max_size,
        seconds=seconds,
        rounds=rounds,
        start=start,
        l2=l2,
        pinned=pinned,
    )
    began, project = time.perf_counter(), project_folder(Path.cwd())
    ops = asked_ops(project, op or ())
    check_address(results)
    local = local_folder(results)
    job = new_job(results=local, project=project, machine=known_machine(machine), settings=settings)
    measured = _measure(job, ops)
    finished, cells = _answer(job, measured, local, margin)
    _say_costs(finished, time.perf_counter() - began)
    _hand_to_asv(job, measured, finished)
    page = None
    if plots:
        folder, page = publish_run(finished, cells, local, report=report)
        out.print(f"plots: {folder}", markup=False, soft_wrap=True)
    elif report:
        page = write_report(local, first=job.machine, cells=cells)
    if page:
        out.print(f"report: {page}", markup=False, soft_wrap=True)
    put_there([finished], results)
    if measured.stopped:
        err.print("harness: stopped; this is the answer from what was measured until then", markup=False)
        sys.exit(INTERRUPTED)
    _refuse_failures(ops, measured)


def settings_asked(
    *,
    quick: bool,
    backend: list[str] | None,
    dtype: list[str] | None,
    min_size: int | None,
    max_size: int | None,
    seconds: float | None,
    rounds: int | None,
    start: Literal["fork", "spawn"] | None,
    l2: Cache,
    pinned: bool,
) -> "Settings":
    """Return the settings that options ask for; refuse what cannot be meant."""
    from harness.runs.settings import DEFAULT, QUICK, checked

    default = QUICK if quick else DEFAULT
    return checked(
        replace(
            default,
            backends=tuple(backend or default.backends),
            dtypes=tuple(dtype or default.dtypes),
            min_size=min_size,
            max_size=max_size,
            seconds=seconds,
            rounds=rounds,
            start=start or default.start,
            l2=l2,
            pinned=pinned,
        )
    )


def _measure(job: "Job", ops: "Sequence[Op]") -> "Measured":
    """Measure, and show how far it is; end the program if it is stopped before there is anything."""
    from harness.terminal.progress import progress

    err.print(f"measuring on {job.machine} into {job.folder}; Ctrl-C ends with an answer", markup=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C does
    try:
        with progress(err) as tell:
            # What takes long to import is so while something is to be seen.
            from harness.runs.measure import measure_run
            from harness.store.files import check_writable
            from harness.terminal.warnings import warn_of_others

            check_writable(job.folder.parent)
            warn_of_others()
            with _parents(job, ops) as parents:
                return measure_run(job, ops, parents, tell)
    except KeyboardInterrupt:
        err.print("harness: stopped before the first round of an op; nothing is kept", markup=False)
        sys.exit(INTERRUPTED)


def _parents(job: "Job", ops: "Sequence[Op]") -> "Parents":
    """Return the warm processes of a run."""
    from harness.workers.parents import Parents, libraries_for

    return Parents(job.settings.hang_limit_of(len(ops)), job.settings.start, libraries_for(ops))


def _answer(job: "Job", measured: "Measured", results: Path, margin: float) -> "tuple[Run, pd.DataFrame]":
    """End the run, print its crossovers with what must be known to read them; return it and its cells."""
    import harness
    from harness.advice.regions import regions_by_op
    from harness.answers.labels import relabelled
    from harness.runs.lifecycle import finish
    from harness.terminal.glance import glance_tables
    from harness.terminal.notes import first_notes, next_run_notes, reading_notes
    from harness.terminal.tables import crossover_table

    run = finish(job.folder, stopped=measured.stopped)
    chosen = selection_of(run, results)
    crossovers, speedups = (
        chosen.ask(question, None, margin) for question in (harness.crossover, harness.speedup)
    )
    crossed, shown, cells = (
        relabelled(table, chosen.shown) for table in (crossovers, speedups, chosen.cells)
    )
    baseline = chosen.shown.get(run.baseline, run.baseline)
    show(
        *first_notes(run),
        *glance_tables(regions_by_op(shown, margin)),
        crossover_table(crossed, shown, cells),
        *next_run_notes(crossovers, speedups, chosen.cells, run.functions),
        *reading_notes(run, cells, shown, chosen.own_error, baseline=baseline, margin=margin),
    )
    return run, chosen.cells


def _say_costs(run: "Run", wall: float) -> None:
    """Say what the time until the answer went into."""
    from harness.store.op_files import read_cost

    cost = read_cost(run)
    rounds = cost.pop("wall") - sum(cost.values())
    spent = {**cost, "rest of the rounds": rounds, "else": wall - rounds - sum(cost.values())}
    shares = ", ".join(f"{purpose.replace('_', '-')} {took / wall:.0%}" for purpose, took in spent.items())
    out.print(f"\n{wall:.0f} s to the answer: {shares}")
    out.print(f"cells: {run.folder}", markup=False, soft_wrap=True)


def _hand_to_asv(job: "Job", measured: "Measured", run: "Run") -> None:
    """Write the times into asv's history, too; the answer does not hang on that."""
    from datetime import datetime

    from harness.asv.results_file import write_results

    try:
        history = write_results(
            job.project,
            job.machine,
            run.facts["commit"],
            measured.cells,
            began=datetime.fromisoformat(run.facts["begin"]),
            seconds_by_op=measured.seconds,
        )
    except MeasureError as error:
        err.print(f"harness: {error}", style="yellow", markup=False)
        return
    if history:
        out.print(f"asv: {history}", markup=False, soft_wrap=True)


def _refuse_failures(ops: "Sequence[Op]", measured: "Measured") -> None:
    """Raise if an op, or a backend of it, has no time, which the others' answers do not say."""
    from harness.runs.losses import lost_backends, refuse_no_time

    failures: list[str] = []
    for op in ops:
        cells = measured.cells.get(op.name, [])
        try:
            refuse_no_time(op, cells)
            failures += lost_backends(op, cells).values()
        except MeasureError as error:
            failures.append(str(error))
    if failures:
        raise MeasureError("\n".join(failures))
