"""Commands that describe: this machine, what could spoil a measurement on it, its ceilings, the ops and backends."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Form, Machine, Results, RunId, chosen_run
from harness.errors import EmptyStoreError, SpoiltError
from harness.terminal.console import Format, out, print_rows, show


def machine() -> None:
    """
    Print what this computer is, as it is stored with every run.

    Example: harness machine
    """
    import json

    from harness.asv.machine_name import known_machine
    from harness.machine.card import card

    out.print_json(json.dumps(card(known_machine())))


def ops() -> None:
    """
    Print the ops that can be measured, with their spelling in each library.

    Example: harness ops
    """
    from harness.asv.catalogue import declared_ops, project_folder
    from harness.terminal.listings import op_table

    show(op_table(declared_ops(project_folder(Path.cwd())).values()))


def backends() -> None:
    """
    Print the backends, and why this machine lacks one.

    Example: harness backends
    """
    from harness.backends.table import BACKENDS
    from harness.terminal.listings import backend_table

    show(backend_table({name: backend.missing() for name, backend in BACKENDS.items()}))


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
    from harness.machine.conditions import read
    from harness.machine.doctor import Health, diagnose

    checks = diagnose(read())
    if form is Format.TABLE:
        from harness.terminal.listings import check_table

        show(check_table(checks))
    else:
        import pandas as pd

        print_rows(pd.DataFrame(map(asdict, checks)), form)
    bad = [check.name for check in checks if check.verdict is Health.COULD_SPOIL]
    if strict and bad:
        raise SpoiltError(f"{len(bad)} of {len(checks)} could spoil a measurement: {', '.join(bad)}")


def ceilings(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    form: Form = Format.TABLE,
) -> None:
    """
    Print the bandwidths, matmul rates and floors that were measured with a run.

    Example: harness ceilings --format json
    """
    import pandas as pd

    from harness.store.runs import read_ceilings, without_ceilings
    from harness.terminal.listings import ceiling_table

    chosen = chosen_run(results, machine, run)
    found = read_ceilings(chosen)
    missing = without_ceilings(chosen)
    if not found:
        why = "".join(f"; {device}: {reason}" for device, reason in missing.items())
        raise EmptyStoreError(f"no ceilings were measured with {chosen.id}{why}; measure with `harness run`")
    if form is Format.TABLE:
        show(ceiling_table(found))
        for device, reason in missing.items():
            out.print(f"{device}: no ceilings: {reason}", style="dim", markup=False)
        return
    flat = [
        {key: value for key, value in asdict(ceiling).items() if key != "matmul"}
        | {f"matmul_{dtype}": rate for dtype, rate in ceiling.matmul.items()}
        for ceiling in found
    ]
    print_rows(pd.DataFrame(flat).astype({"threads": "Int64"}), form)
