"""One run as all its processes know it: where it is stored, what it measures. It travels in one variable."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.errors import MeasureError, UsageError
from harness.model import Cache
from harness.names import LONGEST_NAME, is_plain
from harness.runs.settings import Settings

VARIABLE = "HARNESS_JOB"
"""Environment variable that carries the job from the command line through asv to the sweeps."""
_MOMENT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run to be measured."""

    results: Path  # absolute
    project: Path  # the folder of asv.conf.json, whose commit is recorded
    machine: str
    run: str  # later ones sort after earlier ones
    settings: Settings

    @property
    def folder(self) -> Path:
        """The folder of the run in the store."""
        return self.results / "runs" / self.machine / self.run

    def text(self) -> str:
        """Return the job as the value of the variable."""
        return json.dumps(asdict(self) | {"results": str(self.results), "project": str(self.project)})


def new_job(*, results: Path, project: Path, machine: str, settings: Settings) -> Job:
    """Return a job with an identity of its own; its machine's name has to be one of a folder."""
    check_machine_name(machine)
    return Job(
        results=results.resolve(),
        project=project.resolve(),
        machine=machine,
        run=_next_run(results / "runs" / machine),
        settings=settings,
    )


def check_machine_name(name: str) -> None:
    """Refuse a name that is empty, hidden, too long, or not a folder's on some system."""
    if not is_plain(name):
        raise UsageError(
            f"the machine's name {name[:40]!r} cannot be a folder's: it may have up to {LONGEST_NAME} "
            'printable characters, none of /\\:*?"<>| and no dot in front; give it another with --machine'
        )


def _next_run(folder: Path) -> str:
    """Return a run's name that sorts behind those in the machine's folder, even if the clock was set back."""
    now = datetime.now(UTC)
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(ValueError, OverflowError):  # some other name; whoever reads the store will tell
            before = datetime.strptime(path.name.partition("-")[0], _MOMENT).replace(tzinfo=UTC)
            now = max(now, before + timedelta(seconds=1))
    return f"{now:{_MOMENT}}-{secrets.token_hex(3)}"


def current_job() -> Job | None:
    """
    Return the job that this process is part of, if any.

    In an environment that asv manages the run bears the names of the commit and of the environment too, so
    that each has a folder of its own.
    """
    text = os.environ.get(VARIABLE)
    if text is None:
        return None
    try:
        fields = json.loads(text)
        settings = fields["settings"]
        settings |= {k: tuple(settings[k]) for k in ("backends", "dtypes")} | {"l2": Cache(settings["l2"])}
        return Job(
            results=Path(fields["results"]),
            project=Path(fields["project"]),
            machine=fields["machine"],
            run="-".join([fields["run"], *_environment()]),
            settings=Settings(**settings),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise MeasureError(
            f"the environment variable {VARIABLE} holds no job of this version ({error}); unset it"
        ) from error


def _environment() -> list[str]:
    """Return what tells apart the commits and environments that one call of asv measures; none in our own."""
    name, commit = os.environ.get("ASV_ENV_NAME"), os.environ.get("ASV_COMMIT")
    return [commit[:8], name] if name and commit else []
