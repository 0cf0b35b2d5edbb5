"""From NumPy to Torch and back: what a move costs before anything is computed."""

from harness.asv import sweep
from harness.model import Count, Place

_SHARING = ("torch-cpu", "torch-cpu-1t")
_ZERO_COPY = "zero-copy: array and tensor share one memory and nothing is moved, while NumPy copies"


@sweep(
    numpy="np.copy(x)",
    torch="x",
    jax="x",
    spelling={"cupy": "x"},
    source=Place.HOST,
    tolerance=0.0,
    moved=Count(2),
    zero_copy=_SHARING,
    notes=dict.fromkeys(_SHARING, _ZERO_COPY),
)
def from_numpy(x):
    """A NumPy array of n elements made into a tensor on the device."""


@sweep(
    numpy="np.copy(x)",
    torch="x",
    jax="x",
    spelling={"cupy": "x"},
    target=Place.HOST,
    requires_grad=True,
    detach=True,
    tolerance=0.0,
    moved=Count(2),
    zero_copy=(*_SHARING, "jax-cpu"),
    notes=dict.fromkeys((*_SHARING, "jax-cpu"), _ZERO_COPY),
)
def to_numpy(x):
    """
    The data of a tensor of n elements read as a NumPy array.

    The tensor requires a gradient; the array is in host memory.
    """
