"""What the advice panel offers, and its tables for those without scripts."""

import math

import pandas as pd
import pytest

from harness.advice.choice import advise_from
from harness.advice.ratio_curve import Basis
from harness.answers.speedup import speedup
from harness.answers.verdict import MARGIN
from harness.report.advice_panel import AdvicePanel, advice_panels, advice_tables, panel_rows
from tests.support.call_and_trip import SIZES, cells_of_laws, host
from tests.support.pages import parsed

LAWS = {
    "numpy": host(lambda n: 1e-6 + n * 1e-9),
    "torch-cpu": (lambda n: 2e-6 + n * 4e-10, lambda n: 3e-6 + n * 4e-10),
    "torch-cuda": (lambda n: 8e-6 + n * 2e-11, lambda n: 40e-6 + n * 1e-9),
}
NAMES = {"op": ["abs"], "dtype": ["float32"], "backend": list(LAWS)}
BEYOND = 4


def panels(cells: pd.DataFrame, **memory: float) -> list[AdvicePanel]:
    """Return the panels of cells, of which those of the GPU may have so much memory."""
    return list(advice_panels(speedup(cells, None), cells, {"torch-cuda": memory.get("gpu", math.inf)}))


def only_small(cells: pd.DataFrame, largest: int) -> pd.DataFrame:
    """Return cells of which those of the GPU end at a size."""
    return cells[(cells["backend"] != "torch-cuda") | (cells["n"] <= largest)]


@pytest.mark.parametrize(
    ("measured", "offered"),
    [
        ((16, 64, 256), [16, 32, 64, 128, 256]),
        ((16, 64, 200, 256), [16, 32, 64, 128, 256]),
        ((1000, 3000), [1000, 2048, 3000]),
        ((1000, 1200, 4200), [1000, 1200, 2048, 4200]),
        ((500,), [500]),
    ],
)
def test_the_sizes_are_those_that_were_chosen_and_powers_of_two_between(
    measured: tuple[int, ...], offered: list[int]
) -> None:
    (panel,) = panels(cells_of_laws(LAWS, sizes=measured))
    assert panel.sizes.tolist() == offered


def test_what_is_expected_is_told_in_ten_millionths() -> None:
    (panel,) = panels(cells_of_laws(LAWS, sizes=(1024, 4096)))
    op, dtype, sizes, backends, spoiled = panel_rows(panel, NAMES)
    assert (op, dtype, sizes, spoiled) == (0, 0, [1024, 2048, 4096], [])
    assert [backend for backend, _ in backends] == [1, 2]
    first = backends[0][1][0]
    truth = 1e7 * math.log((1e-6 + 1024e-9) / (2e-6 + 1024 * 4e-10))
    assert first == [round(truth), 0, pytest.approx(1e7 * math.log(2.024 / 3.4096), abs=1), 0]


def test_an_interval_that_is_wider_to_one_side_is_told_with_both() -> None:
    cells = cells_of_laws(LAWS, sizes=(1024, 4096), spread=0.1)
    speedups = speedup(cells, None)
    wider = speedups.assign(high=speedups["high"].where(speedups["span"] == "call", speedups["high"] * 2))
    ((panel,), (other,)) = (list(advice_panels(rows, cells, {})) for rows in (speedups, wider))
    ((call, reach, trip, below), *_) = panel_rows(panel, NAMES)[3][0][1]
    above = below + round(1e7 * math.log(2))
    assert panel_rows(other, NAMES)[3][0][1][0] == [call, reach, trip, [below, pytest.approx(above, abs=1)]]


def test_beyond_the_sizes_of_a_backend_it_is_marked_then_nothing_is_said_of_it() -> None:
    (panel,) = panels(only_small(cells_of_laws(LAWS), SIZES[-3]))
    _, cuda = panel.backends
    told = dict(zip(panel.sizes.tolist(), cuda.basis, strict=True))
    assert told[SIZES[-3]] == Basis.MEASURED
    assert told[BEYOND * SIZES[-3]] == Basis.EXTRAPOLATED
    assert told[2 * BEYOND * SIZES[-3]] is None
    rows = panel_rows(panel, NAMES)[3][1][1]
    assert [row and len(row) for row in rows[-5:]] == [4, 5, 5, None, None]


def test_a_device_that_lacks_the_memory_is_named_in_place_of_a_figure() -> None:
    (panel,) = panels(cells_of_laws(LAWS), gpu=8.0 * SIZES[-2])
    rows = panel_rows(panel, NAMES)[3][1][1]
    assert [row == 0 for row in rows[-3:]] == [False, True, True]


def test_an_op_that_cannot_be_advised_on_has_no_panel() -> None:
    cells = cells_of_laws(LAWS)
    calls = cells[cells["span"] == "call"].assign(op="calls")
    both = pd.concat([cells, calls], ignore_index=True)
    assert [panel.op for panel in panels(both)] == ["abs"]
    assert panels(calls) == []
    gpu = cells[cells["backend"] != "torch-cpu"]
    assert panels(gpu, gpu=8.0) == []


@pytest.mark.parametrize("spread", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("calls", [1, 100])
def test_a_table_names_what_is_advised(calls: int, spread: float) -> None:
    cells = only_small(cells_of_laws(LAWS, spread=spread, seed=1), SIZES[-3])
    speedups = speedup(cells, None)
    tables = {table.caption: table for table in advice_tables(panels(cells))}
    table = tables[f"What to take with {calls} call{'s' * (calls > 1)} per transfer"]
    assert table.heads == ("16", "256", "4 Ki", "64 Ki", "1 Mi")
    ((name, entries),) = table.rows
    assert name == "abs"
    sure = []
    for n, entry in zip((16, 256, 4096, 65_536, 2**20), entries, strict=True):
        advice = advise_from(speedups, cells, "abs", n, calls, margin=MARGIN)
        advised = advice.advised
        sure.append(advised is advice.best)
        told = "numpy" if advised is None else ("" if sure[-1] else "probably ") + advised.backend
        assert entry.text.partition(",")[0] == told
        assert entry.kind == ("" if advised is None else "faster" if sure[-1] else "unsure")
        assert advised is None or f"({advised.low:#.3g} to " in entry.text
    assert all(sure) == (spread < 0.5)


def test_a_size_that_few_ops_have_is_no_column() -> None:
    usual = [cells_of_laws(LAWS, op=op, sizes=(16, 64)) for op in ("abs", "sin", "mean")]
    other = cells_of_laws(LAWS, op="f", sizes=(50, 60))
    found = panels(pd.concat([*usual, other], ignore_index=True))
    (table, _) = advice_tables(found)
    assert table.heads == ("16", "32", "64")
    told = {name: {entry.text for entry in entries} for name, entries in table.rows}
    assert told == {"abs": {"numpy"}, "sin": {"numpy"}, "mean": {"numpy"}, "f": {"not measured"}}
    assert advice_tables([]) == []


def test_the_page_has_the_tables_for_those_without_scripts(html: str) -> None:
    captions = parsed(html).texts["caption"]
    assert "What to take with 1 call per transfer" in captions
    assert "What to take with 100 calls per transfer" in captions
