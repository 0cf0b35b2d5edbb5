"""What a project's asv.conf.json says: which folder is the project, and where its benchmarks are."""

from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from asv.config import Config

_NAMES = ("asv.conf.json", "asv.conf.jsonc")
"""As asv looks for it."""


def configured_folder(start: Path) -> Path | None:
    """Return the nearest folder with asv's configuration, from another upwards."""
    places = (start, *start.parents)
    return next((folder for folder in places if any((folder / name).is_file() for name in _NAMES)), None)


def project_folder(start: Path) -> Path:
    """Return the same, which has to be there."""
    folder = configured_folder(start)
    if folder is None:
        raise UsageError(
            f"there is no asv.conf.json in {start} or above it; change to the project's folder, or begin one "
            "with `harness init --asv`; `harness measure` needs none"
        )
    return folder


def configuration(project: Path) -> "Config":
    """Return what asv reads of the configuration of a project."""
    from asv import util
    from asv.config import Config

    path, *others = (project / name for name in _NAMES if (project / name).is_file())
    if others:
        raise UsageError(f"there are both {path} and {others[0].name}, and asv reads neither; remove one")
    try:
        return Config.load(str(path))
    except (util.UserError, OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as asv's configuration: {error}") from error


def benchmark_folder(project: Path) -> Path:
    """Return the folder of the package that a project's benchmarks are in."""
    folder = (project / str(configuration(project).benchmark_dir)).resolve()
    if not folder.is_dir():
        raise UsageError(
            f"there is no folder {folder} to have the benchmarks; correct benchmark_dir in asv.conf.json"
        )
    return folder
