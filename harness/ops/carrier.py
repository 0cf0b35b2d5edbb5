"""How a function reaches another process: as text, by reference with its code compared, or by value.

The main module is never imported or run again: what is defined there travels by value.
"""

import hashlib
import importlib
import importlib.util
import inspect
import math
import pickle
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from harness.errors import MeasureError, UsageError
from harness.model import Carried
from harness.ops.torch_modules import is_torch_module, on_host
from harness.units import byte_count

LARGE, MOST = 10**6, 64 * 10**6
"""Bytes of what a function captures that are told of, and that are refused."""
MOST_OF_MODULE = 512 * 10**6
"""Bytes of a `torch.nn.Module`, whose parameters are what it is."""
DECLARES = "declared_function"
"""The attribute in which a class has the function that it was made of, and stands in the place of."""
_BESIDE: dict[Path, set[str]] = {}
"""By the folder of a file that was imported by its path, what it imported from there."""
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def carry(function: Callable[..., object]) -> Carried:
    """
    Return a function as it travels to a worker; `UsageError` if it cannot.

    One of a module goes by reference if it is found there, and by value as well, for a worker that finds it
    changed: a notebook can hold a function that the file does not.
    """
    module, name = _reference(function)
    own = isinstance(function, FunctionType) and not _is_installed(module)
    value = b"" if module and not own else _pickled(function, module)
    return Carried(
        source=f"{module}:{name}" if module else _source(function),
        digest=digest(function) if isinstance(function, FunctionType) else "",
        module=module,
        name=name,
        folder=_folder(module) if module else "",
        path=tuple(str(Path(folder).resolve()) for folder in sys.path),
        value=value,
    )


def carry_module(module: Any) -> Carried:  # noqa: ANN401 - a torch.nn.Module
    """Return a Torch module as it travels: by value, its parameters in host memory; or raise `UsageError`."""
    value = _pickled(on_host(module), "", MOST_OF_MODULE)
    return Carried(source=repr(module), digest=hashlib.sha256(value).hexdigest(), value=value)


def load_anew(carried: Carried) -> Any:  # noqa: ANN401 - whatever was carried
    """Return what travelled by value once more, for one that is changed by its use."""
    return pickle.loads(carried.value)  # noqa: S301 - of the caller's own process


@cache
def load(carried: Carried) -> object:
    """Return the function that was carried here; `MeasureError` if it is not the one that was meant."""
    # What the caller finds is found here, too, and nothing else in its place.
    sys.path += [folder for folder in carried.path if folder not in sys.path]
    if carried.module:
        found = _find(carried)
        if not carried.digest or not isinstance(found, FunctionType) or digest(found) == carried.digest:
            return found
        if not carried.value:
            raise MeasureError(
                f"{carried.source} is another function in its file than in memory; save the file and start "
                "again"
            )
    if carried.value:
        return pickle.loads(carried.value)  # noqa: S301 - of the caller's own process
    import numpy as np

    return eval(carried.source, {"np": np, "math": math})  # noqa: S307 - the user's own text


def digest(function: FunctionType) -> str:
    """Return the SHA-256 of a function's code, and of that of the functions and figures that it uses."""
    sha, seen = hashlib.sha256(), set[int]()

    def add(value: object) -> None:
        if isinstance(value, FunctionType) and id(value) not in seen:
            seen.add(id(value))
            for part in _code_parts(value.__code__):
                sha.update(part)
            for used in (value.__defaults__, *_used(value).values()):
                add(used)
        elif isinstance(value, tuple):
            for part in value:
                add(part)
        elif isinstance(value, _PLAIN):
            sha.update(repr(value).encode())

    add(function)
    return sha.hexdigest()


def captured(function: object) -> dict[str, object]:
    """Return what a function takes along that is no function and no module, by name."""
    if not isinstance(function, FunctionType):
        return {}
    return {
        name: value
        for name, value in _used(function).items()
        if not isinstance(value, ModuleType | FunctionType | type)
    }


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


def _used(function: FunctionType) -> dict[str, object]:
    """Return the global and the captured values that a function names."""
    names = [name for code in _codes(function.__code__) for name in code.co_names]
    used = {name: function.__globals__[name] for name in names if name in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            used[name] = cell.cell_contents
        except ValueError:  # not yet bound
            continue
    return used


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a piece of code and those in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _reference(function: Callable[..., object]) -> tuple[str, str]:
    """Return the module and the name by which a function is found, or two empty texts."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module in ("__main__", "builtins"):
        return "", ""
    found: object = sys.modules.get(module)
    if getattr(found, "__spec__", None) is None:  # made by hand, so that nobody else can import it
        return "", ""
    for part in name.split("."):
        found = getattr(found, part, None)
    return (module, name) if getattr(found, DECLARES, found) is function else ("", "")


def _is_installed(module: str) -> bool:
    """Return whether a module is one of Python's or of an installed package, which nobody edits."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if not module or file is None:
        return bool(module)
    if {"site-packages", "dist-packages"} & set(Path(file).parts):  # of a user's, or of another environment
        return True
    paths = sysconfig.get_paths()
    return any(Path(file).is_relative_to(paths[kind]) for kind in ("stdlib", "purelib", "platlib"))


def _folder(module: str) -> str:
    """Return the folder from which a module is imported."""
    file = getattr(sys.modules[module.partition(".")[0]], "__file__", None)
    if file is None:
        return ""
    path = Path(file).resolve()
    return str(path.parent.parent if path.name == "__init__.py" else path.parent)


def _pickled(function: Callable[..., object], module: str, most: int = MOST) -> bytes:
    """Return a function by value; where there is a reference, nothing if it cannot be."""
    import cloudpickle

    known = sys.modules[module] if module else None
    # Of an object the class as well: what is in memory is measured, and its file may be nowhere to be found.
    with_them = {known} if known else _own_modules(function)
    for one in with_them:
        cloudpickle.register_pickle_by_value(one)
    try:
        value: bytes = cloudpickle.dumps(function)
    except Exception as error:  # whatever the captured objects raise
        if module:
            return b""
        held = ", ".join(captured(function)) or "what cannot be"
        raise UsageError(
            f"{_called(function)} cannot be sent to another process ({error}); it captures {held}: make such "
            "things inside it, or put it into a module"
        ) from error
    finally:
        for one in with_them:
            cloudpickle.unregister_pickle_by_value(one)
    if len(value) <= most:
        return value
    if module:
        return b""
    if is_torch_module(function):
        raise UsageError(
            f"the {_called(function)} takes {byte_count(len(value))}, more than the {byte_count(most)} that "
            "are sent to each process; measure a smaller one"
        )
    raise UsageError(
        f"{_called(function)} captures {byte_count(len(value))} ({', '.join(largest(function))}), more than "
        f"the {byte_count(MOST)} that are sent to each process; make it in inputs=, or load it in a module"
    )


def _own_modules(value: object) -> set[ModuleType]:
    """Return the modules of one's own that define the classes of an object, or of a Torch module's parts."""
    parts = value.modules() if is_torch_module(value) else (value,)  # type: ignore[attr-defined] # it has
    names = {kind.__module__ for part in parts for kind in type(part).__mro__}
    return {
        sys.modules[name] for name in names - {"__main__"} if name in sys.modules and not _is_installed(name)
    }


def largest(function: object, least: int = LARGE) -> list[str]:
    """Return the names of what a function captures that is larger than so many bytes."""
    return [name for name, value in captured(function).items() if _bytes(value) > least]


def _bytes(value: object) -> int:
    """Return about how many bytes an object takes."""
    nbytes = getattr(value, "nbytes", None)
    return int(nbytes) if isinstance(nbytes, int) else sys.getsizeof(value)


def _source(function: Callable[..., object]) -> str:
    """Return the source of a function, or the next best that is known of it."""
    try:
        return inspect.cleandoc(inspect.getsource(function))
    except (OSError, TypeError):
        return _called(function)


def _called(function: object) -> str:
    """Return what to call a function."""
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).replace("<lambda>", "the lambda")


def _find(carried: Carried) -> object:
    """Return what a reference names."""
    if carried.folder and carried.folder not in sys.path:
        sys.path.insert(0, carried.folder)
    try:
        found: Any = _module(carried.module)
        for part in carried.name.split("."):
            found = getattr(found, part)
        found = getattr(found, DECLARES, found)
    except (ImportError, OSError, SyntaxError) as error:
        raise MeasureError(f"{carried.source} cannot be imported: {type(error).__name__}: {error}") from error
    except AttributeError as error:
        raise MeasureError(f"{carried.source} is not there: {error}; name a function of that file") from error
    if not callable(found):
        raise MeasureError(f"{carried.source} is a {type(found).__name__}, which cannot be called")
    return found


def _module(name: str) -> ModuleType:
    """Import a module by its name or by the path of its file."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
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
    return file is not None and Path(file).is_relative_to(folder) and not _is_installed(name)
