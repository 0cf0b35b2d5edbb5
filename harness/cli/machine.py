"""Commands that describe: this machine, what could spoil a measurement on it, its ceilings, ops, backends."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import ListForm, Machine, Results, RunId, TextForm
from harness.cli.selection import chosen_run
from harness.errors import EmptyStoreError, SpoiltError
from harness.terminal.console import err, out
from harness.terminal.formats import FOR_PEOPLE, Format, print_frame, print_parts, print_rows


def machine() -> None:
    """
    Print what this computer is, as it is stored with every run.

    Example: harness machine
    """
    import json

    from harness.asv.machine_name import known_machine
    from harness.machine.card import card

    out.print_json(json.dumps(card(known_machine())))


def ops(*, form: ListForm = Format.TABLE) -> None:
    """
    Print the ops that can be measured, with their spelling in each library.

    Example: harness ops --format markdown
    """
    from harness.asv.catalogue import declared_ops
    from harness.asv.configuration import project_folder
    from harness.terminal.listings import op_table

    print_parts([op_table(declared_ops(project_folder(Path.cwd())).values())], form)


def backends(*, form: ListForm = Format.TABLE) -> None:
    """
    Print the backends, why this machine lacks one, and which come from other packages.

    Example: harness backends
    """
    from harness.backends.table import BACKENDS, others, why_missing
    from harness.terminal.listings import backend_table

    added = others()
    missing = {name: why_missing(backend) for name, backend in {**BACKENDS, **added.backends}.items()}
    own = {name: fault for name, fault in added.faults.items() if name not in BACKENDS}
    print_parts([backend_table({**missing, **own}, added.origins)], form)
    for name in added.faults.keys() & BACKENDS.keys():
        err.print(f"harness: {added.faults[name]}", markup=False)


def doctor(
    *,
    form: TextForm = Format.TABLE,
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

    diagnoses = diagnose(read())
    if form in FOR_PEOPLE:
        from harness.terminal.listings import diagnosis_table

        print_parts([diagnosis_table(diagnoses)], form)
    else:
        # The keys are those that programs read: what was found, and the verdict on it.
        rows = [
            {
                "name": diagnosis.name,
                "found": diagnosis.reading,
                "verdict": diagnosis.health,
                "harm": diagnosis.harm,
                "mend": diagnosis.mend,
            }
            for diagnosis in diagnoses
        ]
        print_rows(list(rows[0]), rows, form)
    bad = [diagnosis.name for diagnosis in diagnoses if diagnosis.health is Health.COULD_SPOIL]
    if strict and bad:
        raise SpoiltError(f"{len(bad)} of {len(diagnoses)} could spoil a measurement: {', '.join(bad)}")


def ceilings(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    form: TextForm = Format.TABLE,
) -> None:
    """
    Print the bandwidths, matmul rates and floors that were measured with a run.

    Example: harness ceilings --format json
    """
    import pandas as pd

    from harness.store.runs import read_ceilings
    from harness.terminal.listings import ceiling_table
    from harness.terminal.notes import ceiling_notes

    chosen = chosen_run(results, machine, run)
    measured, notes = read_ceilings(chosen), ceiling_notes(chosen)
    if not measured:
        raise EmptyStoreError(notes[0].plain)
    if form in FOR_PEOPLE:
        print_parts([ceiling_table(measured), *notes], form)
        return
    for note in notes:
        err.print(note.plain, markup=False)
    rows = [
        {key: value for key, value in asdict(ceiling).items() if key != "matmul"}
        | {f"matmul_{dtype}": rate for dtype, rate in ceiling.matmul.items()}
        for ceiling in measured
    ]
    print_frame(pd.DataFrame(rows).astype({"threads": "Int64"}), form)
