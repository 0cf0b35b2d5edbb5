"""The answers for an op as they stand while its run goes on."""

from harness.runs.findings import OpFindings
from harness.runs.job import Job
from harness.runs.progress import Standing


def standings(findings: OpFindings, job: Job) -> tuple[Standing, ...]:
    """Return a line per backend of what the rounds so far say."""
    del findings, job
    return ()
