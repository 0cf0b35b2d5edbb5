"""Which libraries are measured: versions, BLAS and thread pools as a worker observes them."""

import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.backends.backend import Backend
from harness.backends.table import BACKENDS, backend_named
from harness.backends.torch_device import precision
from harness.machine.thread_pools import ThreadPools
from harness.model import Op, Span

if TYPE_CHECKING:
    import numpy as np

_PRODUCT = Op(
    name="a product, to start the thread pools",
    summary="",
    spelling={"numpy": "a @ b", "torch": "a @ b"},
    operands=("a", "b"),
    square=True,
)
_SIDE = 256  # large enough for every BLAS to share it between its threads


def labels() -> dict[str, str]:
    """Return the versions of NumPy and Torch that are installed here, without importing them."""
    return {name: version(name) for name in ("numpy", "torch")}


def asv_labels() -> dict[str, str]:
    """
    Return the versions of NumPy and Torch under which asv files what is measured here.

    Returns
    -------
    dict of str to str
        By name, as the matrix in asv.conf.json spells them; empty in an environment that asv does not manage.
    """
    name = os.environ.get("ASV_ENV_NAME", "")
    found = {library: re.search(rf"-{library}([^-]+)", name) for library in ("numpy", "torch")}
    return {library: label[1] for library, label in found.items() if label}


def observed(pools: ThreadPools, names: Iterable[str] = ()) -> dict[str, Any]:
    """
    Describe the libraries as they are loaded into this process.

    Parameters
    ----------
    pools : ThreadPools
        The process's thread pools.
    names : iterable of str
        Backends that are asked for besides those of the table.

    Returns
    -------
    dict
        ``python``, ``numpy``, ``blas`` (of NumPy), ``torch``, ``cuda`` (that Torch is built with, or
        None), ``jax`` (as installed, or None; only a backend of JAX's imports it), ``precision`` (of products
        of float32 matrices), ``devices`` (their UUIDs, by backend), ``pools``, ``threads`` (see
        `threads_of`), ``environment`` (variables that set numbers of threads, and all of JAX's),
        ``missing`` (why a backend cannot run) and ``device_memory`` (free bytes, by backend).
    """
    import numpy as np
    import torch

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    backends = {name: backend_named(name) for name in (*BACKENDS, *names)}
    missing = {name: reason for name, backend in backends.items() if (reason := backend.missing())}
    present = {name: backend for name, backend in backends.items() if name not in missing}
    threads = threads_of(present.values(), pools)
    return {
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "executable": sys.executable,
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
        "jax": version("jax") if find_spec("jax") else None,
        "precision": precision(),
        "devices": {name: uuid for name, backend in present.items() if (uuid := backend.uuid()) is not None},
        "pools": pools.observed(),
        "threads": threads,
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


def threads_of(backends: Iterable[Backend], pools: ThreadPools) -> dict[str, dict[str, int]]:
    """
    Return the threads that backends really have on this machine.

    Parameters
    ----------
    backends : iterable of Backend
        Those that can run here.
    pools : ThreadPools
        The process's thread pools.

    Returns
    -------
    dict of str to (dict of str to int)
        By backend on the CPU and by name of its pool; read after the backend was entered and has computed a
        product, since a count that was set need not be the one that is used.
    """
    from harness.ops.operands import operands

    on_cpu = [b for b in backends if b.device == "cpu" and b.library in _PRODUCT.spelling]
    host = operands(_PRODUCT, _SIDE**2, "float32", 0)
    for backend in on_cpu:
        _multiply(backend, host)
    pools.find()
    found = {}
    for backend in on_cpu:
        pools.use(backend.threads)
        _multiply(backend, host)
        found[backend.name] = pools.serving(backend.library)
    pools.use(None)
    return found


def _multiply(backend: Backend, host: "Mapping[str, np.ndarray[Any, Any]]") -> None:
    """Compute the product as an op of that backend would."""
    from harness.ops.statement import evaluate

    evaluate(backend.statement(_PRODUCT, Span.CALL), backend.namespace(_PRODUCT, host))
