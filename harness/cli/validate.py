"""The command by which the timer proves itself on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import CheckForm, OwnName, Patience, Results
from harness.errors import INTERRUPTED, FailedCheckError
from harness.store.files import check_address
from harness.terminal.console import err, out
from harness.terminal.formats import Format, json_lines, print_parts


def validate(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="A sample of every part, in a minute at most.")
    ] = False,
    form: CheckForm = Format.TABLE,
    patience: Patience = None,
    results: Results = Path("results"),
    machine: OwnName = None,
) -> None:
    """
    Run the acceptance tests of the timer on this machine, and store its own A/A error for the verdicts.

    What a busy host keeps from being told is said to be so, and is no failure. The whole battery takes
    about 6 minutes on a calm one.

    Example: harness validate --quick
    """
    from harness.asv.catalogue import declared_ops
    from harness.asv.configuration import project_folder
    from harness.asv.machine_name import register_machine
    from harness.terminal.listings import acceptance_table
    from harness.terminal.warnings import warn_of_others
    from harness.validation.battery import battery
    from harness.validation.record import row

    del patience  # it has been said that there is none
    ops, name = declared_ops(project_folder(Path.cwd())), register_machine(machine)
    duration = "a minute" if quick else "6 minutes, and longer on a busy host"
    err.print(f"validating on {name}, about {duration}; nothing else should run meanwhile", markup=False)
    check_address(results)
    warn_of_others()
    try:
        outcome = battery(results, name, ops, lambda line: err.print(line, markup=False), quick=quick)
    except KeyboardInterrupt:
        err.print("harness: stopped; nothing is stored")
        sys.exit(INTERRUPTED)
    if form is Format.JSON:
        sys.stdout.write(json_lines(map(row, outcome.checks)))
    else:
        print_parts([acceptance_table(outcome.checks)], form)
    (out if form is Format.TABLE else err).print(outcome.stored, markup=False, soft_wrap=True)
    untold = [check for check in outcome.checks if check.outcome == "cannot be told"]
    for reason in dict.fromkeys(
        f"{check.part} cannot be told: {check.doubt or check.detail}" for check in untold
    ):
        err.print(reason, markup=False)
    failed = [check for check in outcome.checks if check.passed is False]
    if failed:
        limited = sum(bool(check.outcome) for check in outcome.checks)
        parts = ", ".join(dict.fromkeys(check.part for check in failed))
        raise FailedCheckError(
            f"{len(failed)} of {limited} acceptance tests failed, in {parts}; "
            "close other programs and validate again"
        )
