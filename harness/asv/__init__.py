"""All that touches asv: how an op is declared, the environment plug-in, and the results that asv is handed.

In a benchmark file, ``from harness.asv import sweep``; in asv.conf.json, ``"plugins": [".harness.asv"]``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.asv.declaration import sweep

__all__ = ["sweep"]
# asv calls `setup` of the plug-in, if it has one, and its module is the one here that needs asv.
_HOME = {"setup": "environment", "sweep": "declaration"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a decorator, or what asv calls
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"harness.asv.{_HOME[name]}"), name)
