"""What is seen of a user's result: whether it is one at all, whose it is, and what memory it takes."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from harness.backends.backend import Backend
from harness.ops.operands import Operands
from harness.ops.trees import PLAIN, is_array, leaves, mapped

_LIBRARIES = {"jaxlib": "jax"}
"""By the package of an array's type, the library, if that is called otherwise."""
_LEAVING = ("__array__", "numpy", "tolist", "item", "__dlpack__", "__float__", "__int__", "__complex__")
"""What Torch calls its methods by which figures leave it."""


def not_computed(result: object) -> str:
    """Return that a result is only a promise of one, as a sentence; empty if it is not."""
    for _, leaf in leaves(result):
        if isinstance(leaf, Iterator | Awaitable | AsyncIterator) and not is_array(leaf):
            return f"it returns a {type(leaf).__name__}, of which nothing is computed yet: return its values"
    return ""


def not_comparable(result: object) -> str:
    """Return why a result cannot be held against another, as a sentence; empty if it can."""
    parts = [leaf for _, leaf in leaves(result)]
    if result is None or not parts:
        shown = "None" if result is None else f"an empty {type(result).__name__}"
        return f"it returns {shown}, which cannot be checked: return the result, or pass check=False"
    other = next((part for part in parts if not (is_array(part) or isinstance(part, PLAIN))), None)
    if other is None:
        return ""
    return f"it returns a {type(other).__name__}, which cannot be checked: return arrays, or pass check="


def shares(result: object, again: object, operands: Collection[Any] = ()) -> bool:
    """Return whether an array of a result is the same memory as in another one, and no part of an operand."""
    first, second = (
        {address(leaf) for _, leaf in leaves(one) if _has_memory(leaf)} for one in (result, again)
    )
    own = [(start, start + one.nbytes) for one in operands if isinstance(start := address(one), int)]
    return any(
        not isinstance(place, int) or not any(start <= place < end for start, end in own)
        for place in first & second
    )


def _has_memory(leaf: Any) -> bool:  # noqa: ANN401 - of any library
    """Return whether something is an array with memory of its own, and no scalar of NumPy's."""
    return is_array(leaf) and not isinstance(leaf, np.generic) and math.prod(leaf.shape) > 0


def remarks(result: object, backend: Backend, conversions: list[str]) -> Iterator[str]:
    """Yield what must be known of whose result it is."""
    count = f"{len(conversions)} conversion{'' if len(conversions) == 1 else 's'} in a call"
    for _, leaf in leaves(result):
        if not is_array(leaf):
            continue
        library = type(leaf).__module__.partition(".")[0]
        library = _LIBRARIES.get(library, library)
        place = getattr(getattr(leaf, "device", None), "type", None)
        if library != backend.library:
            yield f"the result is {library}'s, not {backend.library}'s ({count})"
            return
        if backend.library == "torch" and place != backend.device.partition(":")[0]:
            yield f"the result lies on {place}, not on {backend.device} ({count})"
            return
    if conversions:
        yield f"it leaves {backend.library} on the way ({count}: {', '.join(dict.fromkeys(conversions))})"


def moved(host: Operands, result: object, names: Mapping[str, Any]) -> float:
    """Return the bytes of operands and result, each moved once; NaN where a result is an operand's memory."""
    arrays = [leaf for _, leaf in leaves(result) if is_array(leaf)]
    held = {address(names[name]) for name in host.arrays if name in names}
    if any(address(array) in held for array in arrays):
        return math.nan
    return float(host.bytes + sum(array.dtype.itemsize * math.prod(array.shape) for array in arrays))


def address(array: Any) -> object:  # noqa: ANN401 - of any library
    """Return where the figures of an array begin, or something else that is its own."""
    if hasattr(array, "data_ptr"):
        return array.data_ptr()
    return array.__array_interface__["data"][0] if hasattr(array, "__array_interface__") else id(array)


def to_host(result: Any, backend: Backend) -> Any:  # noqa: ANN401 - a result
    """Return a result with its arrays as NumPy's, which nobody else writes into."""
    return mapped(result, lambda leaf: np.array(backend.to_host(leaf), order="K") if is_array(leaf) else leaf)


@contextmanager
def counted_conversions(backend: Backend) -> Iterator[list[str]]:
    """Note what a function calls to leave Torch, while it runs on one of its backends."""
    seen: list[str] = []
    if backend.library != "torch":
        yield seen
        return
    from torch.overrides import TorchFunctionMode

    class Counting(TorchFunctionMode):
        def __torch_function__(
            self,
            func: Callable[..., object],
            _types: object,
            args: tuple[object, ...] = (),
            kwargs: dict[str, object] | None = None,
        ) -> object:
            name = getattr(func, "__name__", "")
            if name in _LEAVING or (backend.device != "cpu" and name == "cpu"):
                seen.append(name)
            return func(*args, **(kwargs or {}))

    with Counting():
        yield seen
