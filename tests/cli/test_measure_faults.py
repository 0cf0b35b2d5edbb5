"""Functions that fail, hang and die, and Ctrl-C: each ends in an answer or in a sentence."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness.errors import INTERRUPTED
from tests.support.command_line import Answer, Harness
from tests.support.families import HARNESS, INTERRUPTIBLE, Family
from tests.support.runs import count
from tests.support.workers import make_brief

pytestmark = pytest.mark.slow

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")
WORK = """
import os, signal, time
import numpy as np
import beside

def plain(x): return np.sum(x)
def raises(x):
    if len(x) == 4096: raise ValueError("[red]not this size[/red]")
    return np.sum(x)
def dies(x):
    if len(x) == 4096: os.kill(os.getpid(), signal.SIGSEGV)
    return np.sum(x)
def hangs(x): time.sleep(600)
def always(x): raise beside.Failure("never")
def prints(x):
    print("{" * 9)
    return np.sum(x)
def greedy(n, rng): return np.ones(n if n < 1000 else 2**50)
"""
TWO = ("--on", "numpy,torch-cpu", "--sizes", "16,4096", "--seconds", "19")
Measure = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with functions, and nothing of a project."""
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    (tmp_path / "beside.py").write_text("class Failure(Exception): ...", encoding="utf-8")
    return tmp_path


@pytest.fixture
def measure(call: Harness, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Return a function that measures for a short time with workers of earlier tests."""
    make_brief(monkeypatch)
    monkeypatch.chdir(folder)
    return lambda *words: call("measure", *TWO, *words)


def statuses(answer: Answer) -> dict[tuple[str, int], tuple[str, str]]:
    """Return what became of each call."""
    cells: list[dict[str, Any]] = json.loads(answer.out)["cells"]
    return {
        (cell["backend"], cell["n"]): (cell["status"], cell["reason"])
        for cell in cells
        if cell["span"] == "call"
    }


def test_a_function_that_raises_at_one_size_is_measured_at_the_other(measure: Measure) -> None:
    answer = measure("numpy=work.py:raises", "torch=torch.sum(x)", "--format", "json")
    assert answer.code == 0, answer.err
    found = statuses(answer)
    assert found["numpy", 16][0] in ("ok", "noisy")
    assert found["numpy", 4096] == ("crashed", "ValueError: [red]not this size[/red]")


def test_a_function_that_ends_its_process_at_one_size_is_measured_at_the_other(measure: Measure) -> None:
    answer = measure("numpy=work.py:dies", "torch=torch.sum(x)", "--format", "json")
    assert answer.code == 0, answer.err
    found = statuses(answer)
    assert found["numpy", 16][0] in ("ok", "noisy")
    assert found["numpy", 4096] == ("skipped", "the process died of SIGSEGV")


def test_operands_that_do_not_fit_in_memory_cost_their_size_alone(measure: Measure) -> None:
    answer = measure("xp.sum(x)", "--inputs", "work.py:greedy", "--format", "json")
    assert answer.code == 0, answer.err
    found = statuses(answer)
    assert found["numpy", 16][0] in ("ok", "noisy")
    status, reason = found["numpy", 4096]
    assert status == "skipped"
    assert "MemoryError: Unable to allocate 8.00 PiB" in reason


def test_what_a_function_prints_does_not_get_into_the_answer(measure: Measure) -> None:
    answer = measure("work.py:prints", "--on", "numpy,torch-cpu", "--format", "json", "--check", "off")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["name"] == "prints"
    assert "{{{" not in answer.err


@pytest.mark.parametrize(
    ("function", "seconds", "sentence"),
    [
        ("work.py:always", "19", "no cell of always could be measured: Failure: never"),
        ("work.py:hangs", "6", "no cell of hangs could be measured: its calls take more than"),
    ],
)
def test_a_function_that_cannot_be_measured_at_all_is_told_so_in_a_sentence(
    measure: Measure, function: str, seconds: str, sentence: str
) -> None:
    answer = measure(function, "--seconds", seconds)
    assert answer.code == 6
    assert sentence in answer.err
    assert "Traceback" not in answer.err


@linux
@pytest.mark.parametrize("way", ["an empty folder", "nowhere to write and no input", "no output"])
def test_it_needs_no_folder_no_home_and_no_input(tmp_path: Path, way: str) -> None:
    """`/proc` takes no file, not even of root's."""
    closed = {"an empty folder": "", "nowhere to write and no input": "<&-", "no output": ">&- 2>&-"}[way]
    nowhere = way == "nowhere to write and no input"
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *HARNESS, "measure", "xp.sum(x)", *TWO],
        cwd="/proc" if nowhere else tmp_path,
        env={**os.environ, **({"HOME": "/proc"} if nowhere else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    if way != "no output":
        assert done.returncode == 0, done.stderr
        assert "torch-cpu against numpy" in done.stdout
    assert list(tmp_path.iterdir()) == []


@linux
@pytest.mark.parametrize("attempt", range(count(5, 100)))
def test_ctrl_c_at_any_moment_ends_with_an_answer_or_a_sentence_and_leaves_no_process(
    folder: Path, tmp_path: Path, attempt: int
) -> None:
    output = tmp_path / "answer"
    words = ("measure", "work.py:plain", "--on", "numpy,torch-cpu", "--sizes", "16:1M", "--seconds", "60")
    family = Family(folder, *words, output=output, before=INTERRUPTIBLE)
    moment = 1.5 + 9.0 * Random(attempt).random()  # noqa: S311 - a moment, not a secret
    with suppress(subprocess.TimeoutExpired):
        family.run.wait(moment)
    family.run.send_signal(signal.SIGINT)
    said, answer = family.end(), output.read_text(encoding="utf-8")
    assert "Traceback" not in said
    if "stopped before the first round; there is no answer" in said:
        assert (family.run.returncode, answer) == (INTERRUPTED, "")
    elif "stopped; this is the answer from what was measured until then" in said:
        assert family.run.returncode == INTERRUPTED
        assert "torch-cpu against numpy" in answer
    else:  # it was over, or about to be; or it had not begun
        assert family.run.returncode in (0, INTERRUPTED, -signal.SIGINT)
        assert ("torch-cpu against numpy" in answer) is (family.run.returncode != INTERRUPTED)


@linux
def test_a_worker_that_is_killed_costs_no_more_than_its_round(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "answer"
    words = ("measure", "work.py:plain", "--on", "numpy,torch-cpu", "--sizes", "16,4096", "--seconds", "60")
    family = Family(folder, *words, "--format", "json", output=output)
    while not family.alive("harness.workers.worker"):
        with suppress(subprocess.TimeoutExpired):
            family.run.wait(0.1)
            pytest.fail("it was over before it had a worker")
    with suppress(subprocess.TimeoutExpired):
        family.run.wait(6)
    for worker in family.alive("harness.workers.worker")[:1]:
        worker.kill()
    said = family.end()
    assert "Traceback" not in said
    assert family.run.returncode in (0, 6), said
