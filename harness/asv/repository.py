"""The repository whose commits asv files results under: what has to be there before anything is measured."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from asv.config import Config


def check_history(conf: "Config", project: Path) -> None:
    """Refuse a project without a commit that asv could file results under; other than git, asv judges."""
    from asv.plugins.git import Git

    repository = project / conf.repo
    if not repository.is_dir() or (repository / ".hg").exists():
        return
    shown = repository.resolve()
    if not Git.is_local_repo(str(repository)):
        raise UsageError(
            f"asv files results by commit, and {shown} is no git repository; make it one by `git init` and "
            "a commit, or correct repo in asv's configuration; `harness run` and `harness report` need none"
        )
    asked = ["git", "-C", str(repository), "rev-parse", "--verify", "HEAD"]
    told = subprocess.run(asked, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if told.returncode == 0:
        return
    reason = told.stderr.strip().partition("\n")[0].removeprefix("fatal: ")
    if reason == "Needed a single revision":
        raise UsageError(
            f"asv files results under commits, and {shown} has none yet; make one with "
            "`git add -A && git commit -m begin`; `harness run` and `harness report` need none"
        )
    raise UsageError(
        f"asv files results under commits, and git does not say which one {shown} is at: {reason}; "
        f"if the folder is somebody else's, `git config --global --add safe.directory {shown}` allows it; "
        "`harness run` and `harness report` need none"
    )
