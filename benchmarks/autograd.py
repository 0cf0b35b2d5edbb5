"""mean(v * v) and its gradient: plain, while recording the graph, and with the backward pass."""

from harness.asv.benchmark import Sweep, SweepBenchmark
from harness.model import Count, Op


class MeanSquare(SweepBenchmark):
    """The mean of squares without a graph: what the next two are to be held against."""

    op = Op(
        name="mean_square",
        summary="mean of the squares of n elements",
        spelling={"numpy": "np.mean(v * v)", "torch": "torch.mean(v * v)", "jax": "mean_square(v)"},
        setup={"jax": "mean_square = jax.jit(lambda v: jnp.mean(v * v))"},
        operands=("v",),
        moved=Count(1),
        flop=Count(2),
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()


class MeanSquareGraph(SweepBenchmark):
    """The mean of squares while Torch records the graph: the price of recording alone."""

    op = Op(
        name="mean_square_graph",
        summary="mean of the squares of n elements, while Torch records the graph",
        # What a graph is to Torch, the function that pulls a gradient back is to JAX.
        spelling={
            "numpy": "np.mean(v * v)",
            "torch": "torch.mean(v * v)",
            "jax": "value, pull_back = linearized(v)\nvalue",
        },
        setup={"jax": "linearized = jax.jit(lambda v: jax.vjp(lambda v: jnp.mean(v * v), v))"},
        operands=("v",),
        moved=Count(1),
        flop=Count(2),
        requires_grad=True,
        detach=True,
        notes={"numpy": "NumPy has no graph to record; it computes the same mean of squares"},
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()


class Backward(SweepBenchmark):
    """The mean of squares and its gradient, by Torch's backward pass and by hand in NumPy."""

    op = Op(
        name="backward",
        summary="mean of the squares of n elements and its gradient",
        # The old gradient is cleared, or backward() would add to it and take 14 to 23 % longer.
        spelling={
            "numpy": "np.mean(v * v)\n(2 / n) * v",
            "torch": "v.grad = None\ntorch.mean(v * v).backward()\nv.grad",
            "jax": "value, gradient = value_and_grad(v)\ngradient",
        },
        setup={"jax": "value_and_grad = jax.jit(jax.value_and_grad(lambda v: jnp.mean(v * v)))"},
        operands=("v",),
        moved=Count(2),
        flop=Count(3),
        requires_grad=True,
        notes={"numpy": "NumPy computes the gradient 2v/n from its formula; Torch and JAX derive it"},
    )

    def setup_cache(self) -> Sweep:
        """Measure the op in the body of its own class: asv keys the cache by this line."""
        return self.sweep()
