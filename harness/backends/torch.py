"""Torch on a device: the CPU with all its threads or with one, CUDA, or what else Torch can synchronise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.backends.backend import moving_statement
from harness.backends.hidden_devices import no_device
from harness.backends.torch_build import installed_torch
from harness.backends.torch_compile import add_compiled, compiled_call, missing_tools, uncompiled
from harness.backends.torch_device import TorchDevice, is_available, resolve, uuid_of, why_none
from harness.model import ON_DEVICE, WAITED_FOR, Library, Op, Place, Span
from harness.ops.array_namespace import array_namespace
from harness.timing.device_clock import WAIT, timed_on_device
from harness.timing.loop import Timed, UnmeasurableError, timed_on_host

if TYPE_CHECKING:
    import numpy as np

_TO_DEVICE = {
    "shared": "torch.from_numpy({0}_host)",
    "pageable": "torch.from_numpy({0}_host).to(device)",
    "pinned": "{0}_pinned.copy_(torch.from_numpy({0}_host)).to(device, non_blocking=True)",
}
_TO_HOST = {
    "shared": "{0}.numpy()",
    "pageable": "{0}.cpu().numpy()",
    # What leaves a device without blocking lands in pinned memory, and is there only after the wait.
    "pinned": f"_left = {{0}}.to('cpu', non_blocking=True)\n{WAIT}\n_left.numpy()",
}
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "status_alloc_failed")
"""Of these words one is in what Torch raises where memory ran out, whichever library of a device said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchBackend:
    """Torch on one device."""

    name: str
    device: str = "cpu"
    """Torch's name of the device, such as ``"cpu"`` or ``"cuda"``; a UUID may stand for its index."""
    threads: int | None = None
    """Threads in every pool of the process; None leaves them as the user has them."""
    cold: bool = False
    """Whether the device's last cache is overwritten before each call of the span `device`."""
    pinned: bool = False
    """Whether a round trip goes through pinned host memory, which a device reads and writes by itself, rather
    than straight from and to pageable memory."""
    compiled: bool = False
    """Whether `torch.compile` of the op's text is called; the first call of a process compiles."""
    library: Library = "torch"

    @property
    def wait(self) -> str:
        """The statement that waits for a device, by `TorchDevice.synchronize`; empty on the CPU."""
        return "" if self.device == "cpu" else WAIT

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans that can be measured: an asynchronous device has two of its own."""
        return WAITED_FOR if self.device == "cpu" else (*WAITED_FOR, *ON_DEVICE)

    def missing(self) -> str:
        """Return why this machine cannot run the backend; Torch is imported only if it might."""
        return self._missing_device() or (missing_tools(self.device) if self.compiled else "")

    def _missing_device(self) -> str:
        """Return why there is no such device."""
        if self.device == "cpu":
            return ""
        kind, _, which = self.device.partition(":")
        build = installed_torch()
        if kind == "cuda" and not build.cuda:
            return f"this Torch ({build.version}) is built without CUDA"
        import torch

        module = getattr(torch, kind, None)
        if module is None or not hasattr(module, "synchronize"):
            return f"this Torch ({build.version}) knows no device called {kind}"
        if not is_available(module):
            return no_device("Torch", kind, why_none(module))
        count, index = module.device_count(), resolve(self.device).partition(":")[2]
        if which and not (index.isdigit() and int(index) < count):
            return f"Torch finds no {kind} device {which}, only {count} from {kind}:0 on"
        return ""

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's own memory; None where it is the host's or is not told."""
        if self.device == "cpu":
            return None
        import torch

        memory = getattr(getattr(torch, self.device.partition(":")[0]), "mem_get_info", None)
        try:
            return int(memory(resolve(self.device))[0]) if memory else None
        except RuntimeError:
            return None  # a device that was lost: its cells say so, the others go on

    def uuid(self) -> str | None:
        """Return the UUID of the device; None where it has none or does not tell."""
        return None if self.device == "cpu" else uuid_of(resolve(self.device))

    def is_lasting(self, error: BaseException) -> bool:
        """Return whether this process can use the device no more after an error."""
        if ran_out_of_memory(error):
            return False
        text = str(error)
        # Torch 2.8 gave these a type of its own; before they were a plain RuntimeError.
        return type(error).__name__ == "AcceleratorError" or "CUDA error:" in text or "HIP error:" in text

    def copies(self, op: Op) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        if self.device != "cpu":
            return int(self.pinned)
        return int(op.source is Place.DEVICE)

    def namespace(self, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
        """Return the names that the op's statements use, with tensors on the device, and in pinned memory."""
        import torch

        from harness.ops.dtypes import BITS

        device = torch.device(resolve(self.device))
        names: dict[str, Any] = {"torch": torch, "device": device}
        names |= array_namespace(op, "array_api_compat.torch")
        if self.wait:
            names["_device"] = TorchDevice(str(device))  # which `wait` waits for
        for name, array in host.items():
            names[f"{name}_host"] = array
            if self._transfer(Span.ROUND_TRIP) == "pinned":
                names[f"{name}_pinned"] = torch.empty_like(torch.from_numpy(array), pin_memory=True)
            if op.source is Place.DEVICE:
                # A tensor of its own rather than a view, so that no backend works on another's memory.
                tensor = torch.from_numpy(array)
                tensor = tensor.view(torch.bfloat16) if array.dtype == BITS else tensor
                recorded = op.requires_grad and tensor.is_floating_point()
                names[name] = tensor.to(device, copy=True).requires_grad_(recorded)
        if self.compiled:
            add_compiled(op, op.spelled(self.name, self.library) or "", names)
        return names

    def statement(self, op: Op, span: Span) -> str:
        """Return what is timed, with the transfers that belong to the span; raise if nothing compiles."""
        if self.compiled:
            if reason := uncompiled(op):
                raise UnmeasurableError(reason)
            op = replace(op, spelling=dict.fromkeys(op.spelling, compiled_call(op)))
        source, target = (op.source, op.target) if span is not Span.ROUND_TRIP else (Place.HOST, Place.HOST)
        transfer = self._transfer(span)
        grad = ".requires_grad_()" if op.requires_grad else ""
        detach = ".detach()" if op.detach else ""
        return moving_statement(
            op,
            self,
            f"{_TO_DEVICE[transfer]}{grad}" if source is Place.HOST else "",
            _TO_HOST[transfer].format(f"{{0}}{detach}") if target is Place.HOST else "",
        )

    def _transfer(self, span: Span) -> str:
        """Return how arrays come to the device and leave it, as in `_TO_DEVICE`."""
        if self.device == "cpu":
            return "shared"
        return "pinned" if self.pinned and span is Span.ROUND_TRIP else "pageable"

    def timed(
        self, statement: str, span: Span, namespace: Mapping[str, Any], fresh: Sequence[str] = ()
    ) -> Timed:
        """Return a statement with the clock of its span; `UnmeasurableError` if that has no figure for it."""
        if self.device == "cpu" or (fresh and span not in ON_DEVICE):
            return timed_on_host(statement, self.wait, namespace, fresh)
        if fresh:
            raise UnmeasurableError("its operands are copied for every call, which would be timed with it")
        return timed_on_device(statement, span, namespace, TorchDevice(self.device), cold=self.cold)

    def to_host(self, result: Any) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - a tensor, or already an array
        """Return a result as a NumPy array."""
        import numpy as np
        import torch

        if self.device != "cpu":  # what was launched on another stream than the current one is waited for too
            TorchDevice(self.device).synchronize()
        if isinstance(result, np.ndarray):
            return result
        host = result.detach().cpu()
        if host.dtype is torch.bfloat16:
            host = host.view(torch.uint16)
        array: np.ndarray[Any, Any] = host.numpy()
        return array


def ran_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, of Torch or of another library, means that memory ran out."""
    text = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or any(words in text for words in _OUT_OF_MEMORY)


def precision() -> dict[str, Any]:
    """Return how exactly Torch multiplies float32 matrices: its setting, and whether TF32 is allowed."""
    import torch

    return {
        "float32_matmul": torch.get_float32_matmul_precision(),
        "tf32_matmul": torch.backends.cuda.matmul.allow_tf32,
        "tf32_cudnn": torch.backends.cudnn.allow_tf32,
    }
