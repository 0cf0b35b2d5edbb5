"""How far the hosts of a fleet are, as a terminal shows it."""

import io
from dataclasses import replace

from rich.console import Console

from harness.fleet.record import Outcome, State
from harness.fleet.steps import Progress
from harness.terminal.fleet import fleet_progress, live_table

FAR = Progress(
    doing="40 of 60 s: round 3 of sin", op="sin", answer="torch-cpu slower", decided=9, cells=11, noisy=2
)


def shown(*outcomes: Outcome) -> list[list[str]]:
    """Return the words of each line that is shown of these."""
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as lines:
        console.print(live_table({one.host: one for one in outcomes}))
    return [line.split() for line in lines.get().splitlines()]


def test_a_host_that_measures_tells_its_op_cells_noise_and_last_answer() -> None:
    head, line = shown(Outcome(host="a", state=State.MEASURING, progress=FAR))
    assert head == ["host", "state", "op", "decided", "noisy", "last", "answer"]
    assert line == ["a", "measuring", "sin", "9", "of", "11", "2", "torch-cpu", "slower"]


def test_a_long_answer_leaves_the_other_columns_their_room_on_one_line() -> None:
    far = replace(FAR, answer="torch-cpu slower than numpy at every size " * 5)
    head, line = shown(Outcome(host="a", state=State.MEASURING, progress=far))
    assert head[0] == "host"
    assert line[:7] == ["a", "measuring", "sin", "9", "of", "11", "2"]
    assert line[-1].endswith("…")


def test_before_its_first_answer_a_host_tells_what_it_does() -> None:
    _, line = shown(Outcome(host="a", state=State.MEASURING, progress=Progress(doing="0 s: starting")))
    assert line == ["a", "measuring", "–", "–", "–", "0", "s:", "starting"]


def test_hosts_that_measure_come_first_and_others_keep_their_reason() -> None:
    lines = shown(
        Outcome(host="a", state=State.LOST, reason="its worker is gone", progress=FAR),
        Outcome(host="b", state=State.MEASURING),
    )
    assert [line[0] for line in lines[1:]] == ["b", "a"]
    assert lines[2][-4:] == ["its", "worker", "is", "gone"]


def test_where_nothing_is_live_a_change_of_state_is_a_line_and_what_was_told_stays() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    with console.capture() as lines, fleet_progress(console) as tell:
        tell(Outcome(host="a", state=State.MEASURING, progress=FAR))
        tell(Outcome(host="a", state=State.MEASURING, progress=FAR))
        tell(Outcome(host="a", state=State.MEASURED, run="r"))
    assert lines.get().splitlines() == ["a: measuring", "a: measured r"]
    assert tell.outcomes["a"].progress == FAR
