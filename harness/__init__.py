"""Would Torch or a GPU be faster at your sizes? NumPy against Torch, measured here, with intervals.

For notebooks: `load` the cells of the store, then ask for `speedup`, `crossover`, `compare` and `plot`, let
it `advise` for a size, ask for the `laws` of the times, or have the `blocks` that were timed.
Importing this package imports no numerical library; each function loads what it needs on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.advice.choice import advise
    from harness.advice.laws import laws
    from harness.answers.comparison import compare
    from harness.answers.crossover import crossover
    from harness.answers.speedup import speedup
    from harness.figures.run_figures import plot
    from harness.functions.measure import measure
    from harness.store.blocks import blocks
    from harness.store.frame import load, load_in_parts

__version__ = "0.1.0"
__all__ = [
    "advise",
    "blocks",
    "compare",
    "crossover",
    "laws",
    "load",
    "load_in_parts",
    "measure",
    "plot",
    "speedup",
]
_HOME = {
    "advise": "advice.choice",
    "blocks": "store.blocks",
    "compare": "answers.comparison",
    "crossover": "answers.crossover",
    "laws": "advice.laws",
    "load": "store.frame",
    "load_in_parts": "store.frame",
    "measure": "functions.measure",
    "plot": "figures.run_figures",
    "speedup": "answers.speedup",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public function
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"harness.{_HOME[name]}"), name)


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython need not be installed
    """Give a notebook the magic ``%measure``; IPython calls this for ``%load_ext harness``."""
    import_module("harness.functions.magic").load(shell)
