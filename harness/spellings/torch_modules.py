"""A ``torch.nn.Module`` as it is handed over: told by its class, so that Torch is not imported for it."""

import copy
from typing import Any

from harness.errors import UsageError

_HOME, _CLASS = "torch.nn.modules.module", "Module"


def is_torch_module(value: object) -> bool:
    """Return whether something is a ``torch.nn.Module``."""
    return any((kind.__module__, kind.__name__) == (_HOME, _CLASS) for kind in type(value).__mro__)


def forward_of(module: Any) -> Any:  # noqa: ANN401 - a torch.nn.Module
    """Return what has the parameters of a call in its signature; a module's own call hides them."""
    return module.forward


def on_host(module: Any) -> Any:  # noqa: ANN401 - as above
    """Return a module with all its figures in host memory, a copy where they lie elsewhere."""
    held = [*module.parameters(), *module.buffers()]
    places = {figures.device.type for figures in held}
    if "meta" in places or any(_is_lazy(figures) for figures in held):
        raise UsageError(
            f"{_named(module)} has parameters without figures; give it some before it is measured, such as "
            "by a first call"
        )
    return module if places <= {"cpu"} else copy.deepcopy(module).cpu()


def _is_lazy(figures: object) -> bool:
    """Return whether a parameter waits for a first call to have a shape."""
    return type(figures).__name__.startswith("Uninitialized")


def _named(module: object) -> str:
    """Return what to call a module."""
    return f"the {type(module).__name__}"
