"""What `torch.compile` makes of an op's text, and what it needs of the machine to do so."""

import os
import shutil
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.model import Op, Place

_USUAL_COMPILER = {"win32": "cl", "darwin": "clang++"}
"""What Torch takes for a C++ compiler where the variable CXX names none; elsewhere g++."""


def uncompiled(op: Op) -> str:
    """Return why there is nothing to compile of an op; empty where there is."""
    return "it moves an array and computes nothing to compile" if Place.HOST in (op.source, op.target) else ""


def compiled_call(op: Op) -> str:
    """Return the expression that calls what `add_compiled` makes of an op."""
    return f"_compiled({', '.join(_parameters(op))})"


def add_compiled(op: Op, text: str, names: dict[str, Any]) -> None:
    """Add to the names of an op the function of its operands that a Torch text of it is the body of."""
    import torch
    import torch._inductor.config as inductor

    # With Triton there is a pool of compiling processes, which would outlive the fork that began them.
    inductor.compile_threads = 1
    *body, result = text.splitlines()
    lines = [f"def _plain({', '.join(_parameters(op))}):", *body, f"return {result}"]
    # A code object of its own: to Torch, one that is given a second size is one of any size.
    exec("\n    ".join(lines), names)  # noqa: S102 - the op's own text
    names["_compiled"] = torch.compile(names.pop("_plain"))


def missing_tools(device: str) -> str:
    """Return what `torch.compile` lacks on this machine; empty where it has all."""
    if device != "cpu" and find_spec("triton") is None:
        return "torch.compile needs Triton on a GPU; add it with pip install triton"
    compiler = os.environ.get("CXX", _USUAL_COMPILER.get(sys.platform, "g++"))
    if shutil.which(compiler) is None:
        return f"torch.compile finds no C++ compiler called {compiler}; install one, or name yours in CXX"
    headers = Path(sysconfig.get_path("include"))
    if not (headers / "Python.h").is_file():
        return f"torch.compile finds no Python.h in {headers}; install Python's headers, such as python3-dev"
    return ""


def _parameters(op: Op) -> tuple[str, ...]:
    """Return the names of what the function takes: what a user's own does, or the operands."""
    return op.function.parameters if op.function else op.operands
