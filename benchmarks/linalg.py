"""Products of matrices: mm."""

from harness.asv import sweep
from harness.model import Count


@sweep(
    numpy="np.matmul(a, b)",
    torch="torch.mm(a, b)",
    jax="jnp.matmul(a, b)",
    square=True,
    threaded=True,
    moved=Count(3),
    flop=Count(2, 1.5),
    # Beyond side 1024 one product takes longer than all smaller sizes of an op.
    max_size=4**10,
)
def mm(a, b):
    """Product of two square matrices of n elements each."""
