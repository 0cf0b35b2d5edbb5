"""What comes of a contest: it is measured in a folder of its own, and what the run leaves is a result."""

import weakref
from contextlib import ExitStack
from pathlib import Path

from harness.asv.machine_name import known_machine
from harness.errors import MeasureError
from harness.functions.contest import Contest
from harness.functions.result import Result
from harness.machine.temporary_folders import temporary_folder
from harness.runs.job import new_job
from harness.runs.lifecycle import finish
from harness.runs.losses import refuse_no_time
from harness.runs.measure import measure_run
from harness.runs.progress import Tell
from harness.workers.parents import FOR_FUNCTIONS, Parents


def measured(asked: Contest, tell: Tell, margin: float, machine: str | None = None) -> Result:
    """Measure what is asked for, and return what came out; the folder lasts as long as that does."""
    machine = known_machine(machine)  # refused before there is a folder
    folder = temporary_folder()
    with ExitStack() as until_kept:
        until_kept.callback(folder.cleanup)
        job = new_job(results=Path(folder.name), project=Path.cwd(), machine=machine, settings=asked.settings)
        ops = asked.parts or [asked.op]
        limit = job.settings.hang_limit_of(len(ops))
        with Parents(limit, job.settings.start, libraries=FOR_FUNCTIONS) as parents:
            found = measure_run(job, ops, parents, tell)
        run = finish(job.folder, stopped=found.stopped)
        op = asked.parts[-1] if asked.parts else asked.op
        cells = found.cells.get(op.name, [])
        refuse_no_time(op, cells)
        if not cells:
            raise MeasureError("nothing was measured; give it more seconds, or smaller sizes")
        result = Result(run=run, op=op, margin=margin, parts=asked.parts)
        until_kept.pop_all()
    weakref.finalize(result, folder.cleanup)
    return result
