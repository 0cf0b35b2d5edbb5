"""The thread pools of this process: how many threads each library may use, and uses."""

from pathlib import Path
from typing import Any

import threadpoolctl

from harness.model import Library


class ThreadPools:
    """All thread pools of this process: OpenBLAS, OpenMP and Torch's own."""

    def __init__(self) -> None:
        import torch

        self._torch = torch
        self._all = torch.get_num_threads()
        self._limit: Any = None
        self.find()

    def find(self) -> None:
        """Look for the pools that are loaded by now; some libraries load theirs in their first call."""
        self._controller = threadpoolctl.ThreadpoolController()

    def use(self, threads: int | None) -> None:
        """
        Set every pool to that many threads.

        Parameters
        ----------
        threads : int or None
            None gives back what the pools had when the process began.
        """
        if (threads is None) == (self._limit is None):
            return
        if threads is None:
            self._limit.restore_original_limits()
            self._limit = None
            self._torch.set_num_threads(self._all)
        else:
            self._limit = self._controller.limit(limits=threads)
            self._torch.set_num_threads(threads)

    def serving(self, library: Library) -> dict[str, int]:
        """
        Return the threads that a library's calls have as the pools are set now.

        Parameters
        ----------
        library : Library
            NumPy's are those of its BLAS, all else of NumPy runs on the calling thread.

        Returns
        -------
        dict of str to int
            By name of the pool; empty where threadpoolctl cannot see it, as with Apple's Accelerate.
        """
        if library == "torch":
            return {"Torch": self._torch.get_num_threads()}
        return {
            _POOL_NAMES.get(pool["internal_api"], pool["internal_api"]): pool["num_threads"]
            for pool in self._controller.info()
            if pool["user_api"] == "blas" and not _FOREIGN & set(Path(pool["filepath"]).parts[-3:])
        }

    def observed(self) -> list[dict[str, Any]]:
        """
        Return the pools as they are set up now.

        Returns
        -------
        list of dict
            Per pool: library, version, prefix, threads; Torch's own count last.
        """
        pools = [
            {
                "library": pool["internal_api"],
                "version": pool["version"],
                "file": Path(pool["filepath"]).name,
                "threads": pool["num_threads"],
            }
            for pool in self._controller.info()
        ]
        own = {"library": "torch", "version": self._torch.__version__, "file": "", "threads": self._all}
        return [*pools, own]


_POOL_NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
_FOREIGN = {"torch", "torch.libs", "scipy.libs"}  # folders of a BLAS that is not NumPy's
