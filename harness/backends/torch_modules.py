"""A ``torch.nn.Module`` brought to a backend's device and to the dtype of its operands."""

from typing import TYPE_CHECKING, Any

from harness.spellings.carrier import load_anew

if TYPE_CHECKING:
    from harness.model import Carried
    from harness.ops.operands import Operands


def placed(module: "Carried", device: Any, host: "Operands") -> Any:  # noqa: ANN401 - of Torch
    """Return a module of its own, in training or evaluation as it was handed over."""
    import torch

    dtype = getattr(torch, host.floating) if host.floating else None
    return load_anew(module).to(device=device, dtype=dtype)
