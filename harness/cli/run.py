"""The command that measures, and what it says when it is done."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import OpName, OwnName, Patience, Results
from harness.cli.publish import draw_plots, write_report
from harness.cli.selection import selection_of
from harness.errors import INTERRUPTED, MeasureError
from harness.model import Cache
from harness.terminal.console import err, out, show

if TYPE_CHECKING:
    from harness.asv.run import Outcome
    from harness.runs.job import Job
    from harness.store.runs import Run


def run(  # noqa: PLR0913 - a parameter per option
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="A first look in about a minute: one round.")
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
    rounds: Annotated[
        int | None, typer.Option(help="Worker processes per op; default 3, and 1 with --quick; 5 to publish.")
    ] = None,
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
) -> None:
    """
    Measure through asv, then print the crossovers and draw the curves.

    Example: harness run --quick --op abs --op mm --max-size 65536
    """
    from harness.asv.catalogue import asv_patterns, project_folder
    from harness.asv.machine_name import register_machine
    from harness.runs.job import new_job
    from harness.runs.settings import DEFAULT, QUICK, checked

    default = QUICK if quick else DEFAULT
    settings = checked(
        replace(
            default,
            backends=tuple(backend or default.backends),
            dtypes=tuple(dtype or default.dtypes),
            min_size=min_size,
            max_size=max_size,
            rounds=default.rounds if rounds is None else rounds,
            l2=l2,
            pinned=pinned,
            patience=patience,
        )
    )
    project = project_folder(Path.cwd())
    patterns = asv_patterns(project, tuple(op or ()))
    job = new_job(results=results, project=project, machine=register_machine(machine), settings=settings)
    outcome = _measure(job, patterns)
    _print_answer(outcome.run, results)
    shares = ", ".join(f"{purpose} {share:.0%}" for purpose, share in outcome.shares.items())
    out.print(f"\n{outcome.seconds:.0f} s of wall time: {shares}")
    out.print(f"cells: {job.folder}", markup=False, soft_wrap=True)
    if plots:
        out.print(f"plots: {draw_plots(outcome.run, results)}", markup=False, soft_wrap=True)
    out.print(f"report: {write_report(results, first=job.machine)}", markup=False, soft_wrap=True)
    if outcome.failures:
        raise MeasureError(f"asv could not measure every op; it says:\n{outcome.failures}")


def _measure(job: "Job", patterns: list[str]) -> "Outcome":
    """Measure, and show how far it is; end the program if it is stopped by hand."""
    from harness.asv.run import run_asv, what_is_kept
    from harness.terminal.progress import progress
    from harness.terminal.warnings import warn_of_others

    warn_of_others()
    err.print(
        f"measuring on {job.machine} into {job.folder}; nothing else should run meanwhile", markup=False
    )
    try:
        with progress(err) as follow:
            return run_asv(job, patterns, follow)
    except KeyboardInterrupt:
        err.print(f"harness: stopped; {what_is_kept(job)}", markup=False)
        sys.exit(INTERRUPTED)


def _print_answer(run: "Run", results: Path) -> None:
    """Print the crossovers of a run, with what must be known to read them."""
    import harness
    from harness.terminal.notes import noise_line, reading_notes
    from harness.terminal.tables import crossover_table

    chosen = selection_of(run, results)
    crossovers, speedups = (
        answer(chosen.cells, aa_error=chosen.aa_error) for answer in (harness.crossover, harness.speedup)
    )
    table = crossover_table(crossovers, speedups, chosen.cells)
    show(table, *reading_notes(run, chosen.cells, chosen.own_error), noise_line(chosen.cells))
