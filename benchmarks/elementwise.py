"""One result per element: abs and sin."""

from harness.asv import sweep
from harness.model import Count


@sweep(numpy="np.abs(x)", torch="torch.abs(x)", jax="jnp.abs(x)", moved=Count(2), tolerance=0.0)
def abs(x):
    """
    Absolute value of n elements.

    One pass over memory.
    """


@sweep(numpy="np.sin(x)", torch="torch.sin(x)", jax="jnp.sin(x)", moved=Count(2), tolerance=4.0)
def sin(x):
    """
    Sine of n elements.

    Arithmetic rather than memory.
    """
