"""JAX on the CPU; its calls return before they are done, so the wait is part of what is timed."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.backends.backend import moving_statement
from harness.backends.host import HostBackend
from harness.model import WAITED_FOR, Library, Op, Place, Span
from harness.ops.array_namespace import array_namespace

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class JaxBackend(HostBackend):
    """
    JAX on the CPU.

    There is no variant of one thread: JAX fixes its threads when a process first uses it, so that the two
    could not take turns in one process.
    """

    name: str
    library: Library = "jax"
    device: str = "cpu"
    threads: int | None = None
    wait: str = ""
    """Empty: JAX can only wait for a result, which no statement beside it can name; see `statement`."""
    spans: tuple[Span, ...] = WAITED_FOR

    def missing(self) -> str:
        """Return why this machine cannot run the backend; JAX itself is not imported for it."""
        return "" if find_spec("jax") else "JAX is not installed; add it with pip install '.[jax]'"

    def copies(self, _op: Op) -> int:
        """Return how many times the operands lie in host memory besides the host's own."""
        return 1

    def namespace(self, op: Op, host: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
        """Return the names that the op's statements use, with the operands in arrays of JAX's own."""
        import jax
        import jax.numpy as jnp
        import numpy as np

        # Elsewhere JAX would take most of a GPU's memory as soon as it is used.
        jax.config.update("jax_platforms", "cpu")  # type: ignore[no-untyped-call] # JAX leaves it untyped
        # As a user has it: float64 has to be switched on, and is off for who computes in float32.
        double = any(array.dtype == np.float64 for array in host.values())
        jax.config.update("jax_enable_x64", double)  # type: ignore[no-untyped-call] # as above
        names: dict[str, Any] = {"jax": jax, "jnp": jnp, "np": np, **array_namespace(op, "jax.numpy")}
        for name, array in host.items():
            names[f"{name}_host"] = array
            if op.source is Place.DEVICE:
                names[name] = jnp.array(array).block_until_ready()
        return names

    def statement(self, op: Op, span: Span) -> str:
        """Return what is timed, with the transfers of the span and the wait for its result."""
        source, target = (op.source, op.target) if span is Span.CALL else (Place.HOST, Place.HOST)
        # A compiled function takes NumPy's arrays as well, but x * x would be left to NumPy.
        to_device = "jnp.asarray({0}_host)" if source is Place.HOST else ""
        # A NumPy array of the result cannot be had before the result is there.
        if target is Place.HOST:
            return moving_statement(op, self, to_device, "np.asarray({0})")
        *body, result = moving_statement(op, self, to_device, "").splitlines()
        return "\n".join([*body, f"jax.block_until_ready({result})"])
