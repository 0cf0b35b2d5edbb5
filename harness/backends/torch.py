"""Torch on a device: the CPU with all its threads or with one, CUDA, or what else Torch can synchronise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.model import Library, Op, Place, Span

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
        Torch's name of the device, such as ``"cpu"`` or ``"cuda"``.
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
        return "" if self.device == "cpu" else "synchronize(device)"

    def missing(self) -> str:
        """
        Return why this machine cannot run the backend.

        Returns
        -------
        str
            A reason in words; empty where the backend can run.
        """
        import torch

        if self.device == "cpu":
            return ""
        kind = self.device.partition(":")[0]
        if kind == "cuda" and torch.version.cuda is None and torch.version.hip is None:
            return f"this Torch ({torch.__version__}) is built without CUDA"
        if not getattr(torch, kind).is_available():
            return f"Torch finds no {kind} device"
        return ""

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's own memory; None where it is the host's or is not told."""
        import torch

        kind = getattr(torch, self.device.partition(":")[0])
        return int(kind.mem_get_info(self.device)[0]) if hasattr(kind, "mem_get_info") else None

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

        device = torch.device(self.device)
        names: dict[str, Any] = {"torch": torch, "device": device, "n": host[op.operands[0]].size}
        if self.wait:
            names["synchronize"] = getattr(torch, device.type).synchronize
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
        source, target = (op.source, op.target) if span is Span.CALL else (Place.HOST, Place.HOST)
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

    def to_host(self, result: Any) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - a tensor, or already an array
        """Return a result as a NumPy array."""
        import numpy as np

        return result if isinstance(result, np.ndarray) else result.detach().cpu().numpy()
