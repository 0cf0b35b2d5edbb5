"""The laws of a run, and what a call costs before it does anything."""

import numpy as np
import pandas as pd
import pytest

from harness.advice.laws import call_costs, laws
from tests.support.call_and_trip import Seconds, cells_of_laws, host

TRUE = {
    "numpy": host(lambda n: 2e-7 + 4e-10 * n),
    "torch-cpu": (lambda n: 1e-6 + 1e-10 * n, lambda n: 1.5e-6 + 1e-10 * n),
}


def test_each_curve_has_a_law_and_a_baseline_that_moves_nothing_one_of_calls() -> None:
    table = laws(cells_of_laws(TRUE))
    assert [*zip(table["backend"], table["span"], strict=True)] == [
        ("numpy", "call"),
        ("torch-cpu", "call"),
        ("torch-cpu", "round_trip"),
    ]
    assert table["latency"].tolist() == pytest.approx([2e-7, 1e-6, 1.5e-6], rel=1e-6)
    assert table["per_unit"].tolist() == pytest.approx([4e-10, 1e-10, 1e-10], rel=1e-6)
    assert table["told"].all()


def test_the_rate_is_that_of_further_elements() -> None:
    cells = cells_of_laws(TRUE)
    cells["bytes_per_second"] = 8 * cells["n"] / cells["seconds"]
    rates = laws(cells).set_index(["backend", "span"])["bytes_per_second"]
    assert rates["numpy", "call"] == pytest.approx(8 / 4e-10, rel=1e-6)
    assert rates["torch-cpu", "round_trip"] == pytest.approx(8 / 1e-10, rel=1e-6)


def test_beyond_a_knee_there_is_another_rate() -> None:
    cells = cells_of_laws({"numpy": host(lambda n: 1e-6 + 1e-10 * min(n, 4**6) + 4e-10 * max(n - 4**6, 0))})
    cells["bytes_per_second"] = 8 * cells["n"] / cells["seconds"]
    (law,) = laws(cells).itertuples()
    assert (law.bytes_per_second, law.bytes_per_second_above) == pytest.approx((8e10, 2e10), rel=1e-6)


def test_no_law_outgrows_the_arithmetic_that_is_counted() -> None:
    cells = cells_of_laws({"numpy": host(lambda n: 1e-6 + 1e-12 * n**1.5)})
    assert laws(cells)["work"].tolist() == ["n^1.5"]
    cells["flop_per_second"] = 3 * cells["n"] / cells["seconds"]
    assert not {"n^1.5", "n^2"} & set(laws(cells)["work"])
    cells["flop_per_second"] = 2 * cells["n"] ** 1.5 / cells["seconds"]
    assert laws(cells)["flop_per_second"].tolist() == pytest.approx([2 / 1e-12], rel=1e-6)


def after(latency: float) -> tuple[Seconds, Seconds]:
    """Return the laws of calls, and of round trips that take 0.7 µs more."""
    return lambda n: latency + 1e-10 * n, lambda n: latency + 7e-7 + 1e-10 * n


def test_the_cost_of_a_call_is_that_of_the_op_in_the_middle() -> None:
    first = [
        ("torch-cpu", "abs", 1e-6),
        ("torch-cpu", "sin", 2e-6),
        ("torch-cpu", "mean", 4e-6),
        ("x", "abs", 3e-6),
    ]
    tables = [cells_of_laws({backend: after(latency)}, op=op) for backend, op, latency in first]
    costs = {cost.backend: cost for cost in call_costs(laws(pd.concat(tables, ignore_index=True)))}
    torch = costs["torch-cpu"]
    assert (torch.ops, costs["x"].ops) == (3, 1)
    assert (torch.latency, torch.least, torch.most) == pytest.approx((2e-6, 1e-6, 4e-6), rel=1e-6)
    assert [torch.transfers, costs["x"].transfers] == pytest.approx([7e-7, 7e-7], rel=1e-6)


def test_where_nothing_is_moved_nothing_is_said_of_transfers() -> None:
    (cost,) = call_costs(laws(cells_of_laws({"numpy": host(lambda n: 2e-7 + 4e-10 * n)})))
    assert np.isnan(cost.transfers)


def test_a_curve_without_a_law_tells_of_no_cost() -> None:
    cells = cells_of_laws({"numpy": host(lambda n: 1e-6 * 4.0 ** (np.log2(n) // 6 * 2))})
    assert laws(cells)["told"].tolist() == [False]
    assert not list(call_costs(laws(cells)))
