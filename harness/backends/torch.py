"""Torch on a device: the CPU with all its threads or with one, CUDA, or what else Torch can synchronise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.backends import torch_device
from harness.device import WAIT, timed
from harness.loop import Timed, waited_for
from harness.model import WAITED_FOR, Library, Op, Place, Span

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchBackend:
    """
    Torch on one device.

    Attributes
    ----------
    name : str
        How the backend is called everywhere.
    device : str
        Torch's name of the device, such as ``"cpu"`` or ``"cuda"``; a UUID may stand for its index.
    threads : int or None
        Threads in every pool of the process; None leaves them as the user has them.
    """

    name: str
    device: str = "cpu"
    threads: int | None = None
    library: Library = "torch"

    @property
    def wait(self) -> str:
        """The statement after which the device has done all work; empty where every call waits itself."""
        return "" if self.device == "cpu" else WAIT

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans that can be measured: an asynchronous device has two of its own."""
        return WAITED_FOR if self.device == "cpu" else tuple(Span)

    def missing(self) -> str:
        """
        Return why this machine cannot run the backend.

        Returns
        -------
        str
            A reason in words; empty where the backend can run.
        """
        return "" if self.device == "cpu" else torch_device.missing(self.device)

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's own memory; None where it is the host's or is not told."""
        return None if self.device == "cpu" else torch_device.free_memory(self.device)

    def uuid(self) -> str | None:
        """Return the UUID of the device; None where it has none or does not tell."""
        return None if self.device == "cpu" else torch_device.uuid(torch_device.resolved(self.device))

    def is_lasting(self, error: BaseException) -> bool:
        """Return whether this process can use the device no more after an error."""
        return torch_device.is_lasting(error)

    def copies(self, op: Op) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        return 1 if self.device == "cpu" and op.source is Place.DEVICE else 0

    def namespace(self, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
        """
        Return the names that the op's statements use, with the operands on the device.

        Parameters
        ----------
        op : Op
            The op to be run.
        host : mapping of str to ndarray
            The operands by name, each of `op.shape(n)`.

        Returns
        -------
        dict
            ``x_host`` is the NumPy array and, for an op whose source is the device, ``x`` a tensor made
            from it.
        """
        import torch

        device = torch.device(torch_device.resolved(self.device))
        names: dict[str, Any] = {"torch": torch, "device": device, "n": host[op.operands[0]].size}
        if self.wait:
            names["_device"] = torch_device.TorchDevice(str(device))  # which `wait` waits for
        for name, array in host.items():
            names[f"{name}_host"] = array
            if op.source is Place.DEVICE:
                # A tensor of its own rather than a view, so that no backend works on another's memory.
                names[name] = torch.tensor(array, device=device, requires_grad=op.requires_grad)
        return names

    def statement(self, op: Op, span: Span) -> str:
        """
        Return what is timed.

        Parameters
        ----------
        op : Op
            The op.
        span : Span
            Whether the transfers are part of it.

        Returns
        -------
        str
            Statements; the last line is the expression of the result.
        """
        source, target = (op.source, op.target) if span is not Span.ROUND_TRIP else (Place.HOST, Place.HOST)
        *body, result = op.spelling[self.library].splitlines()
        arrive = "" if self.device == "cpu" else ".to(device)"
        leave = "" if self.device == "cpu" else ".cpu()"
        grad = ".requires_grad_()" if op.requires_grad else ""
        if source is Place.HOST:
            body = [f"{x} = torch.from_numpy({x}_host){arrive}{grad}" for x in op.operands] + body
        if target is Place.HOST:
            detach = ".detach()" if op.detach else ""
            result = f"({result}){detach}{leave}.numpy()"
        return "\n".join([*body, result])

    def timed(self, statement: str, span: Span, namespace: Mapping[str, Any]) -> Timed:
        """
        Return a statement with the clock of its span.

        Parameters
        ----------
        statement : str
            From `statement`.
        span : Span
            One of `spans`.
        namespace : mapping
            From `namespace`.

        Returns
        -------
        Timed

        Raises
        ------
        UnmeasurableError
            If the span has no figure for this statement; see `harness.device.timed`.
        """
        if self.device == "cpu":
            return waited_for(statement, "", namespace)
        return timed(statement, span, namespace, torch_device.TorchDevice(torch_device.resolved(self.device)))

    def to_host(self, result: Any) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - a tensor, or already an array
        """Return a result as a NumPy array."""
        import numpy as np

        if self.device != "cpu":  # what was launched on another stream than the current one is waited for too
            torch_device.TorchDevice(torch_device.resolved(self.device)).synchronize()
        return result if isinstance(result, np.ndarray) else result.detach().cpu().numpy()
