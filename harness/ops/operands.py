"""The operands of an op in host memory, alike for every backend: normal numbers, or what a user makes."""

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.model import Carried, Function, Op
from harness.ops.dtypes import BITS, Array, dtype_name, to_dtype, to_numbers
from harness.ops.trees import PLAIN, taken_apart
from harness.spellings.carrier import load

DISTINCT = 2**20
"""Numbers of a vector after which they repeat: to draw more takes longer than to time them, and no cache or
branch predictor remembers so many."""
_KINDS = "biufc"
"""NumPy's letters of the dtypes that every library has."""
_WIDEST = {"f": 8, "c": 16}
"""Bytes of the widest floating-point numbers that every library has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """What the arguments of an op at one size are made of."""

    n: int
    arrays: Mapping[str, Array]
    constants: Mapping[str, object] = field(default_factory=dict)
    """What else the arguments have in them: numbers, texts and types."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """The text that builds each argument of a user's from the names of the two."""
    are_bits: bool = False
    """Whether the arrays hold the bits of bfloat16."""
    is_double: bool = False
    """Whether all else that takes part in the op is to be in double precision as well."""

    def in_double(self) -> "Operands":
        """Return them with floating-point arrays in double precision, the others copied."""
        numbers = {name: to_numbers(array) if self.are_bits else array for name, array in self.arrays.items()}
        arrays = {name: _doubled(array) for name, array in numbers.items()}
        return replace(self, arrays=arrays, are_bits=False, is_double=True)

    def copied(self) -> "Operands":
        """Return them with arrays of their own."""
        return replace(self, arrays={name: array.copy("K") for name, array in self.arrays.items()})

    @property
    def floating(self) -> str:
        """The dtype of the first array of floating-point numbers; empty where there is none."""
        names = (dtype_name(array) for array in self.arrays.values())
        return next((name for name in names if "float" in name), "float64" if self.is_double else "")

    @property
    def checksums(self) -> dict[str, int]:
        """Sums of the arrays by name."""
        return {name: checksum(array) for name, array in self.arrays.items()}

    @property
    def bytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())


def checksum(array: Any) -> int:  # noqa: ANN401 - an array of NumPy, or a scalar of one
    """Return a sum that changes with any figure of an array."""
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def operands(op: Op, n: int, dtype: str, seed: int) -> Operands:
    """
    Return the operands of an op: arrays of shape `op.shape(n)`, as `to_dtype` gives them, or a user's.

    Values matter: the sine of large arguments is several times slower, zeros make a product on a GPU faster,
    denormals make everything slower.
    """
    generator = np.random.default_rng([seed, n])
    if op.function and op.function.inputs:
        return _made(op.function, op.function.inputs, n, dtype, generator)
    draw = np.float64 if dtype == "float64" else np.float32  # fewer digits are rounded from float32
    names = op.function.parameters if op.function else op.operands
    count = math.prod(op.shape(n))
    arrays = {
        x: np.resize(
            to_dtype(generator.standard_normal(min(count, DISTINCT), dtype=draw), dtype), op.shape(n)
        )
        for x in names
    }
    return Operands(n=n, arrays=arrays, are_bits=dtype == "bfloat16")


def _made(
    function: Function, inputs: Carried, n: int, dtype: str, generator: np.random.Generator
) -> Operands:
    """Return the operands that a user's function makes."""
    made: Any = load(inputs)(n, generator)  # type: ignore[operator] # what is called is the user's
    values = made if type(made) is tuple and len(function.parameters) > 1 else (made,)
    if type(made) is tuple and len(made) == len(function.parameters) == 1:
        values = made
    if len(values) != len(function.parameters):
        raise UsageError(
            f"the inputs of size {n} are {len(values)} values, and the function takes "
            f"{len(function.parameters)} ({', '.join(function.parameters)}); return a tuple with one for each"
        )
    texts, arrays, constants = taken_apart(dict(zip(function.parameters, values, strict=True)))
    for name, value in constants.items():
        if not isinstance(value, (*PLAIN, type)):
            raise UsageError(
                f"the inputs hold a {type(value).__name__} ({name.strip('_')}); they may hold NumPy arrays, "
                "numbers, texts, and tuples, lists and dicts of these"
            )
    return Operands(
        n=n,
        arrays={
            name: _of_dtype(name, array, dtype, as_made=function.as_made) for name, array in arrays.items()
        },
        constants=constants,
        arguments=texts,
        are_bits=dtype == "bfloat16" and not function.as_made,
    )


def _of_dtype(
    name: str,
    value: Any,  # noqa: ANN401 - what is no array is refused
    dtype: str,
    *,
    as_made: bool,
) -> Array:
    """Return an input as a NumPy array, its floating-point numbers in a dtype unless they stay as made."""
    if not isinstance(value, np.ndarray | np.generic):
        raise UsageError(
            f"the inputs hold a {type(value).__module__}.{type(value).__name__} ({name.strip('_')}); "
            "make them with NumPy, each backend gets its own copy"
        )
    if isinstance(value, np.ma.MaskedArray | np.matrix):
        raise UsageError(
            f"the inputs hold a {type(value).__name__} ({name.strip('_')}), which no other library has; "
            "make a plain array"
        )
    array = np.asarray(value)
    kind = array.dtype.kind
    if kind not in _KINDS or array.dtype.itemsize > _WIDEST.get(kind, 8) or array.dtype == BITS:
        raise UsageError(
            f"the inputs hold an array of {array.dtype} ({name.strip('_')}), which not every library has; "
            "use float64, int32 or the like"
        )
    if as_made or array.dtype.kind != "f":
        return array
    return to_dtype(array.astype(np.float32) if dtype == "bfloat16" else array, dtype)


def _doubled(array: Array) -> Array:
    """Return a copy in double precision, if it is of floating-point numbers."""
    wide = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind, array.dtype)
    return array.astype(wide)
