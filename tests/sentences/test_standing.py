"""What is said of a curve in words: what its cells support, and no less."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import State, Verdict
from harness.sentences.curves import Crossover
from harness.sentences.standing import standing
from tests.support.speedup_curves import curve_of


@pytest.mark.parametrize(
    ("verdicts", "speedups", "expected"),
    [
        ("FFF", [1.5, 5.2, 3], "faster than numpy at every size, 1.5 to 5.2 times"),
        ("LLL", [0.2, 0.31, 0.97], "slower than numpy at every size, 0.20 to 0.97 times as fast"),
        ("SSS", [1.01, 0.97, 1.04], "about as fast as numpy at every size (0.97 to 1.04)"),
        ("F", [222.2], "faster than numpy at 16, 222 times"),
        ("S", [1.0], "about as fast as numpy at 16 (0.98 to 1.02)"),
        ("FF", [18_524, 2e7], "faster than numpy at every size, 18 500 to more than 1 000 000 times"),
    ],
)
def test_one_verdict_is_said_of_every_size_with_the_least_and_the_most(
    verdicts: str, speedups: list[float], expected: str
) -> None:
    assert standing(curve_of(verdicts, speedups)) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("LLFF", "faster than numpy from 128 elements on (102 to 160), 2.0 times at 1 Ki"),
        ("LLUSUFF", "faster than numpy from 1 000 elements on (819 to 1 300), 2.0 times at 64 Ki"),
        (
            "FLL",
            ("faster than numpy below 32 elements (26 to 40), 2.0 times; slower above, 0.50 times as fast"),
        ),
        (
            "LFFL",
            (
                "slower than numpy below 32 elements (26 to 40), 0.50 times as fast; "
                "faster from there to 512 elements (410 to 640), 2.0 times; slower above, 0.50 times as fast"
            ),
        ),
    ],
)
def test_a_curve_that_crosses_is_told_with_its_crossovers(verdicts: str, expected: str) -> None:
    assert standing(curve_of(verdicts)) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (
            "LLSS",
            "slower than numpy up to 64, 0.50 times as fast; about as fast from 256 on (1.00)",
        ),
        ("LSF", "faster than numpy from 64 elements on (51 to 80), 2.0 times at 256"),
        (
            "LSSF",
            (
                "slower than numpy at 16, 0.50 times as fast; about as fast from 64 to 256 (1.00); "
                "faster at 1 Ki, 2.0 times"
            ),
        ),
        (
            "LFFS",
            (
                "slower than numpy below 32 elements (26 to 40), 0.50 times as fast; "
                "faster from there to 256, 2.0 times; about as fast at 1 Ki (0.98 to 1.02)"
            ),
        ),
        (
            "FSFFS",
            "faster than numpy at 16 and from 256 to 1 Ki, 2.0 times; about as fast at 64 and at 4 Ki (1.00)",
        ),
        (
            "FLFLFLFLF",
            "faster than numpy at 5 of 9 sizes, 2.0 times; slower at 4 of 9 sizes, 0.50 times as fast",
        ),
    ],
)
def test_sizes_that_are_about_as_fast_are_told_where_they_are_not_a_crossing(
    verdicts: str, expected: str
) -> None:
    assert standing(curve_of(verdicts)) == expected


def test_an_undecided_size_is_named_with_its_interval_and_reason() -> None:
    curve = curve_of("LLLU", reasons={3: "the rounds differ by 12 %"})
    assert standing(curve) == (
        "slower than numpy, 0.50 times as fast, at every size but 1 Ki, where it is undecided "
        "(0.77 to 1.3: the rounds differ by 12 %)"
    )
    assert standing(curve_of("SSUS", reasons={2: "busy"})).startswith(
        "about as fast as numpy (1.00) at every size but 256, where it is undecided (0.77 to 1.3: busy)"
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("UUUU", "undecided at every size (too few rounds)"),
        ("LLUU", "slower than numpy up to 64, 0.50 times as fast; undecided from 256 on (too few rounds)"),
        ("UFUU", "faster than numpy at 64, 2.0 times; undecided at the other 3 sizes (too few rounds)"),
        (
            "LFUU",
            (
                "faster than numpy from 32 elements (26 to 40) to 64, 2.0 times at 64; "
                "undecided from 256 on (too few rounds)"
            ),
        ),
        (
            "UULLFUF",
            (
                "faster than numpy from 2 000 elements on (1 600 to 2 600), 2.0 times at 64 Ki; "
                "undecided up to 64 and at 16 Ki (too few rounds)"
            ),
        ),
        (
            "ULSS",
            (
                "slower than numpy at 64, 0.50 times as fast; about as fast from 256 on (1.00); "
                "undecided at 16 (0.77 to 1.3: too few rounds)"
            ),
        ),
        (
            "UFLU",
            (
                "faster than numpy from 64 to 128 elements (102 to 160), 2.0 times; "
                "slower from there to 256, 0.50 times as fast; undecided at 16 and at 1 Ki (too few rounds)"
            ),
        ),
    ],
)
def test_sizes_without_a_verdict_are_never_claimed(verdicts: str, expected: str) -> None:
    reasons = {index: "too few rounds" for index, letter in enumerate(verdicts) if letter == "U"}
    assert standing(curve_of(verdicts, reasons=reasons)) == expected


def test_an_undecided_size_whose_interval_is_on_one_side_is_told_as_likely() -> None:
    """The interval holds at 95 %, a verdict takes more."""
    curve = curve_of("LU", [0.5, 3.0], reasons={1: "the rounds differ by 12 %"})
    assert standing(curve).endswith("(likely faster, 2.3 to 3.9: the rounds differ by 12 %)")
    assert standing(curve_of("UU", [0.5, 0.4])) == "undecided at every size (likely slower)"
    assert standing(curve_of("UU", [0.5, 1.1])) == "undecided at every size"


def test_of_several_reasons_that_of_the_largest_size_is_told() -> None:
    curve = curve_of("UUU", reasons={0: "the rounds differ by 30 %", 1: "the rounds differ by 12 %"})
    assert standing(curve) == "undecided at every size (at 64 the rounds differ by 12 %)"


def test_a_curve_without_a_verdict_says_where_it_crosses() -> None:
    near = Crossover(state=str(State.UNDECIDED), n=14_230.0, low=math.nan, high=math.nan, faster="above")
    curve = replace(curve_of("UU"), crossovers=(near,))
    assert standing(curve) == "undecided at every size; the curves cross near 14 000 elements"


def test_what_others_on_the_core_make_of_it_is_said_where_it_is_outside_of_the_range() -> None:
    assert standing(curve_of("F", [1.06], busy={0: 1.30})) == (
        "faster than numpy at 16, 1.06 times, and 1.3 while others use the core"
    )
    assert standing(curve_of("FF", [1.5, 3.0], busy={0: 1.7})).endswith("1.5 to 3.0 times")
    assert standing(curve_of("LF", busy={1: 3.4})).endswith(
        ", 2.0 times, and 3.4 while others use the core at 64"
    )


def test_verdicts_that_rest_on_little_are_called_provisional() -> None:
    assert standing(curve_of("FF", provisional="pp")).endswith("2.0 times, provisional")
    assert standing(curve_of("FFU", provisional="ppp")).endswith("; the others provisional")
    assert ", provisional; undecided from 256 on" in standing(curve_of("FFUU", provisional="pppp"))
    assert ", provisional; undecided at 1 Ki" in standing(curve_of("LFFU", provisional="pppp"))
    assert standing(curve_of("FFFF", provisional=" pp ")).endswith("2.0 times; provisional from 64 to 256")


def test_the_baseline_can_be_left_out() -> None:
    assert standing(curve_of("FF"), named=False) == "faster at every size, 2.0 times"
    assert standing(curve_of("SS"), named=False) == "about as fast at every size (1.00)"


@given(st.text("FLSU", min_size=1, max_size=11))
def test_every_curve_has_a_sentence_that_names_each_of_its_verdicts_or_their_crossing(verdicts: str) -> None:
    """A side may go unsaid only where a crossover tells it, and a size is undecided only if one is."""
    told = standing(curve_of(verdicts))
    crosses = "elements" in told
    for letter, word in (("F", "faster"), ("L", "slower"), ("S", "about as fast"), ("U", "undecided")):
        if letter in verdicts:
            assert word in told or crosses, told
        else:
            assert word not in told, told
    if set(verdicts) == {"U"}:
        assert told.startswith("undecided at "), Verdict.UNSURE


def test_a_few_sizes_that_rest_on_little_do_not_make_the_answer_provisional() -> None:
    """A size that was added at a crossover has few rounds by its nature."""
    curve = curve_of("FFFFF")
    points = tuple(point._replace(provisional=index == 2) for index, point in enumerate(curve.points))
    assert "provisional" not in standing(replace(curve, points=points))


def test_an_added_size_is_told_with_two_digits() -> None:
    curve = curve_of("FFU")
    points = (*curve.points[:2], curve.points[2]._replace(n=11_567_909))
    told = standing(replace(curve, points=points))
    assert "12 M" in told
    assert "11567909" not in told
