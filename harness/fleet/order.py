"""What a machine is told to measure, and what comes back: the wire between home and a worker."""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from modulefinder import ModuleFinder
from pathlib import Path

from harness.errors import UsageError

TOPIC = "harness-fleet"
"""Of Dask's events, by which workers tell how far they are."""
_NAMED = re.compile(r"(?:[^=\s]*=)?([^=\s:]+):[\w.]+")
"""What a command line names as FILE.py:NAME or MODULE:NAME, also as CONTENDER=FILE.py:NAME."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a machine is told to do."""

    words: Sequence[str]
    """A command line of the harness, without results and machine."""
    machine: str
    files: Mapping[str, bytes]
    """What the command needs, by path in the folder in which it is run."""
    limit: float
    """Seconds after which it is ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What comes back."""

    code: int
    reason: str
    """What the command said last where it failed; empty where it did not."""
    files: Mapping[str, bytes]
    """Those of its results folder, by path; empty where nothing was measured."""


def project_files(project: Path, benchmarks: Path) -> dict[str, bytes]:
    """Return what `harness run` needs of a project, by path: asv's configuration and the benchmarks."""
    found = [path for pattern in ("asv.conf.json", "asv.conf.jsonc") for path in project.glob(pattern)]
    found += sorted(benchmarks.rglob("*.py"))
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in found}


def sent_files(folder: Path, words: Iterable[str], others: Iterable[Path]) -> dict[str, bytes]:
    """
    Return the files that a command line names, with what they import of their folder, and others, by path.

    Nothing of them is run. What is imported by a name that is worked out is not found.
    """
    named = [match[1] for word in words if (match := _NAMED.fullmatch(word))]
    for path in (*(Path(place) for place in named if place.endswith(".py")), *others):
        if path.is_absolute() or ".." in path.parts:
            raise UsageError(
                f"{path} is another file on a host; change to the folder it lies in, and name it from there"
            )
    found = [path for place in named for path in _with_imports(folder, place)]
    files = {}
    for path in dict.fromkeys([*found, *others]):
        if not (folder / path).is_file() or not (folder / path).resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{path} is no file in {folder}, from where files are sent; move it there")
        files[path.as_posix()] = (folder / path).read_bytes()
    return files


def _with_imports(folder: Path, place: str) -> list[Path]:
    """Return the files in a folder that a file, or a module that lies there, consists of and imports."""
    is_file = place.endswith(".py")
    if is_file and not (folder / place).is_file():
        return [Path(place)]  # which is refused with its name
    # What is installed is on the hosts as well.
    finder = ModuleFinder(path=[str((folder / place).parent if is_file else folder)])
    try:
        if is_file:
            finder.run_script(str(folder / place))
        else:
            finder.import_hook(place)
        for name in finder.badmodules:  # what is not there, and what is no Python
            _parse(Path(finder.path[0], *name.split(".")).with_suffix(".py"))
    except SyntaxError as error:
        what = f"{error.msg}, line {error.lineno}"
        raise UsageError(f"{error.filename} is no Python ({what}); mend it") from None
    except ImportError:
        return []
    sources = (getattr(module, "__file__", None) for module in finder.modules.values())
    paths = [Path(source) for source in sources if source]
    return [path.relative_to(folder) for path in paths if path.is_relative_to(folder)]


def _parse(path: Path) -> None:
    """Raise `SyntaxError` if a file is there and no Python."""
    if path.is_file():
        compile(path.read_bytes(), str(path), "exec", ast.PyCF_ONLY_AST)


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder by their paths in it; `OSError` for a name that leads out of it."""
    for name, contents in files.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise OSError(f"{name!r} leads out of the store")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
