"""The command that measures: what it asks for, refuses and says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.asv.run import Outcome
from harness.errors import INTERRUPTED
from harness.machine.interference import Interference
from harness.model import Cache, Status
from harness.runs.job import Job
from harness.runs.progress import Step
from harness.runs.settings import Settings
from harness.store.op_files import write_op
from tests.support.command_line import Harness
from tests.support.runs import scripted_cell, write_run


def test_a_run_says_before_while_and_after_that_other_work_disturbs_it(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run itself is scripted; one on a host that is busy in truth is in test_busy."""

    def scripted_run(_job: object, _patterns: object, follow: Callable[[Step], None]) -> Outcome:
        follow(Step(op="abs", done=1, total=2, latest="n = 16: numpy 1 s", noisy=1))
        cells = [
            scripted_cell("numpy", 16, [1.0], status=Status.NOISY),
            scripted_cell("torch-cpu", 16, [1.0]),
        ]
        return Outcome(run=write_run(tmp_path, cells), failures="", shares={}, seconds=1.0)

    monkeypatch.setattr("harness.machine.conditions.look", lambda: Interference(load=3.0, runs=(7,)))
    monkeypatch.setattr("harness.asv.run.run_asv", scripted_run)
    answer = call("run", "--results", tmp_path, "--no-plots")
    before, during = answer.err.split("measuring on ")
    assert answer.code == 0
    assert "warning: other runs: process 7; each disturbs the other" in before
    assert "warning: other processes: 3.00 processors used" in before
    assert "abs: other work disturbs this machine since n = 16" in during
    assert "1 of 2 timed cells are noisy; 0% of all blocks were disturbed; more `--patience`" in answer.out


def test_a_run_measures_what_its_options_say(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Settings]()

    def scripted_run(job: Job, _patterns: object, _follow: object) -> Outcome:
        asked.append(job.settings)
        cells = [scripted_cell(backend, 16, [1.0]) for backend in ("numpy", "torch-cpu")]
        return Outcome(run=write_run(tmp_path, cells), failures="", shares={}, seconds=1.0)

    monkeypatch.setattr("harness.asv.run.run_asv", scripted_run)
    words = ("--dtype", "bfloat16", "--dtype", "float16", "--l2", "cold", "--pinned", "--no-plots")
    assert call("run", "--results", tmp_path, *words).code == 0
    assert call("run", "--results", tmp_path, "--no-plots").code == 0
    assert [(s.dtypes, s.l2, s.pinned) for s in asked] == [
        (("bfloat16", "float16"), Cache.COLD, True),
        (("float32",), Cache.HOT, False),
    ]


@pytest.mark.parametrize(
    ("finished", "kept"), [(True, "the ops that were finished are kept"), (False, "no op")]
)
def test_a_run_that_is_stopped_says_whether_it_keeps_anything(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, *, finished: bool
) -> None:
    def stopped(job: Job, _patterns: object, _follow: object) -> Outcome:
        if finished:
            write_op(job.folder, "abs", [scripted_cell("numpy", 16, [1.0])], {})
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.asv.run.run_asv", stopped)
    answer = call("run", "--results", tmp_path, "--no-plots")
    assert answer.code == INTERRUPTED
    assert f"harness: stopped; {kept}" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--op", "tan"], 3, "no op is called 'tan'; there are: mean_square"),
        (["--backend", "torch-gpu"], 3, "no backend is called 'torch-gpu'; there are: numpy, numpy-1t"),
        (["--dtype", "int8"], 3, "no dtype is called 'int8'"),
        (["--l2", "warm"], 2, "'warm' is not one of"),
        (["--min-size", "100"], 2, "the size 100 is not a power of 4"),
        (["--min-size", "256", "--max-size", "16"], 2, "no size lies between 256 and 16"),
        (["--rounds", "0"], 2, "0 is no number of rounds from 1 to 1000"),
        (["--patience", "-1"], 2, "a patience of -1 s is not from 0 to 3600"),
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
