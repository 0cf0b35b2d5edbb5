"""The array namespace of a library, `xp`: what a text or a function is written in to run on all of them."""

import re
from importlib import import_module
from typing import Any

from harness.model import Op

_WORD = re.compile(r"\bxp\b")


def array_namespace(op: Op, module: str) -> dict[str, Any]:
    """Return a module of an array namespace as ``xp``, for an op that may use it; else nothing."""
    # To import NumPy's takes 60 to 140 ms, which every fork of a declared op would pay.
    texts = (*op.spelling.values(), *op.setup.values())
    if op.function is None and not any(map(_WORD.search, texts)):
        return {}
    return {"xp": import_module(module)}
