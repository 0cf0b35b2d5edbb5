"""The operands of an op: seeded standard normal numbers in host memory, the same for every backend."""

import numpy as np

from harness.model import Op
from harness.ops.dtypes import Array, to_dtype


def operands(op: Op, n: int, dtype: str, seed: int) -> dict[str, Array]:
    """
    Return the operands of an op by name, each of shape `op.shape(n)`, as `to_dtype` gives them.

    Values matter: the sine of large arguments is several times slower, zeros make a product on a GPU faster,
    denormals make everything slower.
    """
    generator = np.random.default_rng([seed, n])
    draw = np.float64 if dtype == "float64" else np.float32  # fewer digits are rounded from float32
    return {x: to_dtype(generator.standard_normal(op.shape(n), dtype=draw), dtype) for x in op.operands}
