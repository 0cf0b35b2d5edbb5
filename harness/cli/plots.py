"""The command that draws: all figures of a machine into the results folder, or one of them into a file."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import BackendName, Baseline, Machine, OpName, Results, RunId, SpanName
from harness.cli.remote import local_folder
from harness.cli.selection import chosen_run
from harness.errors import UnknownNameError, UsageError
from harness.terminal.console import out, write_file

if TYPE_CHECKING:
    import pandas as pd

    from harness.figures.drawings import Drawing
    from harness.store.latest import Part


def plot(  # noqa: PLR0913 - a parameter per option
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    dtype: Annotated[str | None, typer.Option(help="Of a figure, where there are several.")] = None,
    baseline: Baseline = None,
    output: Annotated[
        Path | None, typer.Option(help="Write one figure to this file, as its name ends: .png, .svg or .pdf.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Of that figure, in inches, such as 7x4.5.")
    ] = None,
    png: Annotated[
        bool, typer.Option("--png", help="Each op as PNG besides; else only the overview of all ops is.")
    ] = False,
) -> None:
    """
    Draw the speedup curves as SVG into the results folder, the overview of all ops as PNG too.

    With --output it is a single figure: of one op its times, speedups and rates, of several or none an
    overview of speedups. No window is opened.

    \b
    Example:
    harness plot --baseline torch-cpu
    harness plot --op sin --backend torch-cpu --span call --output sin.pdf --size 7x4.5
    """  # noqa: D301 - the character by which lines are kept apart
    from harness.asv.machine_name import known_machine
    from harness.store.latest import cells_of_parts, latest_parts, whole
    from harness.store.runs import read_runs, select

    if output is None and (backend or span or dtype or size):
        raise UsageError("--backend, --span, --dtype and --size are of a single figure; add --output FILE")
    if output is not None and png:
        raise UsageError(f"--png is of all figures, and {output} is one; leave it out")
    if run is not None:
        parts = [whole(chosen_run(results, machine, run))]
    else:
        runs = select(list(read_runs(results)), results, machine=machine)
        parts = latest_parts(runs, machine or known_machine())
    if output is not None:
        from harness.figures.drawings import drawing_of
        from harness.figures.page_size import size_of
        from harness.figures.run_figures import draw, file_kind

        kinds, inches = (file_kind(output),), size_of(size) if size else None
        drawing = drawing_of(_drawings(parts, cells_of_parts(parts), results, baseline), op or (), dtype)
        answers = drawing.answers.only(ops=op or (), backends=backend or (), span=span)
        ((_, content),) = draw(replace(drawing, answers=answers, kinds=kinds, size=inches))
        write_file(output, partial(Path.write_bytes, data=content))
        out.print(f"plot: {output}", markup=False, soft_wrap=True)
        return
    of_parts = dict.fromkeys(name for part in parts for name in part.ops)
    for name in op or ():
        if name not in of_parts:
            raise UnknownNameError.of("op", name, of_parts)
    with plots(parts, cells_of_parts(parts), results, baseline, png=png, only=op) as folder:
        pass
    out.print(f"plots: {folder}", markup=False, soft_wrap=True)


@contextmanager
def plots(
    parts: "Sequence[Part]",
    cells: "pd.DataFrame",
    results: Path,
    baseline: str | None = None,
    *,
    png: bool = False,
    only: Collection[str] | None = None,
) -> Iterator[Path]:
    """Yield the folder of a machine's curves, which are drawn meanwhile and lie there at the end."""
    from harness.figures.drawing_processes import drawn

    folder = local_folder(results) / "plots" / parts[0].run.machine
    every = _drawings(parts, cells, results, baseline, png=png)
    # Of the ops only these: what an earlier run has drawn of others lies there.
    drawings = [drawing for drawing in every if only is None or drawing.op is None or drawing.op in only]
    with drawn(drawings) as files:
        yield folder
        for name, content in files:
            write_file(folder / name, partial(Path.write_bytes, data=content))
    for drawing in drawings:
        if "png" not in drawing.kinds:  # one of an earlier run would contradict the SVG beside it
            write_file(folder / f"{drawing.name}.png", partial(Path.unlink, missing_ok=True))


def _drawings(
    parts: "Sequence[Part]", cells: "pd.DataFrame", results: Path, baseline: str | None, *, png: bool = False
) -> "list[Drawing]":
    """Return the figures of a machine's runs, by its own A/A error."""
    from harness.figures.drawings import run_drawings
    from harness.validation.record import known_error

    own_error = known_error(results, parts[0].run.machine)
    return run_drawings(parts, cells, baseline, aa_error=own_error.error if own_error else 0.0, png=png)
