"""Advice from the store: which backend to take, for an op or a chain of ops, a size and a number of calls."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import (
    DEFAULT_MARGIN,
    BackendName,
    Baseline,
    Machine,
    Margin,
    Results,
    RunId,
    TextForm,
)
from harness.cli.selection import Selection, chosen_run, only, selection
from harness.errors import EmptyStoreError, UsageError
from harness.terminal.console import err
from harness.terminal.formats import FOR_PEOPLE, Format, print_frame, print_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from harness.advice.advice import Advice


def advise(  # noqa: PLR0913 - a parameter per option
    op: Annotated[
        list[str] | None,
        typer.Argument(help="Ops, or functions by name, that were measured; default all.", metavar="[OP]..."),
    ] = None,
    *,
    n: Annotated[
        str | None, typer.Option("--n", help="The size: 1000000, 1M or 64Ki; default all, as bars.")
    ] = None,
    calls: Annotated[int, typer.Option(min=1, help="How often it is called on data that is moved once.")] = 1,
    chain: Annotated[
        bool, typer.Option("--chain", help="The ops in this order, each on the result of the one before.")
    ] = False,
    score: Annotated[
        bool, typer.Option("--score", help="How right such advice was, where it was measured later.")
    ] = False,
    what_if: Annotated[
        str | None,
        typer.Option(
            "--what-if",
            help="Of what nobody measured, how fast it could be at most: a machine of the store, or "
            "figures such as memory=3.35TB/s,arithmetic=67TFLOP/s,link=55GB/s.",
        ),
    ] = None,
    backend: BackendName = None,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    baseline: Baseline = None,
    margin: Margin = DEFAULT_MARGIN,
    form: TextForm = Format.TABLE,
) -> None:
    """
    Say which backend to take at a size, and from how many calls per transfer on that pays.

    Example: harness advise sin mean --chain --n 1M --calls 3
    Example: harness advise sin --n 1M --what-if memory=3.35TB/s,link=55GB/s
    """
    from harness.advice.advice import advice_frame
    from harness.advice.choice import advise_from
    from harness.answers.labels import relabelled
    from harness.answers.speedup import speedup
    from harness.answers.versions import other_versions
    from harness.spellings.sizes import size_of

    chosen = selection(results, machine, run, op)
    if note := other_versions(chosen.run.facts):
        err.print(note, markup=False)
    speedups, cells = only("backend", backend, chosen.ask(speedup, baseline, margin)), chosen.cells
    if form in FOR_PEOPLE:
        speedups, cells = (relabelled(table, chosen.shown) for table in (speedups, cells))
    if score:
        print_parts(_scores(chosen, results, speedups), form)
    elif what_if is not None:
        if n is None or chain or form not in FOR_PEOPLE:
            raise UsageError("--what-if goes with ops, --n and --calls, and prints sentences")
        print_parts(_bounds(cells, what_if, results, size_of(n), calls, baseline), form)
    elif n is not None:
        ask = partial(advise_from, n=size_of(n), calls=calls, margin=margin, memory=chosen.run.memory)
        advices, refused = _advices(speedups, cells, op, ask, chain=chain)
        if form in FOR_PEOPLE:
            print_parts([*_sentences(advices), *refused], form)
        else:
            print_frame(advice_frame(advices), form)
    elif chain or form not in FOR_PEOPLE:
        raise UsageError("advice on a chain, or for a program, is for a size; add --n, such as --n 1M")
    else:
        from harness.advice.regions import regions_by_op
        from harness.terminal.glance import glance_tables

        bars = glance_tables(regions_by_op(speedups, margin, calls), calls)
        if not bars:
            raise UsageError("no backend has calls and round trips at two sizes or more; see `harness cells`")
        print_parts(bars, form)


def _advices(
    speedups: "pd.DataFrame",
    cells: "pd.DataFrame",
    ops: "Sequence[str] | None",
    ask: "Callable[[pd.DataFrame, pd.DataFrame, Sequence[str]], Advice]",
    *,
    chain: bool,
) -> "tuple[list[Advice], list[str]]":
    """Return advice on each op or on the chain, per dtype, and why there is none on others."""
    advices, refused = [], []
    for dtype, of_dtype in speedups.groupby("dtype", sort=False):
        present = list(dict.fromkeys(of_dtype["op"]))
        asked = [ops or present] if chain else [[one] for one in ops or present if one in present]
        for names in asked:
            try:
                advices.append(ask(of_dtype, cells[cells["dtype"] == dtype], names))
            except UsageError as error:
                refused.append(str(error))
    if not advices:
        raise UsageError(refused[0] if refused else "no backend is held against another; see `harness cells`")
    return advices, refused


def _sentences(advices: "Sequence[Advice]") -> "Iterator[str]":
    """Yield a sentence for each op or chain."""
    several = len({advice.dtype for advice in advices}) > 1
    for advice in advices:
        name = ", then ".join(advice.ops) + (f", {advice.dtype}" if several else "")
        yield f"{name}: {advice}"


def _scores(chosen: Selection, results: Path, speedups: "pd.DataFrame") -> "Iterator[str]":
    """Yield how far predictions are from what was measured: of sizes left out, and of later runs."""
    import harness
    from harness.advice.score import left_out, overtaken, score
    from harness.store.frame import frame
    from harness.store.runs import read_runs
    from harness.units import share

    runs = [one for one in read_runs(results) if one.machine == chosen.run.machine and one.complete]
    earlier = [harness.speedup(frame([one])) for one in sorted(runs, key=lambda one: one.id)]
    for told, predictions in (
        ("sizes that are left out of this run's curves", left_out(speedups)),
        ("sizes that only the next run on this machine measured", overtaken(earlier)),
    ):
        found = score(predictions)
        if not found.predictions:
            yield f"{told}: none"
            continue
        yield (
            f"{told}: {found.predictions} speedups, off by {share(found.median)} in the middle and by at "
            f"most {share(found.most)} in 95 of 100; {share(found.held)} lie in their intervals"
        )


def _bounds(
    cells: "pd.DataFrame", what_if: str, results: Path, n: int, calls: int, baseline: str | None
) -> "Iterator[str]":
    """Yield how fast each op could be at most on devices that nobody measured on."""
    from harness.advice.bound import bound
    from harness.advice.device import device_of_rates, devices_of_machine
    from harness.store.runs import read_ceilings

    if "=" in what_if:
        devices = [device_of_rates(what_if)]
    else:
        devices = devices_of_machine(what_if, read_ceilings(chosen_run(results, what_if, None)))
        if not devices:
            raise EmptyStoreError(
                f"no ceilings were measured with the latest run on {what_if!r}, so nothing bounds it; give "
                "rates, as in --what-if memory=3.35TB/s,link=55GB/s"
            )
    several = len(set(cells["dtype"])) > 1
    for (op, dtype), of_op in cells.groupby(["op", "dtype"], sort=False):
        for device in devices:
            name = f"{op}, {dtype}" if several else op
            yield f"{name}: {bound(of_op, op, n, calls, baseline, device=device)}"
