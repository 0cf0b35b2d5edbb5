"""The table of what a call costs."""

import pandas as pd
import pytest

from harness.report.call_costs import call_cost_table
from tests.support.call_and_trip import Seconds, cells_of_laws, host


def cells_of(machine: str, **latencies: float) -> pd.DataFrame:
    """Return cells of a machine by the seconds that each backend's calls take at first."""
    return cells_of_laws({name: host(_after(first)) for name, first in latencies.items()}).assign(
        machine=machine
    )


def _after(first: float) -> Seconds:
    """Return the law of calls that take so long at first."""
    return lambda n: first + 1e-9 * n


def test_a_machine_that_tells_nothing_of_a_backend_says_so() -> None:
    cells = pd.concat([cells_of("a", numpy=2e-7, torch=1e-6), cells_of("b", numpy=3e-7)], ignore_index=True)
    table = call_cost_table(cells, ["b", "a"])
    assert table is not None
    assert table.heads == ("numpy", "torch")
    assert [(name, [entry.text for entry in entries]) for name, entries in table.rows] == [
        ("b", ["300 ns", "not told: no op's times follow a law"]),
        ("a", ["200 ns", "1.00 µs"]),
    ]


def test_only_the_machines_that_are_named_are_told_of() -> None:
    cells = pd.concat([cells_of("a", numpy=2e-7), cells_of("b", numpy=3e-7)], ignore_index=True)
    table = call_cost_table(cells, ["b"])
    assert table is not None
    assert [name for name, _ in table.rows] == ["b"]


@pytest.mark.parametrize("sizes", [(16, 64, 256), ()])
def test_without_a_law_there_is_no_table(sizes: tuple[int, ...]) -> None:
    cells = cells_of("a", numpy=2e-7)
    assert call_cost_table(cells[cells["n"].isin(sizes)], ["a"]) is None
