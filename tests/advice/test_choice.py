"""The choice at a size and a number of calls, of scripted times whose truth is known."""

import math
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.advice.advice import Advice, advice_frame
from harness.advice.choice import advise
from harness.advice.ratio_curve import Basis
from harness.errors import UsageError
from harness.model import Verdict
from tests.support.call_and_trip import SIZES, cells_of_laws, host
from tests.support.results import crossing, scripted_result

LAWS = {
    "numpy": host(lambda n: 1e-6 + n * 1e-9),
    "torch-cpu": (lambda n: 2e-6 + n * 4e-10, lambda n: 3e-6 + n * 4e-10),
    "torch-cuda": (lambda n: 8e-6 + n * 2e-11, lambda n: 40e-6 + n * 1e-9),
}


def asked(
    n: int, calls: int = 1, ops: tuple[str, ...] = ("sin",), cells: pd.DataFrame | None = None
) -> Advice:
    """Return advice on the scripted ops."""
    if cells is None:
        parts = [cells_of_laws(LAWS, op=op, spread=0.01) for op in dict.fromkeys(ops)]
        cells = pd.concat(parts, ignore_index=True)
        cells = cells.assign(bytes_per_second=2 * 4 * cells["n"] / cells["seconds"], baseline="numpy")
    return advise(cells, ops, n, calls)


def test_below_its_crossover_nothing_is_taken_and_above_it_the_fastest() -> None:
    assert asked(64).best is None
    large = asked(2**20)
    assert large.best is not None
    assert large.best.backend == "torch-cpu"
    assert large.best.speedup == pytest.approx(1049.6 / 422.4, rel=0.02)


def test_with_more_calls_per_transfer_the_device_is_taken() -> None:
    best = asked(2**20, calls=100).best
    assert best is not None
    assert best.backend == "torch-cuda"
    of_calls = 100 * (8 + 2**20 * 2e-5) + 32 + 2**20 * 0.98e-3
    assert best.speedup == pytest.approx(100 * (1 + 2**20 * 1e-3) / of_calls, rel=0.02)


def test_it_pays_from_the_number_of_calls_from_which_on_it_is_faster() -> None:
    cuda = next(one for one in asked(2**20).choices if one.backend == "torch-cuda")
    numpy, call, trip = 1049.576, 28.97, 1088.576
    truth = (trip - call) / (numpy - call)
    assert cuda.pays.low <= truth <= cuda.pays.high
    assert asked(2**20, calls=math.ceil(cuda.pays.high) + 1).choices[0].verdict == Verdict.FASTER


def test_between_two_sizes_it_is_interpolated_and_far_beyond_refused() -> None:
    assert {one.basis for one in asked(100_000).choices} == {Basis.INTERPOLATED}
    assert {one.basis for one in asked(2**21).choices} == {Basis.EXTRAPOLATED}
    with pytest.raises(UsageError, match=r"more than 4 times beyond the sizes .* 16 to 1.0 M; measure it"):
        asked(2**30)


def test_a_chain_takes_the_sum_of_its_calls_and_one_transfer() -> None:
    """Three sines take three calls of the device and the transfers of one: so do three calls of a sine."""
    chain, calls = asked(2**18, ops=("sin", "sin", "sin")), asked(2**18, calls=3)
    for one in chain.choices:
        other = next(choice for choice in calls.choices if choice.backend == one.backend)
        assert one.speedup == pytest.approx(other.speedup, rel=1e-6)


def test_a_chain_of_two_ops_is_slower_than_its_faster_one_and_faster_than_its_slower_one() -> None:
    slow = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 4e-8 * n)}
    fast = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 1e-9 * n)}
    parts = [cells_of_laws(slow, op="abs"), cells_of_laws(fast, op="sin")]
    cells = pd.concat(parts, ignore_index=True).assign(bytes_per_second=math.nan, baseline="numpy")
    (one,) = asked(4096, ops=("abs", "sin"), cells=cells).choices
    assert one.speedup == pytest.approx(20 / 41, rel=1e-6)


def test_an_op_that_gives_one_number_can_only_be_the_last_of_a_chain() -> None:
    cells = cells_of_laws(LAWS, op="mean")
    cells = cells.assign(bytes_per_second=(cells["n"] + 1) * 4 / cells["seconds"], baseline="numpy")
    assert asked(4096, ops=("mean",), cells=cells).choices
    with pytest.raises(UsageError, match="mean gives fewer elements than it takes"):
        asked(4096, ops=("mean", "mean"), cells=cells)


def spoiled(sizes: Collection[int], *backends: str) -> pd.DataFrame:
    """Return cells of which other work had a core in every pass of torch-cpu at some sizes."""
    laws = {name: LAWS[name] for name in ("numpy", *backends)}
    cells = cells_of_laws(laws, op="sin", spread=0.01).assign(bytes_per_second=math.nan, baseline="numpy")
    hit = cells["n"].isin(sizes) & (cells["backend"] == "torch-cpu")
    rounds = [
        np.array(of_cell) * (500 if is_hit else 1)
        for of_cell, is_hit in zip(cells["round_seconds"], hit, strict=True)
    ]
    return cells.assign(
        round_seconds=[of_cell.tolist() for of_cell in rounds],
        pass_seconds=[of_cell[:, None] for of_cell in rounds],
        pass_marked=[np.full((len(of_cell), 1), is_hit) for of_cell, is_hit in zip(rounds, hit, strict=True)],
        cores=np.where(cells["backend"] == "torch-cpu", 2.0, 1.0),
    )


def test_times_that_other_work_spoiled_take_no_part() -> None:
    told = asked(2**16, cells=spoiled([2**16], "torch-cpu"))
    (torch,) = told.choices
    assert torch.basis == Basis.INTERPOLATED
    assert torch.speedup == pytest.approx(66.5 / 29.2, rel=0.1)
    assert not told.spoiled


def test_a_backend_of_which_all_near_a_size_is_spoiled_is_named_with_what_to_do() -> None:
    large = [n for n in SIZES if n > 2**10]
    told = asked(2**20, cells=spoiled(large, "torch-cpu", "torch-cuda"))
    assert [one.backend for one in told.choices] == ["torch-cuda"]
    assert str(told).endswith("; other work spoiled the times of torch-cpu near it, measure again")
    assert asked(2**11, cells=spoiled(large, "torch-cpu")).spoiled == ("torch-cpu",)
    with pytest.raises(UsageError, match=r"torch-cpu never had all cores to itself.* measure it again"):
        asked(2**20, cells=spoiled(large, "torch-cpu"))


def test_no_calls_and_no_size_are_refused() -> None:
    for n, calls in ((0, 1), (16, 0)):
        with pytest.raises(UsageError, match="whole numbers from 1 on"):
            asked(n, calls)


def test_where_no_backend_has_both_spans_it_is_said_where_to_look() -> None:
    cells = cells_of_laws({"numpy": LAWS["numpy"], "torch-cpu": LAWS["torch-cpu"]}, op="sin")
    cells = cells[cells["span"] == "call"].assign(bytes_per_second=math.nan, baseline="numpy")
    with pytest.raises(UsageError, match="no backend has calls and round trips of sin"):
        asked(4096, cells=cells)


def test_the_table_marks_the_one_to_take() -> None:
    table = advice_frame([asked(2**20)])
    for mark in ("best", "advised"):
        assert table.loc[table[mark], "backend"].tolist() == ["torch-cpu"]
    assert set(table["backend"]) == {"torch-cpu", "torch-cuda"}


def test_rounds_that_differ_much_leave_the_faster_one_advised_and_none_known_to_be() -> None:
    laws = {"numpy": host(lambda n: 1e-9 * n), "torch-cpu": host(lambda n: 0.3e-9 * n)}
    cells = cells_of_laws(laws, op="sin", spread=0.8).assign(bytes_per_second=math.nan, baseline="numpy")
    told = asked(4096, cells=cells)
    assert told.best is None
    assert told.advised is told.choices[0]
    assert advise(cells, ("sin",), 4096, margin=1e3).advised is None


def test_a_result_advises_on_its_function_by_the_names_that_it_tells(tmp_path: Path) -> None:
    result = scripted_result(tmp_path, crossing("new@torch-cpu"))
    told = result.advice(n=5000, calls=3)
    assert [one.backend for one in told.choices] == ["new on torch-cpu"]
    assert str(told).startswith(("new on torch-cpu, ", "stay with numpy: "))
    with pytest.raises(UsageError, match="whole numbers from 1 on"):
        result.advice(n=0)
