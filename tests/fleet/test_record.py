"""What is kept of a fleet, so that a second start goes on."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import CorruptStoreError
from harness.fleet.record import NAME, Outcome, Record, State, read_record, write_record
from harness.fleet.steps import Progress

WORDS = ["run", "--quick"]


def record(*states: State) -> Record:
    """Return what is known of hosts in these states."""
    outcomes = {
        f"h{at}": Outcome(host=f"h{at}", state=state, run=f"r{at}") for at, state in enumerate(states)
    }
    return Record(words=WORDS, begun="2026-01-01T00:00:00+00:00", outcomes=outcomes)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    written = record(State.MEASURED, State.LOST)
    far = Progress(doing="more", op="sin", decided=1, cells=2)
    written = replace(
        written, outcomes={name: replace(one, progress=far) for name, one in written.outcomes.items()}
    )
    write_record(tmp_path, written)
    assert read_record(tmp_path) == written


def test_a_fleet_that_was_cut_off_goes_on_with_the_others() -> None:
    assert set(record(State.MEASURED, State.HAS_IT, State.LOST).done(WORDS)) == {"h0", "h1"}


def test_a_whole_fleet_is_measured_again() -> None:
    assert not record(State.MEASURED, State.HAS_IT).done(WORDS)


def test_another_question_is_asked_of_all() -> None:
    assert not record(State.MEASURED, State.LOST).done(["run"])


@pytest.mark.parametrize("text", ["", "[]", '{"words": [], "begun": "", "outcomes": {"a": {"state": "no"}}}'])
def test_a_damaged_record_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(
        CorruptStoreError, match=r"fleet.json cannot be read .*; remove it to measure every host"
    ):
        read_record(tmp_path)
