"""CuPy on the current CUDA device: NumPy's own text, with `np` standing for cupy where an op has no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from uuid import UUID

from harness.backends.backend import moving_statement
from harness.backends.cupy_device import CupyDevice, device_properties
from harness.backends.hidden_devices import no_device
from harness.backends.torch import ran_out_of_memory
from harness.model import ON_DEVICE, WAITED_FOR, Library, Op, Place, Span
from harness.names import one_line
from harness.ops.array_namespace import array_namespace
from harness.timing.device_clock import WAIT, timed_on_device
from harness.timing.loop import Timed, UnmeasurableError, timed_on_host

if TYPE_CHECKING:
    import numpy as np

_LASTING = {"CUDARuntimeError", "CUDADriverError"}
"""Errors after which a process can use its device no more, unless memory ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CupyBackend:
    """CuPy on the device that is the current one, which CUDA_VISIBLE_DEVICES decides."""

    name: str
    library: Library = "cupy"
    device: str = "cuda"
    threads: int | None = None
    wait: str = WAIT
    spans: tuple[Span, ...] = (*WAITED_FOR, *ON_DEVICE)
    cold: bool = False
    """Whether the device's last cache is overwritten before each call of the span `device`."""
    pinned: bool = False
    """Whether round trips were asked for through pinned host memory, which are not measured here."""

    def missing(self) -> str:
        """Return why this machine cannot run the backend; CuPy is imported only if it is there."""
        if find_spec("cupy") is None:
            return "CuPy is not installed; add it with pip install cupy-cuda13x, or cupy-cuda12x"
        try:
            import cupy

            count = cupy.cuda.runtime.getDeviceCount()
        except Exception as error:  # noqa: BLE001 - without a driver it raises one of its own
            return no_device("CuPy", "CUDA", one_line(str(error)))
        return "" if count else no_device("CuPy", "CUDA", "")

    def free_memory(self) -> int | None:
        """Return the free bytes of the device's memory; None where a device that was lost tells nothing."""
        import cupy

        try:
            return int(cupy.cuda.runtime.memGetInfo()[0])
        except RuntimeError:
            return None

    def uuid(self) -> str | None:
        """Return the UUID of the device; None where CUDA does not tell all of it."""
        import cupy

        octets = bytes(device_properties(cupy).get("uuid", b""))
        return str(UUID(bytes=octets)) if len(octets) == len(UUID(int=0).bytes) else None

    def is_lasting(self, error: BaseException) -> bool:
        """Return whether this process can use the device no more after an error."""
        return type(error).__name__ in _LASTING and not ran_out_of_memory(error)

    def copies(self, _op: Op) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        return 0

    def namespace(self, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
        """Return the names that the op's statements use, with the operands in arrays on the device."""
        import cupy
        import numpy as np

        names: dict[str, Any] = {
            "cupy": cupy,
            "cp": cupy,
            "np": cupy if op.spelled_as(self.library) == "numpy" else np,
            **array_namespace(op, "array_api_compat.cupy"),
            "_device": CupyDevice(),  # which `wait` waits for
        }
        for name, array in host.items():
            names[f"{name}_host"] = array
            if op.source is Place.DEVICE:
                names[name] = cupy.array(array)
        return names

    def statement(self, op: Op, span: Span) -> str:
        """Return what is timed, with the transfers that belong to the span; raise where these are pinned."""
        round_trip = span is Span.ROUND_TRIP
        if round_trip and self.pinned:
            raise UnmeasurableError("CuPy's round trips go through pageable memory; leave --pinned away")
        source, target = (Place.HOST, Place.HOST) if round_trip else (op.source, op.target)
        return moving_statement(
            op,
            self,
            "cupy.asarray({0}_host)" if source is Place.HOST else "",
            "{0}.get()" if target is Place.HOST else "",
        )

    def timed(
        self, statement: str, span: Span, namespace: Mapping[str, Any], fresh: Sequence[str] = ()
    ) -> Timed:
        """Return a statement with the clock of its span; `UnmeasurableError` if that has no figure for it."""
        if fresh and span in ON_DEVICE:
            raise UnmeasurableError("its operands are copied for every call, which would be timed with it")
        if fresh:
            return timed_on_host(statement, self.wait, namespace, fresh)
        return timed_on_device(statement, span, namespace, CupyDevice(), cold=self.cold)

    def to_host(self, result: Any) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - CuPy's array, or NumPy's
        """Return a result as a NumPy array, after everything on the device is done."""
        import numpy as np

        CupyDevice().synchronize()
        array: np.ndarray[Any, Any] = result if isinstance(result, np.ndarray) else result.get()
        return array
