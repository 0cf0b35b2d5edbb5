"""The commands, and the one place where an error becomes a sentence and an exit code."""

import os
import sys

import typer

from harness.cli import (
    advise,
    answers,
    compare,
    fleet,
    init,
    machine,
    measure,
    plots,
    publish,
    run,
    stores,
    validate,
)
from harness.errors import UNREAD, HarnessError
from harness.machine.temporary_folders import kept_folder
from harness.names import printable
from harness.terminal.console import err, show_any_sign

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Would Torch or a GPU be faster at your sizes, by how much, and from what size on?",
)


for command in (
    measure.measure,
    run.run,
    answers.speedup,
    answers.crossover,
    answers.laws,
    answers.cells,
    plots.plot,
    publish.report,
    publish.site,
    stores.check,
    stores.merge,
    advise.advise,
    machine.ceilings,
    machine.doctor,
    compare.compare,
    stores.export,
    validate.validate,
    init.init,
    machine.machine,
    machine.ops,
    machine.backends,
):
    app.command()(command)
app.add_typer(fleet.app, name="fleet")


def main() -> None:
    """Run the command line; an error is one sentence and its own exit code."""
    show_any_sign()
    os.environ["MPLBACKEND"] = (
        "agg"  # no command opens a window, whatever Matplotlib is told to open one with
    )
    # Matplotlib keeps its list of fonts in the home, or says in two lines that it cannot.
    if "MPLCONFIGDIR" not in os.environ and (folder := kept_folder("harness-matplotlib")):
        os.environ["MPLCONFIGDIR"] = folder
    try:
        app()
    except HarnessError as error:
        err.print(f"harness: {printable(str(error))}", style="red", markup=False)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # of which Typer and rich make a 1
            sys.exit(UNREAD)
        raise
