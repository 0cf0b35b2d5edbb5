"""NumPy on the CPU, with all its threads or with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.loop import Timed, waited_for
from harness.model import WAITED_FOR, Library, Op, Span

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class NumpyBackend:
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

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's own memory: None, for it is the host's."""
        return None

    def uuid(self) -> str | None:
        """Return the UUID of the device: None, for it is the host."""
        return None

    def is_lasting(self, _error: BaseException) -> bool:
        """Return whether this process can use the device no more after an error: never."""
        return False

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

    def timed(self, statement: str, _span: Span, namespace: Mapping[str, Any]) -> Timed:
        """Return a statement with its clock, which is the host's for every span."""
        return waited_for(statement, self.wait, namespace)

    def to_host(self, result: object) -> "np.ndarray[Any, Any]":
        """Return a result as a NumPy array."""
        import numpy as np

        return np.asarray(result)
