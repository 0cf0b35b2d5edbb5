"""What every backend has to be able to do, whatever its library and device."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from harness.model import Library, Op, Span
from harness.timing.loop import Timed

if TYPE_CHECKING:
    import numpy as np


class Backend(Protocol):
    """
    Where and by which library an op is computed, and what it takes to know that it is done.

    Attributes
    ----------
    name : str
        How the backend is called everywhere.
    library : Library
        The spelling of an op that it understands.
    device : str
        The device, in the library's words.
    threads : int or None
        Threads in every pool of the process; None leaves them as the user has them.
    wait : str
        The statement after which all work is done; empty where every call waits by itself, or `statement`
        does it. It is timed with every call, so that no op can forget to synchronise.
    spans : tuple of Span
        What its clocks can cover: those of `WAITED_FOR`, and on an asynchronous device two more.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - described in the class
    @property
    def library(self) -> Library: ...  # noqa: D102
    @property
    def device(self) -> str: ...  # noqa: D102
    @property
    def threads(self) -> int | None: ...  # noqa: D102
    @property
    def wait(self) -> str: ...  # noqa: D102
    @property
    def spans(self) -> tuple[Span, ...]: ...  # noqa: D102

    def missing(self) -> str:
        """Return why this machine cannot run the backend, or an empty text."""
        ...

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's own memory; None where it is the host's or is not told."""
        ...

    def uuid(self) -> str | None:
        """Return the UUID of the device; None where it has none or does not tell."""
        ...

    def is_lasting(self, error: BaseException, /) -> bool:
        """Return whether this process can use the device no more after an error."""
        ...

    def copies(self, op: Op, /) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        ...

    def namespace(self, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"], /) -> dict[str, Any]:
        """Return the names that the op's statements use, with the operands in their place."""
        ...

    def statement(self, op: Op, span: Span, /) -> str:
        """Return what is timed, as text whose last line is the expression of the result."""
        ...

    def timed(self, statement: str, span: Span, namespace: Mapping[str, Any], /) -> Timed:
        """Return a statement with the clock of its span; `UnmeasurableError` if that has no figure for it."""
        ...

    def to_host(self, result: Any, /) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - each library has its own
        """Return a result as a NumPy array."""
        ...


def prepare(backend: Backend, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
    """
    Return all that the statements of an op need: the backend's names, and what the op's setup makes of them.

    Parameters
    ----------
    backend : Backend
        Where the op will run.
    op : Op
        The op.
    host : mapping of str to ndarray
        The operands by name, each of `op.shape(n)`.

    Returns
    -------
    dict
    """
    names = backend.namespace(op, host)
    exec(op.setup.get(backend.library, ""), names)  # noqa: S102 - the op's own text
    return names
