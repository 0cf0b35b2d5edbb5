"""How a function reaches another process: as text, by reference with its code compared, or by value.

The main module is never imported or run again: what is defined there travels by value.
"""

import hashlib
import importlib
import inspect
import math
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from harness.errors import MeasureError, UsageError
from harness.model import Carried, Function
from harness.names import one_line
from harness.spellings.digest import digest, is_installed, own_modules, used
from harness.spellings.file_modules import module_of_file
from harness.spellings.torch_modules import is_torch_module, on_host
from harness.units import byte_count

LARGE, MOST = 10**6, 64 * 10**6
"""Bytes of what a function captures that are told of, and that are refused."""
MOST_OF_MODULE = 512 * 10**6
"""Bytes of a `torch.nn.Module`, whose parameters are what it is."""
DECLARES = "declared_function"
"""The attribute in which a class has the function that it was made of, and stands in the place of."""


def carry(function: Callable[..., object]) -> Carried:
    """
    Return a function as it travels to a worker; `UsageError` if it cannot.

    One of a module goes by reference if it is found there, and by value as well, for a worker that finds it
    changed: a notebook can hold a function that the file does not.
    """
    module, name = _reference(function)
    own = isinstance(function, FunctionType) and not is_installed(module)
    value = b"" if module and not own else _pickled(function, has_reference=bool(module))
    return Carried(
        source=f"{module}:{name}" if module else _source(function),
        digest=digest(function),
        module=module,
        name=name,
        folder=_folder(module) if module else "",
        path=tuple(str(Path(folder).resolve()) for folder in sys.path),
        value=value,
    )


def carry_module(module: Any) -> Carried:  # noqa: ANN401 - a torch.nn.Module
    """Return a Torch module as it travels: by value, its parameters in host memory; or raise `UsageError`."""
    value = _pickled(on_host(module), has_reference=False, most=MOST_OF_MODULE)
    return Carried(source=repr(module), digest=hashlib.sha256(value).hexdigest(), value=value)


def load_anew(carried: Carried) -> Any:  # noqa: ANN401 - whatever was carried
    """Return what travelled by value once more, for one that is changed by its use."""
    return pickle.loads(carried.value)  # noqa: S301 - of the caller's own process


@cache
def load(carried: Carried) -> object:
    """Return the function that was carried here; `MeasureError` if it is not the one that was meant."""
    if carried.folder and carried.folder not in sys.path:
        sys.path.insert(0, carried.folder)
    # What the caller finds is found here, too, and nothing else in its place.
    sys.path += [folder for folder in carried.path if folder not in sys.path]
    for found in _candidates(carried):
        if not carried.digest or digest(found) == carried.digest:
            return found
    if carried.module or carried.value:
        raise MeasureError(
            f"{one_line(carried.source)} uses something that is another in its file than in memory; save the "
            "file and start again"
        )
    import numpy as np

    return eval(carried.source, {"np": np, "math": math})  # noqa: S307 - the user's own text


def load_all(function: Function | None) -> None:
    """Have all that a function is made of, whichever backend it is for, as far as it can be had here."""
    if function is None:
        return
    for carried in (*function.calls.values(), function.inputs, function.check):
        if isinstance(carried, Carried):
            with suppress(Exception):  # who needs it says why not
                load(carried)


def _candidates(carried: Carried) -> Iterator[object]:
    """Yield what a reference names, if anything, and what has come by value."""
    if carried.module:
        try:
            yield _find(carried)
        except MeasureError:
            if not carried.value:
                raise
    if carried.value:
        yield pickle.loads(carried.value)  # noqa: S301 - of the caller's own process


def captured(function: object) -> dict[str, object]:
    """Return what a function takes along that is no function and no module, by name."""
    if not isinstance(function, FunctionType):
        return {}
    return {
        name: value
        for name, value in used(function).items()
        if not isinstance(value, ModuleType | FunctionType | type)
    }


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


def _folder(module: str) -> str:
    """Return the folder from which a module is imported."""
    file = getattr(sys.modules[module.partition(".")[0]], "__file__", None)
    if file is None:
        return ""
    path = Path(file).resolve()
    return str(path.parent.parent if path.name == "__init__.py" else path.parent)


def _pickled(function: Callable[..., object], *, has_reference: bool, most: int = MOST) -> bytes:
    """Return a callable by value; where there is a reference, nothing if it cannot be."""
    try:
        value = _dumped(function)
    except Exception as error:  # whatever the captured objects raise
        if has_reference:
            return b""
        held = ", ".join(captured(function)) or "what it holds"
        raise UsageError(
            f"{_called(function)} cannot be sent to another process ({one_line(str(error))}); it captures "
            f"{held}: make such things inside it, or put it into a module"
        ) from error
    if len(value) <= most:
        return value
    if has_reference:
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


def _dumped(function: Callable[..., object]) -> bytes:
    """Return a callable with the code of its user's modules in it, or if that cannot be, without."""
    import cloudpickle

    parts = function.modules() if is_torch_module(function) else (function,)  # type: ignore[attr-defined] # it has
    names = {name for part in parts for name in own_modules(part)}
    modules = [sys.modules[name] for name in names if name in sys.modules]
    registered = [module for module in modules if module.__name__ != "__main__"]
    for module in registered:
        cloudpickle.register_pickle_by_value(module)
    try:
        with suppress(Exception):  # such as a lock among the names of a module
            return bytes(cloudpickle.dumps(function))
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)
    return bytes(cloudpickle.dumps(function))


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
    try:
        by_file = carried.module.endswith(".py")
        found: Any = (module_of_file if by_file else importlib.import_module)(carried.module)
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
