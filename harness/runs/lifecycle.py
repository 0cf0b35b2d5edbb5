"""How a run begins and ends: it refuses libraries that it would file wrongly, and writes its facts."""

import os
import subprocess
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import MeasureError
from harness.machine.card import card
from harness.runs.ceilings import ceiling_facts, no_ceilings
from harness.runs.job import Job
from harness.store.op_files import join_ops
from harness.store.runs import Run, read_run, write_facts
from harness.workers.libraries import asv_labels, labels
from harness.workers.process import WorkerProcess


def refuse_other_versions(libraries: dict[str, Any]) -> None:
    """Raise if results would be labelled with other versions than those that a worker has imported."""
    for name, label in labels().items():
        if libraries[name] != label:
            raise MeasureError(
                f"{name} {label} is installed but {libraries[name]} is imported, so the results would bear a "
                "wrong version; look at PYTHONPATH and reinstall the package"
            )
    for name, label in asv_labels().items():
        # A label without a build, as in 2.13.0, stands for any: 2.13.0+cpu.
        if label not in (libraries[name], libraries[name].partition("+")[0]):
            raise MeasureError(
                f"asv files this environment under {name} {label} but {libraries[name]} is imported; put the "
                "latter in the matrix of asv.conf.json, or remove `env` and let asv build it again"
            )


def begin(
    job: Job,
    libraries: dict[str, Any],
    worker: WorkerProcess,
    gpu_processes: list[dict[str, Any]],
    *,
    looks: int,
    with_ceilings: bool = True,
) -> None:
    """Write the run's facts, among them the ceilings that a worker measures, and the looks that it plans."""
    commit, dirty = _commit(job)
    write_facts(
        job.folder,
        {
            "harness": __version__,
            "machine": card(job.machine),
            "libraries": libraries,
            **(ceiling_facts(worker, job, libraries) if with_ceilings else no_ceilings(job)),
            "gpu_processes": gpu_processes,
            "settings": asdict(job.settings),
            "seed": job.settings.seed,
            "quick": job.settings.quick,
            "looks": looks,
            "commit": commit,
            "dirty": dirty,
            "begin": datetime.now(UTC).isoformat(),
            "end": None,
        },
    )


def _commit(job: Job) -> tuple[str | None, bool | None]:
    """Return the measured commit and whether anything but results differs from it; None outside of git."""
    if "ASV_COMMIT" in os.environ:
        return os.environ["ASV_COMMIT"], False  # an environment of asv's, built from that commit

    def git(*words: str) -> str:
        command = ["git", "-C", str(job.project), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--", ".", ":!results"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def add_facts(job: Job, **facts: object) -> None:
    """Add what was found while the run went on."""
    write_facts(job.folder, {**read_run(job.folder).facts, **facts})


def finish(folder: Path, *, stopped: bool = False) -> Run:
    """Mark a run as complete, or as stopped by hand with what there is, and make one file of its ops."""
    run = read_run(folder)
    write_facts(folder, {**run.facts, "end": datetime.now(UTC).isoformat(), "stopped": stopped})
    with suppress(MeasureError):  # without room for one more file, its ops stay in their own
        join_ops(folder)
    return read_run(folder)
