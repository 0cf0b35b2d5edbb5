"""Small real sweeps: one op on two backends and two sizes, and ops that fail."""

from dataclasses import replace
from pathlib import Path

from harness.asv.catalogue import declared_ops
from harness.model import Op
from harness.runs.job import Job, new_job
from harness.runs.settings import Settings, checked
from harness.store.runs import write_facts
from tests.support.projects import PROJECT
from tests.support.runs import scripted_facts

ABS, SIN = (declared_ops(PROJECT)[name] for name in ("abs", "sin"))


SMALL = Settings(backends=("numpy", "torch-cpu"), min_size=16, max_size=64, rounds=2, hang_limit=30.0)


def job_for(results: Path, settings: Settings = SMALL) -> Job:
    return new_job(results=results, project=PROJECT, machine="here", settings=checked(settings))


def begun_for(results: Path, settings: Settings = SMALL) -> Job:
    """Return a job whose run has begun already, so that a sweep does not measure ceilings first."""
    job = job_for(results, settings)
    write_facts(job.folder, scripted_facts(complete=False))
    return job


def failing(torch: str, **changes: object) -> Op:
    """Return abs with another Torch spelling."""
    return replace(ABS, spelling={"numpy": "np.abs(x)", "torch": torch}, **changes)  # type: ignore[arg-type] # fields of Op


def raising(error: str) -> str:
    """Return a spelling that raises."""
    return f"exec({f'raise {error}'!r}, {{'torch': torch}})"
