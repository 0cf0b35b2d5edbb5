"""Many elements, one result: mean."""

from harness.asv.benchmark import Sweep, SweepBenchmark
from harness.model import Count, Op


class Mean(SweepBenchmark):
    """The mean over all elements."""

    op = Op(
        name="mean",
        summary="mean of n elements",
        spelling={"numpy": "np.mean(x)", "torch": "torch.mean(x)", "jax": "mean(x)"},
        setup={"jax": "mean = jax.jit(jnp.mean)"},
        moved=Count(1),
        flop=Count(1),
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()
