"""What every backend has to be able to do, whatever its library and device."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from harness.backends.gradients import gradient_names, part_text
from harness.backends.torch_modules import placed
from harness.model import ON_HOST, Library, Op, Span
from harness.ops.parts import recorded
from harness.spellings.carrier import load
from harness.spellings.text_names import outer_names
from harness.timing.loop import Timed, UnmeasurableError

if TYPE_CHECKING:
    import numpy as np

    from harness.ops.operands import Operands


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
    def library(self) -> Library: ...  # noqa: D102 - as above
    @property
    def device(self) -> str: ...  # noqa: D102 - as above
    @property
    def threads(self) -> int | None: ...  # noqa: D102 - as above
    @property
    def wait(self) -> str: ...  # noqa: D102 - as above
    @property
    def spans(self) -> tuple[Span, ...]: ...  # noqa: D102 - as above

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
        """
        Return the names that the op's statements use, with the operands in their place.

        Parameters
        ----------
        op : Op
            The op to be run.
        host : mapping of str to ndarray
            The operands by name.

        Returns
        -------
        dict
            The library's own names, and ``xp``, its array namespace, where the op may use it; for an operand
            ``x``, ``x_host`` is the NumPy array and, for an op whose source is the device, ``x`` an array of
            the library's own that shares no memory with it.
        """
        ...

    def statement(self, op: Op, span: Span, /) -> str:
        """
        Return what is timed.

        Parameters
        ----------
        op : Op
            The op.
        span : Span
            Whether the transfers to the device and back are part of it.

        Returns
        -------
        str
            Statements; the last line is the expression of the result.

        Raises
        ------
        UnmeasurableError
            If the backend can do nothing with this op; the text becomes the reason of a skipped cell.
        """
        ...

    def timed(
        self, statement: str, span: Span, namespace: Mapping[str, Any], /, fresh: Sequence[str] = ()
    ) -> Timed:
        """
        Return a statement with the clock of its span.

        Parameters
        ----------
        statement : str
            From `statement`.
        span : Span
            One of `spans`.
        namespace : mapping of str to object
            From `namespace`.
        fresh : sequence of str
            Names of which every call gets copies of its own, made outside the clock.

        Returns
        -------
        Timed

        Raises
        ------
        UnmeasurableError
            If the span has no figure for this statement; of the span `device`, if a call is too short for
            events, waits for the device itself or works on another stream than the current one, or if the
            device has no cache that could be written over.
        """
        ...

    def to_host(self, result: Any, /) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - each library has its own
        """Return a result as a NumPy array."""
        ...


def prepare(
    backend: Backend, op: Op, host: "Operands", held: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """
    Return all names that the statements of an op use: the backend's, the op's functions, its setup's.

    Operands that are `held` already stand in the place of new ones.
    """
    # The same dictionary all along: a function that the backend made of the op's text looks names up there.
    names = backend.namespace(op, host.arrays)
    names |= {"n": host.n, **host.constants, **(held or {})}
    if op.function:
        text = op.spelled(backend.name, backend.library) or ""
        for name, function in op.function.calls.items():
            if f"{name}(" in text:  # another's may not be had here
                is_module = name in op.function.torch_modules
                names[name] = placed(function, names["device"], host) if is_module else load(function)
        for argument, text in host.arguments.items():
            names[argument] = eval(text, names)  # noqa: S307 - made of names alone
    exec(op.set_up(backend.library), names)  # noqa: S102 - the op's own text
    if op.function and op.function.part:
        value = backend.statement(recorded(op), Span.CALL)
        names |= gradient_names(op, backend.name, backend.library, value, names, tuple(host.arrays))
    return names


def moving_statement(op: Op, backend: Backend, to_device: str, to_host: str) -> str:
    """
    Return the statements of an op, with the moves of its operands before and of its results after.

    Each text has a place for the name, or the expression, of what it moves; an empty one moves nothing. Raise
    `UnmeasurableError` where the setup has made something of an operand, which would not be what is moved.
    """
    *body, result = part_text(op, backend.name, backend.library).splitlines()
    if to_device:
        built = op.function.arguments.items() if op.function else ()
        body = [
            *(f"{x} = {to_device.format(x)}" for x in _moved(op, backend)),
            *(f"{argument} = {text}" for argument, text in built if argument != text),
            *body,
        ]
    if not to_host:
        return "\n".join([*body, result])
    paths = op.function.results.get(backend.name, ("",)) if op.function else ("",)
    if paths in ((ON_HOST,), ()):
        return "\n".join([*body, result])
    if paths == ("",):
        return "\n".join([*body, to_host.format(f"({result})")])
    body.append(f"_result = {result}")
    for index, path in enumerate(paths):
        move = "{0}" if path.startswith(ON_HOST) else to_host
        *before, moved = move.format(f"_result{path.removeprefix(ON_HOST)}").splitlines()
        body += [*before, f"_host{index} = {moved}"]
    return "\n".join([*body, f"({''.join(f'_host{index}, ' for index in range(len(paths)))})"])


def _moved(op: Op, backend: Backend) -> tuple[str, ...]:
    """Return the operands that a statement needs on the device: of a text those that it uses."""
    if op.function:
        return op.operands
    made = outer_names(op.set_up(backend.library)) & {*op.operands}
    if made:
        raise UnmeasurableError(
            f"its setup works on {min(made)} before the clock, so that what is moved would not be what is "
            "used; put that into the text, or measure a def whose inputs= makes it"
        )
    used = outer_names(op.spelled(backend.name, backend.library) or "")
    return tuple(x for x in op.operands if x in used)
