"""Many elements, one result: mean."""

from harness.asv import sweep
from harness.model import Count


@sweep(
    numpy="np.mean(x)",
    torch="torch.mean(x)",
    jax="mean(x)",
    setup={"jax": "mean = jax.jit(jnp.mean)"},
    moved=Count(1),
    flop=Count(1),
)
def mean(x):
    """Mean of n elements."""
