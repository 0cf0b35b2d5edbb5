"""Which libraries are measured: versions, BLAS and thread pools as a worker observes them."""

import os
import platform
import re
import sys
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.backends.backend import Backend, prepare
from harness.backends.table import BACKENDS, USUAL, backend_named, listed, others, why_missing, without_rival
from harness.backends.torch import precision
from harness.backends.torch_build import installed_torch
from harness.machine.thread_pools import ThreadPools
from harness.model import Op, Span

if TYPE_CHECKING:
    from harness.ops.operands import Operands

_PRODUCT = Op(
    name="a product, to start the thread pools",
    summary="",
    spelling={"numpy": "a @ b", "torch": "a @ b"},
    operands=("a", "b"),
    square=True,
)
_VARIABLE_ENDS = ("_NUM_THREADS", "_THREAD_TIMEOUT")
_VARIABLE_BEGINS = ("OMP_", "KMP_", "GOMP_", "JAX_", "XLA_")
_SIDE = 256  # large enough for every BLAS to share it between its threads


def labels() -> dict[str, str]:
    """Return the versions of NumPy and Torch that are installed here, without importing them."""
    # The metadata of Torch's wheels on PyPI lack the build that the library names: 2.14.1 of 2.14.1+cu130.
    return {"numpy": version("numpy"), "torch": installed_torch().version}


def asv_labels() -> dict[str, str]:
    """Return the versions under which asv files what is measured here; none outside its environments."""
    # As the matrix in asv.conf.json spells them.
    name = os.environ.get("ASV_ENV_NAME", "")
    spelled = {library: re.search(rf"-{library}([^-]+)", name) for library in ("numpy", "torch")}
    return {library: match[1] for library, match in spelled.items() if match}


def describe_libraries(pools: ThreadPools, names: Iterable[str] = ()) -> dict[str, Any]:
    """Describe the libraries as they are loaded into this process; the named backends come to the usual."""
    import numpy as np
    import torch

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    labels = list(names)
    backends = {name: backend_named(name) for name in (*USUAL, *map(without_rival, labels), *labels)}
    missing = {name: reason for name, backend in backends.items() if (reason := why_missing(backend))}
    present = {name: backend for name, backend in backends.items() if name not in missing}
    threads = threads_of([present[name] for name in present if name == without_rival(name)], pools)
    return {
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "executable": sys.executable,
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",  # of NumPy
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,  # that Torch is built with
        "jax": version("jax") if find_spec("jax") else None,  # only a backend of JAX's imports it
        **(
            {"cupy": sys.modules["cupy"].__version__}
            if "cupy" in {b.library for b in present.values()}
            else {}
        ),
        **_of_others(labels),
        "precision": precision(),  # of products of float32 matrices
        "devices": {name: uuid for name, backend in present.items() if (uuid := backend.uuid()) is not None},
        "pools": pools.describe(),
        "threads": threads,
        "environment": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.endswith(_VARIABLE_ENDS) or name.startswith(_VARIABLE_BEGINS)
        },
        "missing": missing,  # why a backend cannot run
        "device_memory": {  # bytes
            name: free for name, backend in present.items() if (free := backend.free_memory()) is not None
        },
    }


def _of_others(labels: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the distributions of the backends that are none of harness's own, if there are any."""
    names = [name for name in map(without_rival, labels) if listed(name) is None]
    return {"distributions": {name: others().origins[name] for name in names}} if names else {}


def threads_of(backends: Iterable[Backend], pools: ThreadPools) -> dict[str, dict[str, int]]:
    """Return the threads that backends on the CPU really have here, by backend and name of the pool."""
    # Read after the backend was entered and has computed a product: a count that was set need not be the one
    # that is used.
    from harness.ops.operands import operands

    on_cpu = [b for b in backends if b.device == "cpu" and b.library in _PRODUCT.spelling]
    host = operands(_PRODUCT, _SIDE**2, "float32", 0)
    for backend in map(_usual, on_cpu):
        _multiply(backend, host)
    pools.find()
    threads = {}
    for backend in on_cpu:
        pools.use(backend.threads)
        _multiply(_usual(backend), host)
        threads[backend.name] = pools.serving(backend.library)
    pools.use(None)
    return threads


def _usual(backend: Backend) -> Backend:
    """Return the usual backend with the same pools, if there is one: others may compile the product."""
    pools = (backend.library, backend.device, backend.threads)
    usual = (BACKENDS[name] for name in USUAL)
    return next((b for b in usual if (b.library, b.device, b.threads) == pools), backend)


def _multiply(backend: Backend, host: "Operands") -> None:
    """Compute the product as an op of that backend would."""
    from harness.ops.statement import evaluate

    evaluate(backend.statement(_PRODUCT, Span.CALL), prepare(backend, _PRODUCT, host))
