"""Which libraries are measured: versions, BLAS and thread pools as a worker observes them."""

import os
import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from harness.backends import BACKENDS
from harness.host import ThreadPools


def labels() -> dict[str, str]:
    """Return the versions of NumPy and Torch that are installed here, without importing them."""
    return {name: version(name) for name in ("numpy", "torch")}


def observed(pools: ThreadPools) -> dict[str, Any]:
    """
    Describe the libraries as they are loaded into this process.

    Parameters
    ----------
    pools : ThreadPools
        The process's thread pools.

    Returns
    -------
    dict
        ``python``, ``numpy``, ``blas`` (of NumPy), ``torch``, ``cuda`` (that Torch is built with, or
        None), ``jax`` (as installed, or None; only a backend of JAX's imports it), ``pools``,
        ``environment`` (variables that set numbers of threads, and all of JAX's), ``missing`` (why a
        backend cannot run) and ``device_memory`` (free bytes, by backend).
    """
    import numpy as np
    import torch

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    missing = {name: reason for name, backend in BACKENDS.items() if (reason := backend.missing())}
    present = {name: backend for name, backend in BACKENDS.items() if name not in missing}
    return {
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "executable": sys.executable,
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
        "jax": version("jax") if find_spec("jax") else None,
        "pools": pools.observed(),
        "environment": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.endswith(("_NUM_THREADS", "_THREAD_TIMEOUT"))
            or name.startswith(("OMP_", "KMP_", "GOMP_", "JAX_", "XLA_"))
        },
        "missing": missing,
        "device_memory": {
            name: free for name, backend in present.items() if (free := backend.free_memory()) is not None
        },
    }
