"""Many machines of one store: which are equal, and which of them falls out."""

from pathlib import Path

import typer

from harness.cli.options import Results, TextForm
from harness.cli.selection import machine_parts
from harness.terminal.formats import FOR_PEOPLE, Format, print_frame, print_parts

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Many machines: which are equal, and which of them falls out.",
)


@app.command()
def report(*, results: Results = Path("results"), form: TextForm = Format.TABLE) -> None:
    """
    Print which machines are equal, how far apart their times are, and which of them falls out.

    Example: harness fleet report --format markdown
    """
    from harness.answers.equal_machines import equal_machines, equal_machines_frame
    from harness.sentences.equal_machines import group_sentences
    from harness.store.latest import cells_of_parts, rows_of

    by_machine = machine_parts(results)
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


@app.callback()
def fleet() -> None:
    """Ask many machines of one store together."""
