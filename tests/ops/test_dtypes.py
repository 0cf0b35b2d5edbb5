"""What NumPy holds of the dtypes: bfloat16 as bits, rounded as Torch rounds it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.model import ITEMSIZE
from harness.ops.dtypes import dtype_name, limits, to_dtype, to_numbers

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
