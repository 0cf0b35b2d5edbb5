"""The command that measures: what it asks for, refuses and says."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.errors import INTERRUPTED, MeasureError
from harness.machine.interference import Interference
from harness.model import Cache, Cell, Status
from harness.runs.job import Job
from harness.runs.measure import Measured
from harness.runs.progress import Standing, Step
from harness.store.op_files import write_op
from harness.store.runs import write_facts
from tests.support.command_line import Harness
from tests.support.runs import scripted_cell, scripted_facts

BOTH = [scripted_cell(backend, 16, [1.0, 1.01]) for backend in ("numpy", "torch-cpu")]
STEP = Step(
    elapsed=1.0,
    seconds=10.0,
    doing="round 2 of at most 5",
    standings=(Standing(op="abs", backend="torch-cpu", sentence="slower", cells=2, decided=1, rounds=2),),
    done=True,
)
Script = Callable[..., list[Job]]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Return a function that has a run find these cells, and returns where its jobs will be."""
    jobs = list[Job]()

    def prepare(cells: Sequence[Cell] = BOTH, *, stopped: bool = False) -> list[Job]:
        def measure(job: Job, _ops: object, _parents: object, tell: Callable[[Step], None]) -> Measured:
            jobs.append(job)
            tell(STEP)
            if not cells:
                raise KeyboardInterrupt
            write_facts(job.folder, scripted_facts(complete=False))
            write_op(job.folder, "abs", cells, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})
            return Measured(cells={"abs": list(cells)}, seconds={"abs": 4.0}, stopped=stopped)

        monkeypatch.setattr("harness.runs.measure.measure_run", measure)
        return jobs

    return prepare


@pytest.mark.parametrize("asked", [(), ("--no-report",)])
def test_the_page_is_written_unless_nobody_reads_it_there(
    asked: tuple[str, ...], call: Harness, tmp_path: Path, script: Script
) -> None:
    script()
    answer = call("run", "--op", "abs", "--machine", "m", "--results", tmp_path, "--no-plots", *asked)
    assert answer.code == 0
    assert (tmp_path / "report.html").exists() == (not asked)
    assert ("report: " in answer.out) == (not asked)


def test_a_run_says_what_disturbs_it_how_far_it_is_the_answer_and_what_it_took(
    call: Harness, tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run itself is scripted; one on a host that is busy in truth is in test_interference."""
    script()
    monkeypatch.setattr("harness.machine.conditions.look", lambda: Interference(load=3.0, runs=(7,)))
    answer = call("run", "--op", "abs", "--machine", "scripted", "--results", tmp_path, "--no-plots")
    first, before, during = answer.err.split("\n", 2)
    assert answer.code == 0
    assert first.startswith("measuring on scripted into ")
    assert before.startswith("warning: other runs: process 7; other processes: 3.00 processors used; ")
    assert before.endswith("; see `harness doctor`")
    assert "abs, at 1 s: torch-cpu slower (1 of 2 decided)" in during
    assert "about as fast" in answer.out
    assert " s to the answer: timed " in answer.out


def test_a_run_measures_what_its_options_say(call: Harness, tmp_path: Path, script: Script) -> None:
    jobs = script()
    words = ("--dtype", "bfloat16", "--dtype", "float16", "--l2", "cold", "--pinned", "--seconds", "30")
    for more in ((*words, "--start", "spawn"), ("--rounds", "7"), ("--quick",)):
        assert (
            call("run", "--op", "abs", "--machine", "a", "--results", tmp_path, "--no-plots", *more).code == 0
        )
    asked = [job.settings for job in jobs]
    assert [(s.dtypes, s.l2, s.pinned, s.seconds, s.rounds, s.quick) for s in asked] == [
        (("bfloat16", "float16"), Cache.COLD, True, 30.0, None, False),
        (("float32",), Cache.HOT, False, None, 7, False),
        (("float32",), Cache.HOT, False, None, None, True),
    ]
    assert asked[0].start == "spawn"


def test_a_run_that_is_stopped_ends_with_the_answer_from_what_there_is(
    call: Harness, tmp_path: Path, script: Script
) -> None:
    script(stopped=True)
    answer = call("run", "--op", "abs", "--machine", "scripted", "--results", tmp_path, "--no-plots")
    assert answer.code == INTERRUPTED
    assert "about as fast" in answer.out
    assert "this run was stopped by hand" in answer.out
    assert "report: " in answer.out
    assert "harness: stopped; this is the answer from what was measured until then" in answer.err


def test_a_run_that_is_stopped_before_there_is_anything_says_so(
    call: Harness, tmp_path: Path, script: Script
) -> None:
    script([])
    answer = call("run", "--op", "abs", "--machine", "scripted", "--results", tmp_path, "--no-plots")
    assert answer.code == INTERRUPTED
    assert "harness: stopped before the first round of an op; nothing is kept" in answer.err


def test_an_op_without_any_time_fails_the_run_after_the_answer(
    call: Harness, tmp_path: Path, script: Script
) -> None:
    script(
        [scripted_cell(b, 16, [], status=Status.CRASHED, reason="it broke") for b in ("numpy", "torch-cpu")]
    )
    answer = call("run", "--op", "abs", "--machine", "scripted", "--results", tmp_path, "--no-plots")
    assert answer.code == MeasureError.exit_code
    assert "no cell of abs could be measured: it broke" in answer.err
    assert "report: " in answer.out


def test_a_backend_of_an_op_without_any_time_fails_the_run_after_the_answer(
    call: Harness, tmp_path: Path, script: Script
) -> None:
    others = [scripted_cell("torch-cpu-1t", 16, [1.0, 1.01]), scripted_cell("numpy", 16, [1.0, 1.01])]
    script([scripted_cell("torch-cpu", 16, [], status=Status.WRONG, reason="error 1"), *others])
    answer = call("run", "--op", "abs", "--machine", "scripted", "--results", tmp_path, "--no-plots")
    assert answer.code == MeasureError.exit_code
    assert "harness: torch-cpu has no time of abs: wrong: error 1; mend it" in answer.err
    assert "about as fast" in answer.out
    assert "report: " in answer.out


def test_asv_that_cannot_take_the_times_costs_its_history_alone(
    call: Harness, tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MeasureError("asv's history lacks these times")

    script()
    monkeypatch.setattr("harness.asv.results_file.write_results", refuse)
    answer = call("run", "--op", "abs", "--machine", "scripted", "--results", tmp_path, "--no-plots")
    assert answer.code == 0
    assert "harness: asv's history lacks these times" in answer.err
    assert "report: " in answer.out


def test_an_old_command_line_with_patience_gets_a_sentence_and_runs(
    call: Harness, tmp_path: Path, script: Script
) -> None:
    script()
    words = ("--machine", "scripted", "--results", tmp_path, "--no-plots", "--patience", "60")
    answer = call("run", "--op", "abs", *words)
    assert answer.code == 0
    assert "--patience is gone: nothing waits for a quiet machine any more" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--op", "tan"], 3, "no op is called 'tan'; there are: mean_square"),
        (["--backend", "torch-gpu"], 3, "no backend is called 'torch-gpu'; there are: numpy, numpy-1t"),
        (["--dtype", "int8"], 3, "no dtype is called 'int8'"),
        (["--l2", "warm"], 2, "'warm' is not one of"),
        (["--start", "thread"], 2, "'thread' is not one of"),
        (["--min-size", "100"], 2, "the size 100 is not a power of 4"),
        (["--min-size", "256", "--max-size", "16"], 2, "no size lies between 256 and 16"),
        (["--rounds", "0"], 2, "0 is no number of rounds from 1 to 1000"),
        (["--seconds", "0"], 2, "0 s is not above 0"),
        (["--margin", "-1"], 2, "Invalid value for '--margin'"),
        (["--machine", "a/b"], 2, "'a/b' cannot be a folder's"),
        (["--machine", "x" * 201], 2, "up to 200 printable characters"),
        (["--rounds", "many"], 2, "Invalid value for '--rounds'"),
    ],
)
def test_a_run_that_cannot_be_meant_does_not_start(
    call: Harness, tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    answer = call("run", "--results", tmp_path, *words)
    assert answer.code == code
    assert sentence in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_outside_of_a_project_says_where_to_go(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("run")
    assert answer.code == 2
    assert "there is no asv.conf.json" in answer.err
