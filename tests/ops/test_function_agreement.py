"""What is accepted of a function whose exactness nobody has said."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from harness.ops.function_agreement import disagreement, expected
from harness.ops.operands import Operands
from harness.ops.trees import leaves, mapped

Function = Callable[[Any], Any]


def accepts(function: Function, reference: Function, n: int, dtype: str) -> bool:
    """Whether a function of normal operands is taken for right, held against another."""
    x = np.random.default_rng(0).standard_normal(n).astype(dtype)
    host = Operands(n=n, arrays={"x": x})
    held_against = expected(lambda operands: reference(operands.arrays["x"]), host, dtype)
    error, accepted, fault = disagreement({"": function(x)}, held_against)
    return not fault and error <= accepted


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [16, 4096, 1_000_000])
def test_another_order_of_adding_up_is_right(n: int, dtype: str) -> None:
    for function in (lambda x: np.dot(x, x), lambda x: np.sqrt(np.dot(x, x)) ** 2):
        assert accepts(function, lambda x: np.sum(x * x), n, dtype)


@pytest.mark.parametrize("side", [8, 700])
def test_a_system_solved_in_another_way_is_right_in_double_precision(side: int) -> None:
    def system(x: Any) -> Any:  # noqa: ANN401 - an array
        return x.reshape(side, side) + side * np.eye(side)

    def by_hand(x: Any) -> Any:  # noqa: ANN401 - an array
        q, r = np.linalg.qr(system(x))
        return np.linalg.solve(r, q.T @ np.ones(side))

    assert accepts(by_hand, lambda x: np.linalg.solve(system(x), np.ones(side)), side * side, "float64")


@pytest.mark.parametrize("n", [16, 4096])
def test_a_forgotten_element_is_wrong(n: int) -> None:
    assert not accepts(lambda x: np.sum(x[1:] * x[1:]), lambda x: np.sum(x * x), n, "float32")


@pytest.mark.parametrize("n", [16, 4096, 1_000_000])
def test_half_the_digits_are_wrong(n: int) -> None:
    halved = lambda x: np.sum(x * x, dtype=x.dtype) * x.dtype.type(1 + 1e-3)  # noqa: E731 - it is one function
    assert not accepts(halved, lambda x: np.sum(x * x), n, "float32")


def test_what_is_computed_element_by_element_may_be_off_by_last_digits_only() -> None:
    assert accepts(np.sin, np.sin, 16, "float32")
    assert not accepts(lambda x: np.sin(x) + np.float32(1e-5), np.sin, 16, "float32")


PAIRS: dict[str, tuple[Function, Function]] = {
    "sum": (np.sum, torch.sum),
    "mean": (np.mean, torch.mean),
    "var": (np.var, lambda x: torch.var(x, correction=0)),
    "std": (np.std, lambda x: torch.std(x, correction=0)),
    "sum of what cancels": (lambda x: np.sum(x - np.mean(x)), lambda x: torch.sum(x - torch.mean(x))),
    "softmax": (lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(), lambda x: torch.softmax(x, 0)),
    "logsumexp": (lambda x: np.log(np.exp(x).sum()), lambda x: torch.logsumexp(x, 0)),
    "norm": (np.linalg.norm, torch.linalg.norm),
    "fft": (np.fft.fft, torch.fft.fft),
    "fft of a wave": (
        lambda x: np.fft.fft(np.sin(np.arange(len(x), dtype=x.dtype))),
        lambda x: torch.fft.fft(torch.sin(torch.arange(len(x), dtype=x.dtype))),
    ),
    "sort": (np.sort, lambda x: torch.sort(x).values),
    "argsort": (np.argsort, torch.argsort),
    "argmax": (np.argmax, torch.argmax),
    "cumsum": (np.cumsum, lambda x: torch.cumsum(x, 0)),
    "cumprod": (lambda x: np.cumprod(1 + x / 1000), lambda x: torch.cumprod(1 + x / 1000, 0)),
    "prod": (np.prod, torch.prod),
    "clip": (lambda x: np.clip(x, -1, 1), lambda x: torch.clip(x, -1, 1)),
    "where": (lambda x: np.where(x > 0, x, 0 * x), lambda x: torch.where(x > 0, x, 0 * x)),
    "unique": (lambda x: np.unique(np.round(x)), lambda x: torch.unique(torch.round(x))),
    "round": (lambda x: np.round(x * 1000), lambda x: torch.round(x * 1000)),
    "floor division": (lambda x: x // 0.1, lambda x: torch.floor_divide(x, 0.1)),
    "sine of large": (lambda x: np.sin(1000 * x), lambda x: torch.sin(1000 * x)),
    "roots of negative": (lambda x: 1 / np.sqrt(x), torch.rsqrt),
    "overflow": (lambda x: np.exp(100 * x), lambda x: torch.exp(100 * x)),
    "count": (lambda x: np.count_nonzero(x > 0), lambda x: torch.count_nonzero(x > 0)),
    "dot": (lambda x: np.dot(x, x[::-1]), lambda x: torch.dot(x, torch.flip(x, [0]))),
}


def square(x: Any) -> Any:  # noqa: ANN401 - an array of either library
    """Return the largest square matrix of a vector's figures."""
    side = min(math.isqrt(len(x)), 100)
    return x[: side * side].reshape(side, side)


def gram(x: Any) -> Any:  # noqa: ANN401 - an array of either library
    """Return a positive definite matrix."""
    a, one = square(x), np.eye if isinstance(x, np.ndarray) else torch.eye
    return a @ a.T + one(len(a), dtype=x.dtype)


MATRICES: dict[str, tuple[Function, Function]] = {
    "product": (lambda x: square(x) @ square(x),) * 2,
    "solve": (
        lambda x: np.linalg.solve(square(x), x[: len(square(x))]),
        lambda x: torch.linalg.solve(square(x), x[: len(square(x))]),
    ),
    "inverse": (lambda x: np.linalg.inv(square(x)), lambda x: torch.linalg.inv(square(x))),
    "cholesky": (lambda x: np.linalg.cholesky(gram(x)), lambda x: torch.linalg.cholesky(gram(x))),
    "determinant": (lambda x: np.linalg.slogdet(square(x)), lambda x: torch.linalg.slogdet(square(x))),
    "eigenvalues": (lambda x: np.linalg.eigvalsh(gram(x)), lambda x: torch.linalg.eigvalsh(gram(x))),
    "singular values": (
        lambda x: np.linalg.svd(square(x), compute_uv=False),
        lambda x: torch.linalg.svdvals(square(x)),
    ),
    "einsum": (
        lambda x: np.einsum("ij,jk->ki", square(x), square(x)),
        lambda x: torch.einsum("ij,jk->ki", square(x), square(x)),
    ),
    "outer": (lambda x: np.outer(x[:50], x[:50]), lambda x: torch.outer(x[:50], x[:50])),
}


def told(pair: tuple[Function, Function], n: int, dtype: str) -> tuple[float, float, str]:
    """Return what comes of Torch's result beside NumPy's."""
    x = np.random.default_rng(7).standard_normal(n).astype(dtype)
    plain, other = pair
    held_against = expected(
        lambda operands: plain(operands.arrays["x"]), Operands(n=n, arrays={"x": x}), dtype
    )
    result = mapped(other(torch.from_numpy(x.copy())), lambda leaf: leaf.numpy())
    return disagreement(dict(leaves(result)), held_against)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*PAIRS, *MATRICES])
def test_an_honest_pair_of_functions_agrees_at_every_size(name: str, dtype: str) -> None:
    for n in (16, 1000, 200_000):
        error, accepted, fault = told({**PAIRS, **MATRICES}[name], n, dtype)
        assert not fault
        assert error <= accepted


WRONG: dict[str, tuple[Function, Function]] = {
    "small figures beside large ones": (lambda x: np.exp(20 * x), lambda x: torch.exp(20 * x).clamp(min=1)),
    "zeros where NumPy overflows": (
        lambda x: np.exp(100 * x),
        lambda x: torch.exp(100 * x) * (torch.exp(100 * x) == math.inf),
    ),
    "less where NumPy overflows": (lambda x: np.exp(100 * x), lambda x: torch.exp(100 * x).clamp(max=1e30)),
    "a bit in a thousand": (np.sum, lambda x: torch.sum(x) * 1.001),
    "half precision inside": (lambda x: x @ x, lambda x: (x.half() @ x.half()).to(x.dtype)),
    "no number": (np.sin, lambda x: torch.where(x == x.max(), math.nan, torch.sin(x))),
    "one element": (np.sin, lambda x: torch.where(x == x.max(), 0.0, torch.sin(x))),
    "another integer": (lambda x: (x > 0).sum(), lambda x: (x > 0).sum() + 1),
    "another truth": (lambda x: x > 0, lambda x: x >= x.max()),
    "half of a result": (lambda x: (np.sin(x), np.cos(x)), lambda x: (torch.sin(x), torch.sin(x))),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("n", [16, 1000])
def test_a_function_that_is_not_the_same_is_wrong(name: str, n: int) -> None:
    error, accepted, fault = told(WRONG[name], n, "float32")
    assert fault or error > accepted


def test_small_figures_that_are_wrong_are_told_by_their_share() -> None:
    _error, _accepted, fault = told(WRONG["small figures beside large ones"], 1000, "float32")
    assert fault.endswith("% of its figures are off by more than half, where NumPy's are right")
