"""The command that shows how fast the devices of a run can be at all."""

from dataclasses import asdict
from pathlib import Path

from harness.cli.console import Format, out, print_rows, show
from harness.cli.options import Form, Machine, Results, RunId, chosen_run
from harness.errors import EmptyStoreError


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

    from harness.cli.listings import ceiling_table
    from harness.plausible import read_ceilings, without_ceilings

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
