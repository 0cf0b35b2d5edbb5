"""mean(v * v) and its gradient: plain, while recording the graph, and with the backward pass."""

from harness.asv import sweep
from harness.model import Count


@sweep(
    numpy="np.mean(v * v)",
    torch="torch.mean(v * v)",
    jax="mean_square(v)",
    setup={"jax": "mean_square = jax.jit(lambda v: jnp.mean(v * v))"},
    moved=Count(1),
    flop=Count(2),
)
def mean_square(v):
    """
    Mean of the squares of n elements.

    Without a graph: what the next two are to be held against.
    """


@sweep(
    numpy="np.mean(v * v)",
    torch="torch.mean(v * v)",
    # What a graph is to Torch, the function that pulls a gradient back is to JAX.
    jax="value, pull_back = linearized(v)\nvalue",
    setup={"jax": "linearized = jax.jit(lambda v: jax.vjp(lambda v: jnp.mean(v * v), v))"},
    moved=Count(1),
    flop=Count(2),
    requires_grad=True,
    detach=True,
    notes={
        "numpy": "NumPy has no graph to record; it computes the same mean of squares",
        "cupy": "CuPy has no graph to record; it computes the same mean of squares",
    },
)
def mean_square_graph(v):
    """
    Mean of the squares of n elements, while Torch records the graph.

    The price of recording alone.
    """


@sweep(
    numpy="np.mean(v * v)\n(2 / n) * v",
    # The old gradient is cleared, or backward() would add to it and take 14 to 23 % longer.
    torch="v.grad = None\ntorch.mean(v * v).backward()\nv.grad",
    jax="value, gradient = value_and_grad(v)\ngradient",
    setup={"jax": "value_and_grad = jax.jit(jax.value_and_grad(lambda v: jnp.mean(v * v)))"},
    moved=Count(2),
    flop=Count(3),
    requires_grad=True,
    notes={
        "numpy": "NumPy computes the gradient 2v/n from its formula; Torch and JAX derive it",
        "cupy": "CuPy computes the gradient 2v/n from its formula; Torch and JAX derive it",
    },
)
def backward(v):
    """
    Mean of the squares of n elements and its gradient.

    By Torch's backward pass, and by hand in NumPy.
    """
