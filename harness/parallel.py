"""Calls side by side in threads, for work that Python's own lock does not hold up."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_MOST = 8
"""Threads, beyond which what each holds costs more than it saves."""


def in_threads(call: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Return what a call returns of each item; of one alone without a thread."""
    if len(items) < 2:  # noqa: PLR2004 - side by side takes two
        return list(map(call, items))
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST)) as pool:
        return list(pool.map(call, items))
