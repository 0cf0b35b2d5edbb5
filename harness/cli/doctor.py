"""The command that looks for what would spoil a measurement."""

from dataclasses import asdict
from typing import Annotated

import typer

from harness.cli.console import Format, print_rows, show
from harness.cli.options import Form
from harness.errors import SpoiltError


def doctor(
    *,
    form: Form = Format.TABLE,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with code 9 if something could spoil a measurement.")
    ] = False,
) -> None:
    """
    List what would spoil a measurement on this machine, and how to mend it.

    Example: harness doctor --strict
    """
    from harness.doctor import Health, diagnose
    from harness.readings import read

    checks = diagnose(read())
    if form is Format.TABLE:
        from harness.cli.listings import check_table

        show(check_table(checks))
    else:
        import pandas as pd

        print_rows(pd.DataFrame(map(asdict, checks)), form)
    bad = [check.name for check in checks if check.verdict is Health.COULD_SPOIL]
    if strict and bad:
        raise SpoiltError(f"{len(bad)} of {len(checks)} could spoil a measurement: {', '.join(bad)}")
