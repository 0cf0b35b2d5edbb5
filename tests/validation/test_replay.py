"""Rounds of equal contenders played again: looks, and an effect of layout that is planted."""

import math

import numpy as np
import pytest

from harness.validation.parts import replay
from harness.validation.trials import Pair, Sitting, compared, frame_of
from harness.workers.parents import Parents
from tests.support.trials import OPS, named, pair, quiet

LOOKS = (4, 6, 10)


def drawn(spread: float, *, shift: float = 0.0, pairs: int = 40) -> list[Pair]:
    random = np.random.default_rng(0)
    times = np.exp(spread * random.standard_normal((pairs, 2, 10)) + [[[0.0], [shift]]])
    return [pair(base, other) for base, other in times.tolist()]


def sitting() -> Sitting:
    return Sitting(ops=OPS, say=quiet, parents=Parents(60.0))


def test_equal_pairs_stop_without_a_false_verdict_and_their_intervals_hold_what_is_planted() -> None:
    checks = replay.replayed(drawn(0.01), sitting())
    assert [check.outcome for check in checks] == ["pass", "pass"]
    assert "40 pairs" in named(checks, "looks").detail


def test_pairs_that_differ_are_found_out_at_whichever_look_they_stop() -> None:
    looks, layout = replay.replayed(drawn(0.002, shift=0.03), sitting())
    assert looks.measured == 1.0
    assert looks.outcome == "FAIL"
    assert layout.measured < 1.0


class InOrder(np.random.Generator):
    """Leaves the rounds in their order."""

    def permutation(self, x: object, axis: int = 0) -> np.ndarray:
        del axis
        assert isinstance(x, int)
        return np.arange(x)


def test_a_verdict_counts_at_the_look_where_a_pair_stops() -> None:
    """The first four rounds differ by 20 %, all ten by nothing: who stops early is wrong."""
    frame = frame_of([pair([1.0] * 10, [1.2, 1.201, 1.199, 1.2, *[1.0] * 6])] * 4, looks=len(LOOKS))
    assert replay.false_at_the_stop(frame, LOOKS, InOrder(np.random.PCG64(0))) == 1.0
    assert replay.false_at_the_stop(frame, (10,), InOrder(np.random.PCG64(0))) == 0.0


def test_a_verdict_that_is_too_weak_for_an_early_look_does_not_count_there() -> None:
    """The first four rounds differ by 5 % and some standard errors of it, the next take it back."""
    logs = [0.038, 0.062, 0.038, 0.062, -0.05, -0.05, -0.03, -0.03, -0.02, -0.02]
    frame = frame_of([pair([1.0] * 10, np.exp(logs).tolist())] * 4, looks=len(LOOKS))
    assert set(compared(replay.with_rounds(frame, range(4)))["verdict"]) == {"slower"}
    assert replay.false_at_the_stop(frame, LOOKS, InOrder(np.random.PCG64(0))) == 0.0


def test_a_layout_moves_the_rounds_of_what_is_compared_alone() -> None:
    frame = frame_of([pair([1.0] * 4, [1.0] * 4)])
    moved = replay.with_layout(frame, np.random.default_rng(0))
    base, other = (np.log(times) for times in moved["round_seconds"])
    assert base.tolist() == [0.0] * 4
    assert 0 < np.abs(other).max() < 5 * replay.LAYOUT
    passes = np.log(moved["pass_seconds"].iloc[1])
    assert passes == pytest.approx(np.repeat(other[:, None], passes.shape[1], axis=1))


def test_a_frame_with_some_rounds_says_what_these_say() -> None:
    frame = frame_of([pair([1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 4.0, 4.0])])
    assert compared(replay.with_rounds(frame, [2, 3]))["log"].iloc[0] == pytest.approx(-math.log(4))
