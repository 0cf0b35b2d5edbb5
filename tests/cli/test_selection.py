"""Which run and which cells a question is about, and how often they are read."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import Harness, call_apart
from tests.support.runs import MACHINE, scripted_cell, write_run


def test_the_latest_complete_run_is_the_default(ask: Harness, results: Path) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run="20270101T000000Z-000000", complete=False)
    assert len(json.loads(ask("cells", "--format", "json").out)) == 24
    answer = ask("cells", "--format", "json", "--run", "20270101T000000Z-000000")
    assert len(json.loads(answer.out)) == 1


@pytest.mark.parametrize("question", ["speedup", "crossover", "advise"])
def test_a_run_that_was_killed_before_its_first_op_answers_nothing(
    ask: Harness, results: Path, question: str
) -> None:
    write_run(results, [], run="20270101T000000Z-000000", complete=False)
    answer = ask(question, "--run", "20270101T000000Z-000000")
    assert (answer.code, answer.out) == (4, "")
    assert "20270101T000000Z-000000 was ended before it had measured an op; name another" in answer.err


def test_an_empty_store_and_an_unknown_machine_have_their_own_codes(call: Harness, results: Path) -> None:
    assert call("speedup", "--results", results / "nowhere").code == 4
    nothing = call("speedup", "--results", results)  # on this machine, but on another
    assert nothing.code == 4
    assert f"name another with --machine: {MACHINE}" in nothing.err
    answer = call("speedup", "--results", results, "--machine", "moon")
    assert answer.code == 3
    assert "no machine is called 'moon'; there are: scripted" in answer.err


@pytest.mark.slow
@pytest.mark.parametrize("question", ["speedup", "crossover", "cells --format csv", "plot", "report"])
def test_the_facts_of_a_run_are_read_once_for_a_question(
    results: Path, own_home: Path, question: str
) -> None:
    count = """
opened = []
sys.addaudithook(lambda event, words: event == "open" and opened.append(str(words[0])))
"""
    machine = f"--machine {MACHINE}"
    after = "print(sum(path.endswith('run.json') for path in opened))"
    answer = call_apart(own_home, f"{question} --results '{results}' {machine}", before=count, after=after)
    assert answer.stdout.splitlines()[-1] == "1"
