"""asv's plug-in: an environment that is the Python asv runs in, and the beginning and end of a run.

asv imports this module in its main process, because asv.conf.json names ``.harness.asv`` under ``plugins``.
"""

import atexit
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asv import util
from asv.commands import make_argparser
from asv.commands.continuous import Continuous
from asv.commands.find import Find
from asv.commands.run import Run
from asv.environment import Environment, EnvironmentUnavailable

from harness.asv.machine_name import register_machine
from harness.asv.repository import check_history
from harness.asv.sweep_file import answer
from harness.errors import HarnessError, MeasureError, UsageError
from harness.machine.temporary_folders import folder_for_sockets, temporary_folder
from harness.runs.job import VARIABLE, Job, new_job
from harness.runs.lifecycle import finish
from harness.runs.owner import start_owner, stop_owner
from harness.runs.settings import DEFAULT, QUICK
from harness.workers.libraries import labels
from harness.workers.lifeline import tied

if TYPE_CHECKING:
    from subprocess import Popen

_SOCKET_ROOM = len("/asv-forkserver-01234567/socket")
"""Bytes of the path of asv's socket below the folder of temporary files."""


class CurrentEnvironment(Environment):  # type: ignore[misc] # asv ships no types
    """
    The interpreter that asv itself runs in, with the working tree as it is.

    Unlike asv's own ``existing`` it has its results saved, under the versions of NumPy and Torch.
    """

    tool_name = "current"

    def __init__(self, conf: Any, python: str, _requirements: Any, tagged_env_vars: Any) -> None:  # noqa: ANN401 - asv's
        self._python = f"{sys.version_info.major}.{sys.version_info.minor}"
        if python not in ("same", self._python):  # of several that a project has for its own environments
            raise EnvironmentUnavailable(
                f"the environment 'current' is Python {self._python}, not {python}; "
                f"start asv with that Python, or let it build one with -E virtualenv:{python}"
            )
        try:
            check_history(conf, Path())  # asv's own words are a traceback, or "Unknown branch HEAD"
        except UsageError as error:
            raise util.UserError(str(error)) from error
        self._requirements = labels()
        self._tagged_env_vars = tagged_env_vars
        super().__init__(conf, self._python, self._requirements, tagged_env_vars)
        self._global_env_vars.pop("ASV_ENV_DIR")
        self._repo = conf.repo

    @classmethod
    def matches(cls, python: str) -> bool:
        """Whether a Python given in the configuration is this one."""
        return python == "same"

    @property
    def installed_commit_hash(self) -> None:
        """None: nothing is ever installed."""
        return

    def check_presence(self) -> bool:
        """Whether the environment is there: always."""
        return True

    def create(self) -> None:
        """Create nothing."""

    def _setup(self) -> None:
        """Install nothing."""

    def checkout_project(self, _repo: object, commit_hash: str) -> None:
        """Take the working tree as it is; refuse to call it by the name of a commit that it is not."""
        head = checked_out(self._repo)
        if commit_hash != head:
            raise util.UserError(
                f"the environment 'current' measures the working tree at {head[:8]}, not {commit_hash[:8]}; "
                'check that commit out first, or have "branches": ["HEAD"] in asv.conf.json'
            )

    def install_project(self, conf: Any, repo: Any, commit_hash: str | None = None) -> None:  # noqa: ANN401 - asv's
        """Install nothing, but make sure that the commit is the one that is checked out."""
        del conf
        if commit_hash is not None:
            self.checkout_project(repo, commit_hash)

    def run(self, args: list[str], **kwargs: Any) -> Any:  # noqa: ANN401 - asv's
        """Run this interpreter, which ends with asv, and return what asv's own runner of commands returns."""
        if answer(args, kwargs.get("cwd")):
            return "", "", 0  # output, errors, exit code
        return util.check_output(tied([sys.executable, *args]), **kwargs)


def checked_out(repo: str) -> str:
    """Return the commit that is checked out in the folder of a repository, or here if it is no folder."""
    folder = repo if Path(repo).is_dir() else "."
    return str(util.check_output([util.which("git"), "rev-parse", "HEAD"], cwd=folder)).strip()


def setup() -> None:
    """Begin a run of the store if asv was called to measure; asv calls this when it loads a plug-in."""
    asked = vars(make_argparser()[0].parse_args())
    if asked["func"] not in [command.run_from_args for command in (Run, Continuous, Find)]:
        return
    try:
        _obey(asked.get("attribute") or {})
        _make_room_for_a_socket(asked["launch_method"])
        unsaved = temporary_folder() if asked.get("dry_run") or asked.get("skip_save") else None
        job = new_job(
            results=Path(unsaved.name if unsaved else "results"),
            project=Path.cwd(),
            machine=register_machine(asked["machine"]),
            settings=QUICK if asked.get("quick") else DEFAULT,
        )
        os.environ[VARIABLE] = job.text()
        atexit.register(_end, job, start_owner(), unsaved)
    except HarnessError as error:
        raise util.UserError(str(error)) from error


def _obey(attributes: dict[str, Any]) -> None:
    """Do what is asked of all benchmarks with ``-a``, as far as it can be done to ops; refuse the rest."""
    if attributes.get("rounds", 1) > 1:
        raise UsageError(
            "with -a rounds, asv reads the same times of an op several times, and makes intervals narrower "
            "than they are; leave it out, give it to a benchmark of your own in its class, or have more "
            "rounds of ops by `harness run --rounds`"
        )
    if "cpu_affinity" in attributes and hasattr(os, "sched_setaffinity"):
        try:
            # What measures is started here, and inherits it.
            os.sched_setaffinity(0, attributes["cpu_affinity"])
        except OSError as error:
            allowed = ",".join(map(str, sorted(os.sched_getaffinity(0))))
            raise UsageError(f"this process may not use those processors; it may use {allowed}") from error


def _make_room_for_a_socket(launch_method: str | None) -> None:
    """Let the socket of asv's fork server lie where its path is short enough, whatever TMPDIR is."""
    if not hasattr(os, "fork") or launch_method == "spawn":
        return
    folder = folder_for_sockets(_SOCKET_ROOM)
    if folder is None:
        raise MeasureError(
            f"a path below {tempfile.gettempdir()} is too long for the socket that asv's fork server needs; "
            "set TMPDIR to a folder with a shorter one, or add --launch-method spawn"
        )
    tempfile.tempdir = folder  # of asv itself; what it starts looks at TMPDIR


def _end(job: Job, owner: "Popen[bytes]", unsaved: "tempfile.TemporaryDirectory[str] | None") -> None:
    """Mark the ends of what asv has measured, a run per environment and commit; that of an error has none."""
    stop_owner(owner)
    if unsaved:
        unsaved.cleanup()
        return
    died_of = getattr(sys, "last_type", None)  # of what the interpreter ends, if not of itself
    if died_of not in (None, KeyboardInterrupt):
        return
    for run_json in job.folder.parent.glob(f"{job.run}*/run.json"):
        if any(run_json.parent.glob("*.parquet")):
            finish(run_json.parent, stopped=died_of is KeyboardInterrupt)
