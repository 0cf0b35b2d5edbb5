"""The ceilings of a run: measured once by a worker, kept in its run.json, held against its cells."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from harness.backends.table import backend_named
from harness.machine.card import free_memory
from harness.machine.ceilings import judge, raise_ceilings
from harness.model import Ceiling, Cell, Op, Status
from harness.runs.job import Job
from harness.store.runs import read_ceilings, read_run, write_facts
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import CeilingTask, DeviceCeilings

PROBE = 3e-3
"""Seconds that each backend, size and statement gets; a CPU has some 90 of these."""
FEWER = "it is faster than its operands and result can be moved, so it does not touch all of them"
"""What is said of a function that nobody has counted the bytes of (``work=``)."""
SECOND_LOOK = 10.0
"""How many times longer the ceilings are measured again before a cell is called implausible."""


def ceiling_facts(worker: WorkerProcess, job: Job, libraries: Mapping[str, Any]) -> dict[str, Any]:
    """Measure the ceilings, as what is to be stored of a run."""
    ceilings, missing = _measure(worker, job, libraries, 1.0)
    return {"ceilings": [asdict(ceiling) for ceiling in ceilings], "without_ceilings": missing}


def is_counted(op: Op) -> bool:
    """Return whether somebody has said what an op moves or computes, so that a cell can be implausible."""
    return op.function is None or bool(op.function.moved or op.function.flop)


def no_ceilings(job: Job) -> dict[str, Any]:
    """Return the facts of a quick run of which no cell can be implausible."""
    devices = dict.fromkeys(backend_named(name).device for name in job.settings.backends)
    reason = "this quick run has nothing whose bytes or operations are counted"
    return {"ceilings": [], "without_ceilings": dict.fromkeys(devices, reason)}


def hold_against_ceilings(
    cells: Sequence[Cell],
    worker: WorkerProcess,
    job: Job,
    libraries: Mapping[str, Any],
    guessed: Collection[str] = (),
) -> list[Cell]:
    """
    Mark the cells that are faster than a device can be by the ceilings of their run.

    Of the `guessed` ops nobody has said what they move: one that is faster than its operands and result
    can be moved does not touch all of them, and its bytes are not known.

    The host may have been slower when its ceilings were measured than it was later. So before a cell is
    called implausible they are measured again, for longer, and the run keeps the better of both.
    """
    run = read_run(job.folder)
    ceilings = read_ceilings(run)
    cells = [_without_guess(cell, ceilings) if cell.case.op in guessed else cell for cell in cells]
    judged = [judge(cell, ceilings) for cell in cells]
    if not any(cell.status is Status.IMPLAUSIBLE for cell in judged):
        return judged
    again, _missing = _measure(worker, job, libraries, SECOND_LOOK)
    ceilings = raise_ceilings(ceilings, again)
    write_facts(job.folder, {**run.facts, "ceilings": [asdict(ceiling) for ceiling in ceilings]})
    return [judge(cell, ceilings) for cell in cells]


def _without_guess(cell: Cell, ceilings: Sequence[Ceiling]) -> Cell:
    """Return a cell without the bytes that were guessed, where its time says that it moves fewer."""
    counted = replace(cell, moved=math.nan)
    is_possible = judge(cell, ceilings).status is cell.status
    if is_possible or judge(counted, ceilings).status is not cell.status:
        return cell
    return replace(counted, reason="; ".join(filter(None, (cell.reason, FEWER))))


def _measure(
    worker: WorkerProcess, job: Job, libraries: Mapping[str, Any], times_longer: float
) -> tuple[list[Ceiling], dict[str, str]]:
    """Let a worker measure every device in use; return its ceilings, and why a device has none."""
    present = [backend_named(name) for name in job.settings.backends if name not in libraries["missing"]]
    devices = list(dict.fromkeys(backend.device for backend in present))
    worker.give(
        CeilingTask(
            devices=tuple(devices),
            dtypes=job.settings.dtypes,
            seconds=times_longer * PROBE,
            memory=free_memory(),
        )
    )
    ceilings: list[Ceiling] = []
    missing: dict[str, str] = {}
    while devices:
        answer: object = worker.answer()
        if isinstance(answer, Death):
            missing |= dict.fromkeys(devices, answer.reason)
            break
        device = devices.pop(0)
        if isinstance(answer, DeviceCeilings):
            ceilings += answer.ceilings
            missing |= {device: answer.reason} if answer.reason else {}
    return ceilings, missing
