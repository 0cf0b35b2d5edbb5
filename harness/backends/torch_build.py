"""What the installed Torch was built for, read from its version file: importing it takes seconds."""

import runpy
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchBuild:
    """The version of a Torch, and whether it was built for GPUs that it calls ``cuda``: NVIDIA's or AMD's."""

    version: str
    cuda: bool


def installed_torch() -> TorchBuild:
    """Return the build of the Torch that an import would find."""
    constants = _version_constants()
    return TorchBuild(
        version=str(constants["__version__"]),
        cuda=any(constants.get(name) is not None for name in ("cuda", "hip")),
    )


def _version_constants() -> dict[str, Any]:
    """Return what ``torch/version.py`` says, which every wheel and every build from source writes."""
    spec = find_spec("torch")
    path = Path(spec.origin).with_name("version.py") if spec and spec.origin else None
    constants = runpy.run_path(str(path)) if path and path.is_file() else {}
    if {"__version__", "cuda", "hip"} <= constants.keys():
        return constants
    import torch

    return vars(torch.version)
