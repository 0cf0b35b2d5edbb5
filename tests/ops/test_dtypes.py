"""What NumPy holds of the dtypes: bfloat16 as bits, rounded as Torch rounds it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.model import ITEMSIZE
from harness.ops.dtypes import dtype_name, itemsize, limits, to_dtype, to_numbers

FINITE = arrays(np.float32, 16, elements=st.floats(width=32, allow_nan=False, allow_infinity=False))


@given(FINITE)
def test_rounding_to_bfloat16_is_torchs_own(values: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> None:
    expected = torch.from_numpy(values).bfloat16().view(torch.uint16).numpy()
    assert to_dtype(values, "bfloat16").tolist() == expected.tolist()


@given(FINITE)
def test_numbers_of_bfloat16_come_back_as_they_are(
    values: "np.ndarray[tuple[int], np.dtype[np.float32]]",
) -> None:
    bits = to_dtype(values, "bfloat16")
    assert dtype_name(bits) == "bfloat16"
    assert to_numbers(bits).tolist() == torch.from_numpy(bits).view(torch.bfloat16).float().tolist()


@pytest.mark.parametrize("dtype", ITEMSIZE)
def test_the_limits_of_a_dtype_are_those_that_torch_gives(dtype: str) -> None:
    expected = torch.finfo(getattr(torch, dtype))
    limit = limits(dtype)
    assert (limit.epsilon, limit.smallest, limit.largest) == (
        expected.eps,
        expected.smallest_normal,
        expected.max,
    )
    assert ITEMSIZE[dtype] * 8 == expected.bits


@pytest.mark.parametrize(
    ("dtype", "epsilon", "largest", "size"),
    [
        ("int16", 0.0, 32767.0, 2),
        ("uint8", 0.0, 255.0, 1),
        ("bool", 0.0, 1.0, 1),
        ("complex64", 2.0**-23, float(np.finfo(np.float32).max), 8),
        ("bfloat16", 2.0**-7, float(torch.finfo(torch.bfloat16).max), 2),
    ],
)
def test_whole_numbers_are_exact_and_complex_ones_are_as_their_parts(
    dtype: str, epsilon: float, largest: float, size: int
) -> None:
    assert (limits(dtype).epsilon, limits(dtype).largest) == (epsilon, largest)
    assert itemsize(dtype) == size
