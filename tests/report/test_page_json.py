"""What the script of the page reads."""

from pathlib import Path

import pytest

from harness.store.frame import frame
from harness.store.runs import read_runs
from tests.support.pages import parsed, payload


def test_the_page_holds_the_figures_of_the_store(store: Path, html: str) -> None:
    held = payload(parsed(html))
    own = next(machine for machine in held["machines"] if machine["machine"] == "node-2")
    cells = frame(run for run in read_runs(store) if run.machine == "node-2")
    place = held["columns"].index
    assert [row[place("n")] for row in own["cells"]] == cells["n"].tolist()
    for row, cell in zip(own["cells"], cells.itertuples(), strict=True):
        assert held["names"]["status"][row[place("status")]] == cell.status
        assert held["names"]["reason"][row[place("reason")]] == cell.reason
        assert row[place("seconds")] == (pytest.approx(cell.seconds, rel=1e-4) if cell.rounds else None)
