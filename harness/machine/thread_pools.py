"""The thread pools of this process: how many threads each library may use, and uses."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import threadpoolctl

from harness.model import Library

_POOL_NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
_FOREIGN = {"torch", "torch.libs", "scipy.libs"}  # folders of a BLAS that is not NumPy's


class ThreadPools:
    """All thread pools of this process: OpenBLAS, OpenMP, and Torch's own where it is imported."""

    def __init__(self) -> None:
        self._torch: Any = sys.modules.get("torch")
        self._all_threads = self._torch.get_num_threads() if self._torch else 1
        self._limit: Any = None
        self.find()

    def find(self) -> None:
        """Look for the pools that are loaded by now; some libraries load theirs in their first call."""
        self._controller = threadpoolctl.ThreadpoolController()

    def use(self, threads: int | None) -> None:
        """Set every pool to that many threads; None gives back what they had when the process began."""
        if (threads is None) == (self._limit is None):
            return
        if threads is None:
            self._limit.restore_original_limits()
            self._limit = None
        else:
            self._limit = self._controller.limit(limits=threads)
        if self._torch:
            self._torch.set_num_threads(threads or self._all_threads)

    def of_blas(self) -> tuple[int, ...]:
        """Return the threads of every BLAS, in the order in which they were found."""
        return tuple(pool.num_threads for pool in self._blas())

    def set_blas(self, threads: Iterable[int]) -> None:
        """Give back to every BLAS the threads that `of_blas` has returned."""
        for pool, count in zip(self._blas(), threads, strict=True):
            pool.set_num_threads(count)

    def _blas(self) -> list[Any]:
        return [pool for pool in self._controller.lib_controllers if pool.user_api == "blas"]

    def serving(self, library: Library) -> dict[str, int]:
        """Return the threads that a library's calls have as the pools are set now, by name of the pool."""
        # NumPy's are those of its BLAS, all else of NumPy runs on the calling thread. None are told where
        # threadpoolctl cannot see the pool, as with Apple's Accelerate.
        if library == "torch":
            return {"Torch": self._torch.get_num_threads()}
        return {
            _POOL_NAMES.get(pool["internal_api"], pool["internal_api"]): pool["num_threads"]
            for pool in self._controller.info()
            if pool["user_api"] == "blas" and not _FOREIGN & set(Path(pool["filepath"]).parts[-3:])
        }

    def describe(self) -> list[dict[str, Any]]:
        """Describe the pools as they are set up now, Torch's own last."""
        pools = [
            {
                "library": pool["internal_api"],
                "version": pool["version"],
                "file": Path(pool["filepath"]).name,
                "threads": pool["num_threads"],
            }
            for pool in self._controller.info()
        ]
        of_torch = {
            "library": "torch",
            "version": self._torch.__version__,
            "file": "",
            "threads": self._all_threads,
        }
        return [*pools, of_torch]
