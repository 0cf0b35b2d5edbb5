"""What a cell can be: each rule refuses what breaks it, alone and among many, in the same words."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.errors import CorruptStoreError
from harness.store.check import check
from harness.store.op_files import read_cells
from harness.store.runs import read_run, read_runs
from tests.support.damage import op_file, rewrite_rows
from tests.support.runs import scripted_cell, write_run

Row = dict[str, Any]
STATE = {"sample": 0, "reasons": "", **dict.fromkeys(("sm_clock", "memory_clock", "temperature", "power"))}


def of_round(**changes: object) -> Callable[[Row], object]:
    """Return what changes fields of a row's first round."""
    return lambda row: row["rounds"][0].update(changes)


def of_cell(**changes: object) -> Callable[[Row], object]:
    """Return what changes fields of a row."""
    return lambda row: row.update(changes)


IMPOSSIBLE: dict[str, tuple[Callable[[Row], object], str]] = {
    "a row without a size": (of_cell(n=None), "a row has no n"),
    "a row without a status": (of_cell(status=None), "a row has no status"),
    "a row without rounds": (of_cell(rounds=None), "a row has no rounds"),
    "a row without an error": (of_cell(max_error=None), "a row has no max_error"),
    "a row without a count": (of_cell(flop=None), "a row has no flop"),
    "an op that is no name": (of_cell(op=""), "a row has the op '', which is no name"),
    "a backend that is no name": (of_cell(backend="a/b"), "a row has the backend 'a/b', which is no name"),
    "a dtype that is no name": (of_cell(dtype="a:b"), "a row has the dtype 'a:b', which is no name"),
    "an unknown span": (of_cell(span="forever"), "a row has the span 'forever', which is no span"),
    "an unknown status": (of_cell(status="fine"), "a row has the status 'fine', which is no status"),
    "a reason with control characters": (
        of_cell(reason="\x1b[2J"),
        r"a row has the reason '\x1b[2J', which is no short line of printable text",
    ),
    "a reason of 10 000 characters": (of_cell(reason="x" * 10_000), "a row has the reason 'xxxx"),
    "the cell of another op": (of_cell(op="sin"), "a row is of the op 'sin'"),
    "no elements": (of_cell(n=0), "a row has n = 0"),
    "a cell that is there twice": (of_cell(n=64), "numpy at n = 64 is there twice"),
    "more rounds than any run has": (
        lambda row: row.update(rounds=row["rounds"] * 1001),
        "a cell has 3003 rounds, and no run more than 1000",
    ),
    "a time without rounds": (of_cell(rounds=[]), "a cell is ok and has no round"),
    "a time of rounds without a timing": (of_cell(rounds=[None]), "a cell is ok and has no round"),
    "a wrong result with a time": (of_cell(max_error=1.0), "a cell is ok with error 1.0, accepted 1e-06"),
    "an error below nothing": (
        of_cell(status="wrong", max_error=-1.0),
        "a cell is wrong with error -1.0, accepted 1e-06",
    ),
    "a round without a number": (of_round(number=None), "a round has no number"),
    "a round that may or may not be steady": (of_round(steady=None), "a round has no steady"),
    "no list of states": (of_round(states=None), "a round has no states"),
    "a state that is none": (of_round(states=[None]), "a round has a state that is none"),
    "a state without its sample": (
        of_round(states=[STATE, {**STATE, "sample": None}]),
        "a state of a device has no sample",
    ),
    "a state without its reasons": (
        of_round(states=[{**STATE, "reasons": None}]),
        "a state of a device has no reasons",
    ),
    "marks for other samples": (of_round(disturbed=[True]), "a round has 3 samples and 1 marks"),
    "no samples": (of_round(samples=[], disturbed=[]), "a round has 0 samples and 0 marks"),
    "an unknown mark": (
        of_round(disturbed=[True, None, True]),
        "a round has a mark that is neither true nor false",
    ),
    "passes of other samples": (of_round(passes=[0, 1]), "a round has 3 samples and 2 passes"),
    "no list of passes": (of_round(passes=None), "a round has no passes"),
    "an unknown pass": (of_round(passes=[0, None, 1]), "a round has a sample of an unknown pass"),
    "a pass that came back": (
        of_round(passes=[0, 1, 0]),
        "a round has a sample of an earlier pass than the one before it",
    ),
    "a pass before the first": (of_round(passes=[-1, 0, 0]), "a round has a pass -1"),
    "more passes than any cell has": (
        of_round(passes=[0, 1, 2**62]),
        f"a round has a pass {2**62}, and no cell more than 100000 in all its rounds",
    ),
    "fewer cores than none": (of_round(cores=-0.5), "a round used -0.5 cores"),
    "cores without end": (of_round(cores=math.inf), "a round used inf cores"),
    "no calls": (of_round(number=0), "a round has 0 calls in a block"),
    "a negative floor": (of_round(floor=-1.0), "a round has a floor of -1.0 s"),
    "a floor that is no number": (of_round(floor=math.nan), "a round has a floor of nan s"),
    "page faults without end": (of_round(faults_per_call=math.inf), "a round has inf page faults per call"),
    "a first call that is no number": (of_round(first=math.nan), "a round has a first call of nan s"),
    "an enqueue time below nothing": (of_round(enqueue=-1.0), "a round has an enqueue time of -1.0 s"),
    "more throttled blocks than disturbed ones": (
        of_round(throttled=1),
        "a round has 1 throttled blocks and 0 disturbed ones",
    ),
    "fewer throttled blocks than none": (
        of_round(throttled=-1),
        "a round has -1 throttled blocks and 0 disturbed ones",
    ),
    "a time that is not finite": (
        of_round(samples=[1e-6, math.inf, 1e-6]),
        "a sample is inf s per call, with a floor of 1e-08 s",
    ),
    "a time that is no number": (
        of_round(samples=[1e-6, math.nan, 1e-6]),
        "a sample is nan s per call, with a floor of 1e-08 s",
    ),
    "a time that is not there": (
        of_round(samples=[1e-6, None, 1e-6]),
        "a sample is nan s per call, with a floor of 1e-08 s",
    ),
    "less time than the floor allows": (
        of_round(samples=[1e-6, -1e-6, 1e-6]),
        "a sample is -1e-06 s per call, with a floor of 1e-08 s",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_have_been_measured_is_refused_by_name(
    results: Path, spoil: Callable[[Row], object], sentence: str
) -> None:
    path = op_file(results)
    rewrite_rows(path, lambda rows: spoil(rows[0]))
    expected = re.escape(f"{path} cannot be read: {sentence}")
    with pytest.raises(CorruptStoreError, match=expected):
        harness.load(results)
    (run,) = read_runs(results)
    with pytest.raises(CorruptStoreError, match=expected):
        read_cells(run)


NO_FIGURES: dict[str, tuple[Callable[[Row], object], str]] = {
    "a round without its seconds": (of_round(seconds=None), "a round has no seconds"),
    "no list of passes' seconds": (of_round(pass_seconds=None), "a round has no pass_seconds"),
    "a pass without figures": (
        of_round(pass_seconds=[None], pass_marked=[False]),
        "a round has a pass without figures",
    ),
    "a pass with half a figure": (
        of_round(pass_seconds=[1e-6], pass_marked=[None]),
        "a round has a pass without figures",
    ),
    "no blocks": (of_round(blocks=0), "a round has 0 disturbed blocks of 0"),
    "more disturbed blocks than blocks": (of_round(marked=4), "a round has 4 disturbed blocks of 3"),
    "fewer disturbed blocks than none": (of_round(marked=-1), "a round has -1 disturbed blocks of 3"),
    "more throttled blocks than disturbed ones": (
        of_round(throttled=1),
        "a round has 1 throttled blocks and 0 disturbed ones",
    ),
    "seconds that are no number": (
        of_round(seconds=math.nan),
        "a round took nan s per call, with a floor of 1e-08 s",
    ),
    "less time than the floor allows": (
        of_round(seconds=-1e-6),
        "a round took -1e-06 s per call, with a floor of 1e-08 s",
    ),
    "marks of other passes": (
        of_round(pass_marked=[True, True]),
        "a round has 1 passes and 2 marks of passes",
    ),
    "no passes": (of_round(pass_seconds=[], pass_marked=[]), "a round has 0 passes and 0 marks of passes"),
    "more passes than any cell has": (
        of_round(pass_seconds=[1e-6] * 40_000, pass_marked=[False] * 40_000),
        "a round has a pass 39999, and no cell more than 100000 in all its rounds",
    ),
    "a pass of less time than the floor allows": (
        of_round(pass_seconds=[1e-6, -1e-6], pass_marked=[False, False]),
        "a round has a pass that took less than the floor allows",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), NO_FIGURES.values(), ids=NO_FIGURES)
def test_figures_that_no_round_can_have_are_refused_whether_blocks_are_read_or_not(
    results: Path, spoil: Callable[[Row], object], sentence: str
) -> None:
    path = op_file(results)
    rewrite_rows(path, lambda rows: spoil(rows[1]), schema=3)
    expected = re.escape(f"{path} cannot be read: {sentence}")
    with pytest.raises(CorruptStoreError, match=expected):
        harness.load(results)
    (run,) = read_runs(results)
    with pytest.raises(CorruptStoreError, match=expected):
        read_cells(run)


OTHER_FIGURES: dict[str, Callable[[Row], object]] = {
    "other seconds": of_round(seconds=2e-6),
    "another number of blocks": of_round(blocks=4),
    "other marks": of_round(marked=1),
    "other passes": of_round(pass_seconds=[1e-6] * 2, pass_marked=[False] * 2),
    "other seconds of a pass": of_round(pass_seconds=[2e-6]),
    "another mark of a pass": of_round(pass_marked=[True]),
    "other blocks": of_round(samples=[2e-6] * 3),
}


@pytest.mark.parametrize("change", OTHER_FIGURES.values(), ids=OTHER_FIGURES)
def test_figures_of_other_blocks_are_told_by_a_check_and_to_whoever_asks_for_blocks(
    results: Path, change: Callable[[Row], object]
) -> None:
    """An answer rests on the figures, and does not read the blocks."""
    cells = harness.load(results)
    rewrite_rows(op_file(results), lambda rows: change(rows[0]), schema=3)
    assert len(harness.load(results)) == len(cells)
    (fault,) = check(results).faults
    assert "the figures of a round are not those of its blocks" in fault
    with pytest.raises(CorruptStoreError, match="not those of its blocks"):
        harness.blocks(results, cells)


POSSIBLE: dict[str, Callable[[Row], object]] = {
    "a device of several": of_cell(backend="torch-cuda:1"),
    "a time that the floor ate": of_round(samples=[1e-6, -1e-8, 1e-6]),
    "a round without first call and enqueue time": of_round(first=None, enqueue=None),
    "a round without a timing beside one with": lambda row: row["rounds"].insert(0, None),
    "a throttled block": of_round(disturbed=[True, False, True], throttled=2),
    "a round that knows its passes, of which one has no sample": of_round(passes=[0, 0, 2]),
    "a round that used no core that anybody counted": of_round(cores=None),
    "a round whose cores could not be told": of_round(cores=math.nan),
    "a device that says nothing of itself": of_round(states=[STATE]),
    "a wrong result without a time": of_cell(status="wrong", max_error=1.0),
    "an error of nothing checked": of_cell(max_error=math.nan, tolerance=math.nan),
    "a count of nothing": of_cell(moved=math.nan, flop=math.nan),
}


@pytest.mark.parametrize("change", POSSIBLE.values(), ids=POSSIBLE)
def test_what_can_have_been_measured_is_read(results: Path, change: Callable[[Row], object]) -> None:
    rewrite_rows(op_file(results), lambda rows: change(rows[0]))
    (run,) = read_runs(results)
    assert len(harness.load(results)) == len(read_cells(run)) == 24


def test_a_row_that_is_no_cell_is_named_among_many_that_are(tmp_path: Path) -> None:
    for second in range(45):
        write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])], run=f"20260101T0000{second:02}Z-000000")
    path = tmp_path / "runs" / "scripted" / "20260101T000033Z-000000" / "abs.parquet"
    rewrite_rows(path, lambda rows: rows.append(rows[0]))
    with pytest.raises(CorruptStoreError, match=r"numpy at n = 16 is there twice") as caught:
        harness.load(tmp_path)
    assert str(path) in str(caught.value)
    assert len(read_cells(read_run(path.parent.with_name("20260101T000032Z-000000")))) == 1
