"""Torch on a device: the CPU with all its threads or with one, CUDA, or what else Torch can synchronise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.backends import torch_device
from harness.model import WAITED_FOR, Library, Op, Place, Span
from harness.timing.device_clock import WAIT, timed_on_device
from harness.timing.loop import Timed, timed_on_host

if TYPE_CHECKING:
    import numpy as np

_COMING = {
    "shared": "torch.from_numpy({0}_host)",
    "pageable": "torch.from_numpy({0}_host).to(device)",
    "pinned": "{0}_pinned.copy_(torch.from_numpy({0}_host)).to(device, non_blocking=True)",
}
_LEAVING = {
    "shared": "{0}.numpy()",
    "pageable": "{0}.cpu().numpy()",
    # What leaves a device without blocking lands in pinned memory, and is there only after the wait.
    "pinned": f"_left = {{0}}.to('cpu', non_blocking=True)\n{WAIT}\n_left.numpy()",
}


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
    cold : bool
        Whether the device's last cache is overwritten before each call of the span `device`.
    pinned : bool
        Whether a round trip to the device and back goes through pinned host memory, which the device
        reads and writes by itself, rather than straight from and to pageable memory.
    """

    name: str
    device: str = "cpu"
    threads: int | None = None
    cold: bool = False
    pinned: bool = False
    library: Library = "torch"

    @property
    def wait(self) -> str:
        """The statement after which the device has done all work; empty where every call waits itself."""
        return "" if self.device == "cpu" else WAIT

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans that can be measured: an asynchronous device has two of its own."""
        return WAITED_FOR if self.device == "cpu" else tuple(Span)

    def _way(self, span: Span) -> str:
        """Return how arrays come to the device and leave it, as in `_COMING`."""
        if self.device == "cpu":
            return "shared"
        return "pinned" if self.pinned and span is Span.ROUND_TRIP else "pageable"

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
        return None if self.device == "cpu" else torch_device.uuid(torch_device.resolve(self.device))

    def is_lasting(self, error: BaseException) -> bool:
        """Return whether this process can use the device no more after an error."""
        return torch_device.is_lasting(error)

    def copies(self, op: Op) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        if self.device != "cpu":
            return int(self.pinned)
        return int(op.source is Place.DEVICE)

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
            from it; ``x_pinned`` a tensor in pinned memory, to copy the array into.
        """
        import torch

        from harness.ops.dtypes import BITS

        device = torch.device(torch_device.resolve(self.device))
        names: dict[str, Any] = {"torch": torch, "device": device, "n": host[op.operands[0]].size}
        if self.wait:
            names["_device"] = torch_device.TorchDevice(str(device))  # which `wait` waits for
        for name, array in host.items():
            names[f"{name}_host"] = array
            if self._way(Span.ROUND_TRIP) == "pinned":
                names[f"{name}_pinned"] = torch.empty_like(torch.from_numpy(array), pin_memory=True)
            if op.source is Place.DEVICE:
                # A tensor of its own rather than a view, so that no backend works on another's memory.
                given = torch.from_numpy(array)
                given = given.view(torch.bfloat16) if array.dtype == BITS else given
                names[name] = given.to(device, copy=True).requires_grad_(op.requires_grad)
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
        way = self._way(span)
        grad = ".requires_grad_()" if op.requires_grad else ""
        if source is Place.HOST:
            body = [f"{x} = {_COMING[way].format(x)}{grad}" for x in op.operands] + body
        if target is Place.HOST:
            detach = ".detach()" if op.detach else ""
            result = _LEAVING[way].format(f"({result}){detach}")
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
            If the span has no figure for this statement; see `harness.timing.device_clock.timed`.
        """
        if self.device == "cpu":
            return timed_on_host(statement, "", namespace)
        device = torch_device.TorchDevice(torch_device.resolve(self.device))
        return timed_on_device(statement, span, namespace, device, cold=self.cold)

    def to_host(self, result: Any) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - a tensor, or already an array
        """Return a result as a NumPy array."""
        import numpy as np
        import torch

        if self.device != "cpu":  # what was launched on another stream than the current one is waited for too
            torch_device.TorchDevice(torch_device.resolve(self.device)).synchronize()
        if isinstance(result, np.ndarray):
            return result
        host = result.detach().cpu()
        if host.dtype is torch.bfloat16:
            host = host.view(torch.uint16)
        array: np.ndarray[Any, Any] = host.numpy()
        return array
