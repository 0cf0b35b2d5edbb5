"""Arguments and results that are arrays, or tuples, lists and dicts of them: taken apart, and put together.

A leaf goes by the text that gets at it, such as ``[0]['weights']``. It knows arrays by what they have, and no
library.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

PLAIN = (bool, int, float, complex, str, bytes, type(None), slice, type(...))
"""Types of leaves that are no arrays and stay as they are on every backend."""


def is_array(value: object) -> bool:
    """Return whether something is an array of any library, or a scalar of one."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a value, each with the text that gets at it."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, f"{path}[{key!r}]")
    elif isinstance(value, tuple | list):
        for index, part in enumerate(value):
            yield from leaves(part, f"{path}[{index}]")
    else:
        yield path, value


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any tree
    """Return a value with its leaves changed."""
    if isinstance(value, dict):
        return type(value)((key, mapped(part, change)) for key, part in value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(part, change) for part in value))
    if isinstance(value, tuple | list):
        return type(value)(mapped(part, change) for part in value)
    return change(value)


def expression(value: object, name: Callable[[object], str]) -> str:
    """Return the text that builds a value; `name` gives the name under which a leaf or a type is known."""
    if isinstance(value, dict):
        parts = ", ".join(f"{key!r}: {expression(part, name)}" for key, part in value.items())
        return f"{{{parts}}}" if type(value) is dict else f"{name(type(value))}({{{parts}}})"
    if isinstance(value, tuple | list):
        parts = "".join(f"{expression(part, name)}, " for part in value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return f"{name(type(value))}({parts})"
        return f"({parts})" if isinstance(value, tuple) else f"[{parts}]"
    return name(value)


def taken_apart(arguments: Mapping[str, object]) -> tuple[dict[str, str], dict[str, Any], dict[str, object]]:
    """
    Return the text that builds each argument, the arrays by name, and what else these texts name.

    An argument that is an array keeps its name; the arrays of any other are named after it and numbered.
    """
    texts: dict[str, str] = {}
    arrays: dict[str, Any] = {}
    constants: dict[str, object] = {}
    for argument, value in arguments.items():
        if is_array(value):
            texts[argument], arrays[argument] = argument, value
            continue

        def name(part: object, argument: str = argument) -> str:
            held = arrays if is_array(part) and not isinstance(part, type) else constants
            given = f"_{argument}_{len(arrays) + len(constants)}"
            held[given] = part
            return given

        texts[argument] = expression(value, name)
    return texts, arrays, constants
