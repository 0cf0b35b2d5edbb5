"""The ceilings of a run: measured once by a worker, kept in its run.json, held against its cells."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness.backends import backend_named
from harness.ceilings import judged, raised
from harness.errors import CorruptStoreError
from harness.job import Job
from harness.machine import free_memory
from harness.model import Ceiling, Cell, Status
from harness.process import Death, WorkerProcess
from harness.store import Run, read_run, write_facts
from harness.task import CeilingTask, DeviceCeilings

PART = 1 / 12
"""Share of a cell's budget that each backend, size and statement gets; a CPU has some 90 of these."""
SECOND_LOOK = 10.0
"""How many times longer the ceilings are measured again before a cell is called implausible."""


def read_ceilings(run: Run) -> list[Ceiling]:
    """
    Return the ceilings that were measured with a run.

    Parameters
    ----------
    run : Run
        From the store.

    Returns
    -------
    list of Ceiling
        Empty for a run without any.

    Raises
    ------
    CorruptStoreError
        If they are not what they should be.
    """
    try:
        found = [Ceiling(**fields) for fields in run.facts.get("ceilings", ())]
        for ceiling in found:
            figures = (ceiling.in_cache, ceiling.in_memory, ceiling.memory_from, *ceiling.matmul.values())
            if not all(0 < figure < math.inf for figure in (*figures, ceiling.empty_call, ceiling.timer)):
                raise ValueError(f"a figure of {ceiling.device!r} is not above 0")  # noqa: TRY301 - told below
            if not all(isinstance(name, str) for name in (ceiling.device, *ceiling.matmul)):
                raise TypeError(f"{ceiling.device!r} is no device")  # noqa: TRY301 - as above
    except (TypeError, ValueError, AttributeError) as error:
        raise CorruptStoreError(
            f"{run.folder / 'run.json'} cannot be read: its ceilings are none ({error}); "
            "move it out of the store or restore it"
        ) from error
    return found


def without_ceilings(run: Run) -> dict[str, str]:
    """
    Return why a device has no ceilings in a run.

    Parameters
    ----------
    run : Run
        From the store.

    Returns
    -------
    dict of str to str
        Reasons, by device.
    """
    missing = run.facts.get("without_ceilings")
    return {str(device): str(why) for device, why in missing.items()} if isinstance(missing, dict) else {}


def above_ceiling(run: Run, cell: Cell) -> str:
    """
    Say why a cell that is stored with a time cannot have it.

    Parameters
    ----------
    run : Run
        With the ceilings that it stores.
    cell : Cell
        Of the run.

    Returns
    -------
    str
        Empty where no ceiling speaks against it.

    Raises
    ------
    CorruptStoreError
        See `read_ceilings`.
    """
    found = judged(cell, read_ceilings(run))
    if found.status is cell.status:
        return ""
    return f"{cell.case.op} with {cell.case.backend} at n = {cell.case.n} is {found.status}: {found.reason}"


def ceiling_facts(worker: WorkerProcess, job: Job, libraries: Mapping[str, Any]) -> dict[str, Any]:
    """
    Measure the ceilings, as what is to be stored of a run.

    Parameters
    ----------
    worker : WorkerProcess
        That has said hello and has no other task.
    job : Job
        The run.
    libraries : mapping
        From `harness.libraries.observed`.

    Returns
    -------
    dict
        ``ceilings``: a list of them as mappings, and ``without_ceilings``: why a device has none.
    """
    ceilings, missing = _ask(worker, job, libraries, 1.0)
    return {"ceilings": [asdict(ceiling) for ceiling in ceilings], "without_ceilings": missing}


def plausible(cells: Sequence[Cell], job: Job, libraries: Mapping[str, Any]) -> list[Cell]:
    """
    Mark the cells that are faster than a device can be.

    Parameters
    ----------
    cells : sequence of Cell
        Of one op of the run.
    job : Job
        The run, whose ``run.json`` has the ceilings.
    libraries : mapping
        From `harness.libraries.observed`.

    Returns
    -------
    list of Cell

    Notes
    -----
    The host may have been slower when its ceilings were measured than it was later. So before a cell is
    called implausible they are measured again, for longer, and the run keeps the better of both.
    """
    run = read_run(job.folder)
    ceilings = read_ceilings(run)
    found = [judged(cell, ceilings) for cell in cells]
    if not any(cell.status is Status.IMPLAUSIBLE for cell in found):
        return found
    with WorkerProcess(job.settings.hang_limit) as worker:
        worker.hello()
        again, _missing = _ask(worker, job, libraries, SECOND_LOOK)
    ceilings = raised(ceilings, again)
    write_facts(job.folder, {**run.facts, "ceilings": [asdict(ceiling) for ceiling in ceilings]})
    return [judged(cell, ceilings) for cell in cells]


def _ask(
    worker: WorkerProcess, job: Job, libraries: Mapping[str, Any], times: float
) -> tuple[list[Ceiling], dict[str, str]]:
    """Let a worker measure every device in use; return its ceilings, and why a device has none."""
    present = [backend_named(name) for name in job.settings.backends if name not in libraries["missing"]]
    devices = list(dict.fromkeys(backend.device for backend in present))
    worker.give(
        CeilingTask(
            devices=tuple(devices),
            dtypes=job.settings.dtypes,
            seconds=times * PART * job.settings.rules().budget,
            memory=free_memory(),
        )
    )
    ceilings: list[Ceiling] = []
    missing: dict[str, str] = {}
    while devices:
        found: object = worker.answer()
        if isinstance(found, Death):
            missing |= dict.fromkeys(devices, found.reason)
            break
        device = devices.pop(0)
        if isinstance(found, DeviceCeilings):
            ceilings += found.ceilings
            missing |= {device: found.reason} if found.reason else {}
    worker.stop()
    return ceilings, missing
