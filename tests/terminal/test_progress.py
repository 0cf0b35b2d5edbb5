"""What a terminal, or a file in its place, shows of how far a run is."""

import io

import pytest
from rich.console import Console

from harness.runs.progress import Step
from harness.terminal.progress import progress


@pytest.mark.parametrize("terminal", [True, False])
def test_the_first_noisy_cell_of_an_op_is_said_at_once_and_the_count_goes_on(*, terminal: bool) -> None:
    console = Console(record=True, force_terminal=terminal, width=160, file=io.StringIO())
    with progress(console) as follow:
        follow(Step(op="abs", done=0, total=8, latest=""))
        follow(Step(op="abs", done=1, total=8, latest="n = 16: numpy 1 us", noisy=2))
        follow(Step(op="abs", done=2, total=8, latest="n = 64: numpy 1 us", noisy=3))
    said = console.export_text()
    assert "abs: other work disturbs this machine since n = 16" in said
    assert said.count("other work") == 1
    assert "n = 64: numpy 1 us, 3 cells noisy" in said
