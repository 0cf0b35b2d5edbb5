"""NumPy on the CPU, with all its threads or with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.backends.host import HostBackend
from harness.model import WAITED_FOR, Library, Op, Span
from harness.ops.array_namespace import array_namespace

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class NumpyBackend(HostBackend):
    """NumPy; its operands and results lie in host memory, so both spans are one and the same."""

    name: str
    threads: int | None = None
    """Threads in every pool of the process; None leaves them as the user has them."""
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
        """Return the names that the op's statements use: the operands as they are."""
        import numpy as np

        return {"np": np, **array_namespace(op, "array_api_compat.numpy"), **host}

    def statement(self, op: Op, _span: Span) -> str:
        """Return what is timed, as text whose last line is the result."""
        return op.spelled(self.name, self.library) or ""
