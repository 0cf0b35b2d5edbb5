"""Values through a pipe, whole or not at all, wherever whoever sends them dies."""

import io
import os
import select
import threading

from hypothesis import given
from hypothesis import strategies as st

from harness.workers import channel

VALUES = st.lists(st.binary(max_size=300) | st.text(max_size=9) | st.floats(allow_nan=False), max_size=5)
CUT = st.floats(0, 1)


def sent(values: list[object]) -> bytes:
    """Return what values are in a pipe."""
    pipe = io.BytesIO()
    for value in values:
        channel.send(value, pipe)
    return pipe.getvalue()


def received(content: bytes) -> list[object]:
    """Return the values that are read out of a pipe until its end."""
    pipe, values = io.BytesIO(content), list[object]()
    try:
        while True:
            values.append(channel.receive(pipe))
    except EOFError:
        return values


@given(VALUES, CUT)
def test_of_values_that_a_death_cuts_off_anywhere_the_whole_ones_arrive(
    values: list[object], cut: float
) -> None:
    content = sent(values)
    kept = round(cut * len(content))
    whole = sum(len(sent(values[: n + 1])) <= kept for n in range(len(values)))
    assert received(content[:kept]) == values[:whole]


@given(VALUES, CUT)
def test_a_parent_passes_on_the_whole_values_of_its_fork_and_nothing_of_a_torn_one(
    values: list[object], cut: float
) -> None:
    """What the parent then says itself is read as its own."""
    content = sent(values)
    kept = round(cut * len(content))
    whole = sum(len(sent(values[: n + 1])) <= kept for n in range(len(values)))
    read, write = os.pipe()
    os.write(write, content[:kept])
    os.close(write)
    passed_on = io.BytesIO()
    channel.forward(read, passed_on)
    channel.send("ended", passed_on)
    assert received(passed_on.getvalue()) == [*values[:whole], "ended"]


def test_values_are_passed_on_as_they_come_and_not_at_the_end() -> None:
    (fork_read, fork_write), (read, write) = os.pipe(), os.pipe()
    with (
        os.fdopen(read, "rb") as answers,
        os.fdopen(write, "wb") as parent,
        os.fdopen(fork_write, "wb") as fork,
    ):
        thread = threading.Thread(target=channel.forward, args=(fork_read, parent), daemon=True)
        thread.start()
        for value in ("first", "second"):
            channel.send(value, fork)
            assert select.select([answers], [], [], 30)[0]
            assert channel.receive(answers) == value
        fork.close()
        thread.join()
