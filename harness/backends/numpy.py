"""NumPy on the CPU, with all its threads or with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.backends.host import HostBackend
from harness.model import WAITED_FOR, Library, Op, Span

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class NumpyBackend(HostBackend):
    """
    NumPy; its operands and results lie in host memory, so both spans are one and the same.

    Attributes
    ----------
    name : str
        How the backend is called everywhere.
    threads : int or None
        Threads in every pool of the process; None leaves them as the user has them.
    """

    name: str
    threads: int | None = None
    library: Library = "numpy"
    device: str = "cpu"
    wait: str = ""
    spans: tuple[Span, ...] = WAITED_FOR

    def missing(self) -> str:
        """Return why this machine cannot run the backend: never a reason, NumPy is always there."""
        return ""

    def copies(self, _op: Op) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        return 0

    def namespace(self, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
        """
        Return the names that the op's statements use.

        Parameters
        ----------
        op : Op
            The op to be run.
        host : mapping of str to ndarray
            The operands by name, each of `op.shape(n)`.

        Returns
        -------
        dict
        """
        import numpy as np

        return {"np": np, "n": host[op.operands[0]].size, **host}

    def statement(self, op: Op, _span: Span) -> str:
        """Return what is timed, as text whose last line is the result."""
        return op.spelling[self.library]
