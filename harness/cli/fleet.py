"""Many machines: measured at once over Dask, and held against one another."""

from pathlib import Path

import typer

from harness.cli.fleet_measure import Nodes, Partition, command_line, measure_hosts
from harness.cli.options import Results, TextForm
from harness.cli.remote import local_folder
from harness.cli.selection import machine_parts
from harness.errors import EmptyStoreError, UsageError
from harness.names import in_order
from harness.store.address import Address
from harness.terminal.console import out
from harness.terminal.formats import FOR_PEOPLE, Format, print_frame, print_parts

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Many machines: measured at once, and which of equal ones falls out.",
)
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""A command that takes the options of another as well."""
app.command(
    "run",
    context_settings=_PASSED_ON,
    help="Measure the ops on each host at once; what is not named here is for `harness run` there, such as "
    "--quick.\n\nExample: harness fleet run --scheduler tcp://head:8786 --quick --op sin",
)(measure_hosts)
app.command(
    "measure",
    context_settings=_PASSED_ON,
    help="Measure functions on each host at once; what is not named here is for `harness measure` there."
    "\n\nExample: harness fleet measure --hosts a,b 'xp.tanh(x) * 2' --on numpy,torch-cuda",
)(measure_hosts)


@app.command(context_settings=_PASSED_ON)
def plan(
    context: typer.Context,
    *,
    nodes: Nodes = 1,
    partition: Partition = None,
    results: Results = Path("results"),
) -> None:
    """
    Print a script for sbatch that does the same where no scheduler of Dask's may stay.

    Example: harness fleet plan --nodes 8 --partition gpu --quick > harness.sbatch
    """
    from harness.fleet.batch_script import slurm_script

    if isinstance(results, Address):
        raise UsageError(
            "the nodes of a plan share a folder; leave out the address, and put the runs there afterwards: "
            f"harness merge FOLDER --results {results}"
        )
    words = command_line("run", context.args)
    out.print(slurm_script(words, nodes, partition, results), end="", soft_wrap=True)


@app.command()
def status(*, results: Results = Path("results")) -> None:
    """
    Print what has become of each host of the last fleet.

    Example: harness fleet status
    """
    from harness.fleet.record import read_record
    from harness.terminal.fleet import host_table

    record = read_record(local_folder(results))
    if record is None:
        raise EmptyStoreError(f"no fleet was measured into {results} yet; see `harness fleet run --help`")
    asked = " ".join(["harness", *record.words])
    print_parts([f"begun {record.begun}: {asked}", host_table(record.outcomes)], Format.TABLE)


@app.command()
def report(*, results: Results = Path("results"), form: TextForm = Format.TABLE) -> None:
    """
    Print which machines are equal, how far apart their times are, and which of them falls out.

    Example: harness fleet report --format markdown
    """
    from harness.answers.equal_machines import equal_machines, equal_machines_frame
    from harness.sentences.equal_machines import group_sentences
    from harness.store.latest import cells_of_parts, rows_of

    by_machine = sorted(machine_parts(results), key=lambda parts: in_order(parts[0].run.machine))
    facts = {parts[0].run.machine: parts[0].run.facts for parts in by_machine}
    every = [part for parts in by_machine for part in parts]
    cells = cells_of_parts(every)
    groups = equal_machines(cells[rows_of(every, cells)], facts)
    if form not in FOR_PEOPLE:
        print_frame(equal_machines_frame(groups), form)
        return
    lines = [line for group in groups for line in group_sentences(group, facts[group.machines[0]])]
    alone = [name for name in facts if not any(name in group.machines for group in groups)]
    if alone:
        lines.append(f"without an equal: {', '.join(alone)}")
    print_parts(lines, form)
