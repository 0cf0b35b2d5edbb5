"""What backends on the memory of the host have in common."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.model import Span
from harness.timing.loop import Timed, timed_on_host

if TYPE_CHECKING:
    import numpy as np


class HostBackend:
    """The part of a `harness.backends.backend.Backend` that knows no library."""

    __slots__ = ()
    wait: str

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's own memory: None, for it is the host's."""
        return None

    def uuid(self) -> str | None:
        """Return the UUID of the device: None, for it is the host."""
        return None

    def is_lasting(self, _error: BaseException) -> bool:
        """Return whether this process can use the device no more after an error: never."""
        return False

    def timed(
        self, statement: str, _span: Span, namespace: Mapping[str, Any], fresh: Sequence[str] = ()
    ) -> Timed:
        """Return a statement with its clock, which is the host's for every span."""
        return timed_on_host(statement, self.wait, namespace, fresh)

    def to_host(self, result: object) -> "np.ndarray[Any, Any]":
        """Return a result as a NumPy array."""
        import numpy as np

        return np.asarray(result)
