"""What a command line names, ``FILE.py:NAME`` or ``MODULE:NAME``, found and read without running it."""

import ast
import importlib.util
import keyword
import re
import sys
import tokenize
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from harness.errors import UsageError
from harness.model import Carried
from harness.spellings.definitions import definitions, listed, parameters_of
from harness.spellings.spelling import Reference

_FILE_ALONE = re.compile(r"([^\s()\[\]{}'\"]+\.py):?")
_SHOWN = 100
"""Characters of a path that a sentence quotes."""


class NotInstalledError(UsageError):
    """No module has this name on this computer; another may have one."""


def reference(text: str) -> Reference | None:
    """
    Return what a text names; None if it is no reference.

    `UsageError` says what is wrong with a file, a module or a name that is not there.
    """
    if alone := _FILE_ALONE.fullmatch(text):
        place = alone[1]
        there = listed(definitions(_parsed(place).body))
        raise UsageError(f"{place} is a file; name a function of it, as in {place}:NAME; there are: {there}")
    place, colon, name = text.rpartition(":")
    if not colon or not _is_dotted(name):
        return None
    if place.endswith(".py"):
        return _of_file(text, place, name)
    return _of_module(text, place, name) if _is_dotted(place) else None


def _is_dotted(text: str) -> bool:
    """Return whether a text is names with dots between them."""
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))


def _of_file(text: str, place: str, name: str) -> Reference:
    """Return what a file's path and a function's name mean."""
    tree = _parsed(place)
    path = Path(place).resolve()
    if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree)):
        module, folder = _as_module(path)
        raise UsageError(
            f"{place} imports from its own package, so it has to be named as a module: {module}:{name}, in "
            f"the folder {folder}"
        )
    return Reference(
        carried=Carried(source=text, module=str(path), name=name, folder=str(path.parent)),
        name=name,
        parameters=parameters_of(name, tree, place),
    )


def _of_module(text: str, place: str, name: str) -> Reference:
    """Return what a module's name and a function's name mean."""
    here = Path.cwd()
    top, spec = _found(place, here)
    source = spec.origin if spec.origin and spec.origin.endswith(".py") else None
    return Reference(
        carried=Carried(source=text, module=place, name=name, folder=str(here) if _is_in(top, here) else ""),
        name=name,
        parameters=parameters_of(name, _parsed(source), place) if source else (),
    )


def _found(place: str, here: Path) -> tuple[ModuleSpec, ModuleSpec]:
    """
    Find a module in the folder where the user is, or among those that are installed; return its topmost, too.

    Python's own search would import the packages around it.
    """
    first, *rest = place.split(".")
    sys.path.insert(0, str(here))
    try:
        top = spec = importlib.util.find_spec(first)
    except (ImportError, ValueError):  # such as __main__, which is this program
        top = spec = None
    finally:
        sys.path.remove(str(here))
    known = first
    for part in rest:
        folders = spec.submodule_search_locations if spec else None
        if folders is None:
            break
        known = f"{known}.{part}"
        spec = PathFinder.find_spec(known, list(folders))
    if top is None or spec is None or known != place:
        raise NotInstalledError(
            f"no module is called {place:.{_SHOWN}} in this folder, nor is one installed; name a function as "
            "FILE.py:NAME or MODULE:NAME"
        )
    return top, spec


def _is_in(spec: ModuleSpec, folder: Path) -> bool:
    """Return whether a module is a file or a package of a folder."""
    places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.origin else [])]
    return any(Path(place).parent == folder for place in places)


def _as_module(path: Path) -> tuple[str, Path]:
    """Return the name of a file as a part of its package, and the folder from which that is imported."""
    folder, parts = path.parent, [path.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), folder


def _parsed(place: str) -> ast.Module:
    """Return what a file says."""
    path, shown = Path(place), f"{place:.{_SHOWN}}"
    try:
        if path.is_dir():
            raise UsageError(f"{shown} is a folder; name a function of a file, as in FILE.py:NAME")
        if not path.is_file():
            raise UsageError(f"there is no file {shown}; name one that is there, as in FILE.py:NAME")
        with tokenize.open(path) as file:
            return ast.parse(file.read())
    except SyntaxError as error:
        line = f" in line {error.lineno}" if error.lineno else ""
        raise UsageError(f"{shown} is no Python{line}: {error.msg}; mend it first") from error
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{shown} cannot be read: {reason}; name another file") from error
