"""Products of matrices: mm."""

from harness.asv.benchmark import Sweep, SweepBenchmark
from harness.model import Count, Op


class MatMul(SweepBenchmark):
    """The product of two square matrices of n elements each."""

    op = Op(
        name="mm",
        summary="product of two square matrices of n elements each",
        spelling={"numpy": "np.matmul(a, b)", "torch": "torch.mm(a, b)", "jax": "jnp.matmul(a, b)"},
        operands=("a", "b"),
        square=True,
        threaded=True,
        moved=Count(3),
        flop=Count(2, 1.5),
        # Beyond side 1024 one product takes longer than all smaller sizes of an op.
        max_size=4**10,
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()
