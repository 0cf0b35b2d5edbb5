"""The commands that look after stores; what checking and merging find is tried beside the store."""

from pathlib import Path

from harness.model import Status
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, write_run
from tests.support.steady_cells import steady_cells


def test_a_run_without_a_good_cell_exports_nothing(call: Harness, tmp_path: Path) -> None:
    write_run(tmp_path, steady_cells(status=Status.NOISY))
    path = tmp_path / "run.json"
    answer = call("export", "--to", "pyperf", "--results", tmp_path, "--machine", MACHINE, "--output", path)
    assert answer.code == 4
    assert not path.exists()
