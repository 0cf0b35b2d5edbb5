"""Modules that are told by the path of their file, each with what lies beside it."""

import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from harness.spellings.digest import is_installed

_BESIDE: dict[Path, set[str]] = {}
"""By the folder of a file that was imported by its path, what it imported from there."""


def module_of_file(name: str) -> ModuleType:
    """Import a module by the path of its file."""
    path = Path(name)
    # Two files of one name, in two folders, are two modules.
    own = f"_of_file_{hashlib.sha256(name.encode()).hexdigest()[:8]}_{path.stem}"
    if own not in sys.modules:
        spec = importlib.util.spec_from_file_location(own, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        with _neighbours_of(path.parent):
            sys.modules[own] = module
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[own]
                raise
    return sys.modules[own]


@contextmanager
def _neighbours_of(folder: Path) -> Iterator[None]:
    """
    Let a file import what lies beside it, and nothing that another file found beside itself.

    An old and a new version of a file each have a module of the same name beside them.
    """
    for other in set(_BESIDE) - {folder}:
        for name in _BESIDE.pop(other):
            sys.modules.pop(name, None)
    if str(folder) in sys.path:
        sys.path.remove(str(folder))
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    try:
        yield
    finally:
        found = {name for name in set(sys.modules) - before if _lies_in(folder, name)}
        _BESIDE.setdefault(folder, set()).update(found)


def _lies_in(folder: Path, name: str) -> bool:
    """Return whether a module lies in a folder and is not installed there."""
    file = getattr(sys.modules[name], "__file__", None)
    return file is not None and Path(file).is_relative_to(folder) and not is_installed(name)
