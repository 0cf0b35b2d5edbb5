"""What makes a function the one that is meant: its code, and what it uses of its user's own modules.

Where the code stands does not matter, nor does what an installed package has: nobody edits that.
"""

import dis
import functools
import hashlib
import sys
import sysconfig
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

PLAIN = (bool, int, float, complex, str, bytes, type(None))
MOST = 64 * 10**6
"""Bytes of an array whose figures count; of a larger one only its shape does."""
_PACKAGES = {"site-packages", "dist-packages"}
"""Folders of packages, be they of another environment that is on the path of imports."""
_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")
_ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD")


def digest(function: object) -> str:
    """Return the SHA-256 of a callable's code, and of the functions, classes and figures that it uses."""
    sha = hashlib.sha256()
    for part in _parts(function, set()):
        if isinstance(part, bytes):
            sha.update(part)
    return sha.hexdigest()


def own_modules(function: object) -> set[str]:
    """Return the names of the modules, of no installed package, whose code a callable uses."""
    return {part for part in _parts(function, set()) if isinstance(part, str)}


def used(function: FunctionType) -> dict[str, object]:
    """Return the global and the captured values that a function names."""
    names = dict.fromkeys(name for code in _codes(function.__code__) for name in _named(code, _GLOBAL))
    values = {name: function.__globals__[name] for name in names if name in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # not yet bound
            continue
    return values


def is_installed(module: str | None) -> bool:
    """Return whether a module is one of Python's, of an installed package or ours, which nobody edits."""
    if not module or module == "__main__":
        return False
    if module.partition(".")[0] in ("builtins", "harness"):
        return True
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None)
    if file is None:
        return getattr(loaded, "__spec__", None) is not None and not hasattr(loaded, "__path__")
    path = Path(file)
    return not _PACKAGES.isdisjoint(path.parts) or any(map(path.is_relative_to, _installed_folders()))


@functools.cache
def _installed_folders() -> tuple[str, ...]:
    """Return the folders of Python's own modules and of packages, links followed or not."""
    folders = [sysconfig.get_paths()[kind] for kind in ("stdlib", "purelib", "platlib")]
    return tuple(dict.fromkeys([*folders, *(str(Path(folder).resolve()) for folder in folders)]))


def _parts(value: Any, seen: set[int]) -> Iterator[bytes | str]:  # noqa: ANN401 - anything
    """Yield what makes a value what it is as bytes, and the modules whose own code that is by name."""
    if isinstance(value, PLAIN):
        yield repr(value).encode()
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, FunctionType | type):
        yield from _of_definition(value, seen)
    elif (inner := _inside(value)) is not None:
        yield from _of_all(inner, seen)
    elif isinstance(value, set | frozenset):  # in the order of hashes, which differ between processes
        yield repr(sorted(map(repr, value))).encode()
    elif type(value).__module__ == "numpy" and hasattr(value, "tobytes"):
        yield repr((value.shape, str(value.dtype))).encode()
        if value.nbytes <= MOST and value.dtype.kind in "biufc":
            yield value.tobytes()
    elif not isinstance(value, ModuleType):
        yield str(getattr(value, "__name__", "")).encode()
        yield from _of_definition(type(value), seen)


def _inside(value: Any) -> Sequence[object] | None:  # noqa: ANN401 - anything
    """Return what a value is put together of; None of one that is not."""
    if isinstance(value, MethodType):
        return value.__func__, value.__self__
    if isinstance(value, functools.partial):
        return value.func, value.args, value.keywords
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, tuple | list):
        return value
    return (value.__wrapped__,) if hasattr(value, "__wrapped__") else None


def _of_definition(value: Any, seen: set[int]) -> Iterator[bytes | str]:  # noqa: ANN401 - a function or class
    """Yield the parts of a function or a class; of an installed one its name alone."""
    if is_installed(value.__module__):
        yield f"{value.__module__}:{value.__qualname__}".encode()
        return
    yield value.__module__
    yield from (_of_function if isinstance(value, FunctionType) else _of_class)(value, seen)


def _of_all(values: Any, seen: set[int]) -> Iterator[bytes | str]:  # noqa: ANN401 - some things
    """Yield the parts of several values, and how many these are."""
    yield f"{len(values)} of".encode()
    for value in values:
        yield from _parts(value, seen)


def _of_function(function: FunctionType, seen: set[int]) -> Iterator[bytes | str]:
    """Yield the parts of a function: its code, its defaults, and what it uses."""
    yield from _code_parts(function.__code__)
    yield from _parts(function.__defaults__, seen)
    yield from _parts(function.__kwdefaults__, seen)
    attributes = dict.fromkeys(
        name for code in _codes(function.__code__) for name in _named(code, _ATTRIBUTE)
    )
    for name, value in used(function).items():
        yield name.encode()
        yield from _of_name(value, attributes, seen)


def _of_name(value: object, attributes: Collection[str], seen: set[int]) -> Iterator[bytes | str]:
    """Yield the parts of what a name stands for: of a module of its user's, what may be taken from it."""
    if not isinstance(value, ModuleType):
        yield from _parts(value, seen)
    elif id(value) not in seen and not is_installed(value.__name__):
        seen.add(id(value))
        yield value.__name__
        for name in attributes:
            yield from _of_name(vars(value).get(name), attributes, seen)


def _of_class(kind: type, seen: set[int]) -> Iterator[bytes | str]:
    """Yield the parts of a class: its functions and figures, and its bases."""
    for name, value in sorted(vars(kind).items()):
        held = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
        if isinstance(held, (FunctionType, *PLAIN)) and name not in _OF_ITS_PLACE:
            yield name.encode()
            yield from _parts(held, seen)
    yield from _of_all(kind.__bases__, seen)


_OF_ITS_PLACE = ("__doc__", "__module__", "__qualname__", "__firstlineno__", "__static_attributes__")
"""What a class has that says where it stands, or nothing of what it does."""


def _code_parts(code: CodeType) -> Iterator[bytes]:
    """Yield what makes a piece of code what it is, wherever it stands."""
    yield code.co_code
    yield repr((code.co_names, code.co_varnames, code.co_freevars)).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_parts(constant)
        elif isinstance(constant, frozenset):  # in the order of hashes, which differ between processes
            yield repr(sorted(map(repr, constant))).encode()
        else:
            yield repr(constant).encode()


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a piece of code and those in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _named(code: CodeType, operations: tuple[str, ...]) -> Iterator[str]:
    """Yield the names that a piece of code uses in some of its operations."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in operations:
            yield instruction.argval
