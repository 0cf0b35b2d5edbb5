"""From NumPy to Torch and back: what a move costs before anything is computed."""

from harness.asv.benchmark import Sweep, SweepBenchmark
from harness.model import Count, Op, Place

_SHARING = ("torch-cpu", "torch-cpu-1t")
_ZERO_COPY = "zero-copy: array and tensor share one memory and nothing is moved, while NumPy copies"


class FromNumpy(SweepBenchmark):
    """A NumPy array made into a tensor on the backend's device."""

    op = Op(
        name="from_numpy",
        summary="a NumPy array of n elements made into a tensor on the device",
        spelling={"numpy": "np.copy(x)", "torch": "x", "jax": "x"},
        source=Place.HOST,
        tolerance=0.0,
        moved=Count(2),
        zero_copy=_SHARING,
        notes=dict.fromkeys(_SHARING, _ZERO_COPY),
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()


class ToNumpy(SweepBenchmark):
    """The data of a tensor that requires a gradient, read as a NumPy array in host memory."""

    op = Op(
        name="to_numpy",
        summary="the data of a tensor of n elements read as a NumPy array",
        spelling={"numpy": "np.copy(x)", "torch": "x", "jax": "x"},
        target=Place.HOST,
        requires_grad=True,
        detach=True,
        tolerance=0.0,
        moved=Count(2),
        zero_copy=(*_SHARING, "jax-cpu"),
        notes=dict.fromkeys((*_SHARING, "jax-cpu"), _ZERO_COPY),
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()
