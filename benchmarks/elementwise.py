"""One result per element: abs and sin."""

from harness.asv.benchmark import Sweep, SweepBenchmark
from harness.model import Count, Op


class Abs(SweepBenchmark):
    """The absolute value of every element: one pass over memory."""

    op = Op(
        name="abs",
        summary="absolute value of n elements",
        spelling={"numpy": "np.abs(x)", "torch": "torch.abs(x)", "jax": "jnp.abs(x)"},
        moved=Count(2),
        tolerance=0.0,
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()


class Sin(SweepBenchmark):
    """The sine of every element: arithmetic rather than memory."""

    op = Op(
        name="sin",
        summary="sine of n elements",
        spelling={"numpy": "np.sin(x)", "torch": "torch.sin(x)", "jax": "jnp.sin(x)"},
        moved=Count(2),
        tolerance=4.0,
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()
