"""asv's plug-in: an environment that is the Python asv runs in, and the beginning and end of a run.

asv imports this module once, in its main process, because asv.conf.json names it under ``plugins``.
"""

import atexit
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from asv import util
from asv.environment import Environment

from harness.asv.machine_name import register_machine
from harness.errors import HarnessError
from harness.runs.job import VARIABLE, new_job
from harness.runs.lifecycle import finish
from harness.runs.settings import DEFAULT, QUICK
from harness.workers.libraries import labels
from harness.workers.lifeline import tied


class CurrentEnvironment(Environment):  # type: ignore[misc] # asv ships no types
    """
    The interpreter that asv itself runs in, with the working tree as it is.

    Unlike asv's own ``existing`` it has its results saved, under the versions of NumPy and Torch.
    """

    tool_name = "current"

    def __init__(self, conf: Any, _python: str, _requirements: Any, tagged_env_vars: Any) -> None:  # noqa: ANN401 - asv's
        self._python = f"{sys.version_info.major}.{sys.version_info.minor}"
        self._requirements = labels()
        self._tagged_env_vars = tagged_env_vars
        super().__init__(conf, self._python, self._requirements, tagged_env_vars)
        self._global_env_vars.pop("ASV_ENV_DIR")

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
        head = util.check_output([util.which("git"), "rev-parse", "HEAD"]).strip()
        if commit_hash != head:
            raise util.UserError(
                f"the environment 'current' measures the working tree at {head[:8]}, not {commit_hash[:8]}; "
                "check that commit out first"
            )

    def install_project(self, conf: Any, repo: Any, commit_hash: str | None = None) -> None:  # noqa: ANN401 - asv's
        """Install nothing, but make sure that the commit is the one that is checked out."""
        del conf
        if commit_hash is not None:
            self.checkout_project(repo, commit_hash)

    def run(self, args: list[str], **kwargs: Any) -> Any:  # noqa: ANN401 - asv's
        """Run this interpreter, which ends with asv, and return what asv's own runner of commands returns."""
        return util.check_output(tied([sys.executable, *args]), **kwargs)


def _begin(arguments: list[str]) -> None:
    """Begin a run of the store if asv was called to run benchmarks, and end it when asv does."""
    if not {"run", "continuous"} & set(arguments) or VARIABLE in os.environ:
        return
    name = next((value for option, value in pairwise(arguments) if option in ("-m", "--machine")), None)
    settings = QUICK if {"-q", "--quick"} & set(arguments) else DEFAULT
    job = new_job(
        results=Path("results"), project=Path.cwd(), machine=register_machine(name), settings=settings
    )
    os.environ[VARIABLE] = job.text()

    def end() -> None:
        # An interpreter that ends by Ctrl-C or an error has left its mark here; such a run stays unfinished.
        if hasattr(sys, "last_type"):
            return
        for run_json in job.folder.parent.glob(f"{job.run}*/run.json"):
            finish(run_json.parent)

    atexit.register(end)


try:
    _begin(sys.argv[1:])
except HarnessError as error:
    raise util.UserError(str(error)) from error
