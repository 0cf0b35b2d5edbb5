"""Commands whose store has an address: all of them read it, and what is measured here is put there."""

import json
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from fsspec.implementations.memory import MemoryFileSystem

import harness
from harness.errors import EmptyStoreError, RemoteError, UsageError
from harness.fleet.measure import Tell
from harness.fleet.record import Outcome, Record, State, write_record
from harness.store.address import place_of
from harness.store.check import check
from harness.store.merge import merge
from harness.store.op_files import join_ops
from harness.store.runs import read_runs
from harness.validation.record import known_error
from tests.support.command_line import Harness
from tests.support.far_stores import SECRET, STORE, cut_runs_off, script_run
from tests.support.projects import copy_project
from tests.support.stores import write_machine

pytestmark = pytest.mark.usefixtures("memory")
ASKED = ("--results", STORE, "--machine", "node")


@pytest.fixture
def here(call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project in which commands are called."""
    del call  # which goes to another folder first
    project = copy_project(tmp_path)
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def far(memory: MemoryFileSystem, here: Path) -> None:
    """Put the runs of four machines to an address."""
    del memory  # which is empty first
    store = here / "made"
    for name in ("node", "node-1", "node-2", "node-3"):
        join_ops(write_machine(store, name, ops=("abs", "mean"), gpu=False, jitter=0.01).folder)
    merge([store], place_of(STORE))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run find two cells without measuring."""
    script_run(monkeypatch)


RUN = ("run", "--op", "abs", "--machine", "a", "--no-plots", "--results", STORE)


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize(
    "words",
    [
        ("speedup", *ASKED),
        ("crossover", *ASKED),
        ("laws", *ASKED),
        ("cells", *ASKED, "--op", "abs"),
        ("ceilings", *ASKED),
        ("advise", "abs", "--n", "1024", *ASKED),
        ("compare", "node", "node-1", "--results", STORE),
        ("compare", f"{STORE}/runs/node/20260101T000000Z-000000", "node-1", "--results", STORE),
        ("export", "--to", "pyperf", "--output", "run.json", *ASKED),
        ("plot", *ASKED, "--op", "abs", "--output", "abs.svg"),
        ("check", STORE),
        ("fleet", "report", "--results", STORE),
    ],
    ids=" ".join,
)
def test_a_question_is_answered_from_an_address(call: Harness, here: Path, words: tuple[str, ...]) -> None:
    answer = call(*words)
    assert answer.code == 0, answer.err
    assert answer.out or list(here.glob("abs.svg")) or list(here.glob("run.json"))
    assert not list(here.glob("memory*"))


@pytest.mark.usefixtures("far")
def test_the_page_and_the_curves_of_an_address_lie_here(call: Harness, here: Path) -> None:
    answer = call("report", "--results", STORE)
    assert answer.out == f"report: {Path('results/report.html')}\n"
    assert "node-1" in (here / "results" / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("script")
def test_a_run_is_measured_here_and_put_there(call: Harness, here: Path) -> None:
    answer = call(*RUN)
    assert answer.code == 0, answer.err
    (run,), (kept,) = list(read_runs(place_of(STORE))), list(read_runs(here / "results"))
    assert (run.id, run.facts) == (kept.id, kept.facts)
    assert f"put: {run.folder}\n" in answer.out
    assert not [fault for fault in check(place_of(STORE)).faults if "no run.json" in fault]


@pytest.mark.usefixtures("script")
def test_a_run_that_cannot_be_put_there_lies_here_and_one_sentence_says_what_puts_it(
    call: Harness, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lost:
        cut_runs_off(lost)
        answer = call(*RUN)
    assert answer.code == RemoteError.exit_code
    assert SECRET not in answer.out + answer.err
    assert f"`harness merge {Path('results')} --results {STORE}` puts it there" in answer.err
    assert call("merge", "results", "--results", STORE).code == 0
    assert len(list(read_runs(place_of(STORE)))) == len(list(read_runs(here / "results"))) == 1


@pytest.mark.parametrize("words", [RUN, ("measure", "xp.sin(x)", "--results", STORE)], ids=lambda w: w[0])
def test_an_address_that_cannot_be_written_to_is_told_before_anything_is_measured(
    call: Harness, here: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(SECRET)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", denied)
    answer = call(*words)
    assert (answer.code, answer.out) == (RemoteError.exit_code, "")
    assert answer.err.startswith(f"harness: {STORE}/.probe cannot be reached: access is denied; ")
    assert not (here / "results" / "runs").exists()


def test_an_address_with_a_secret_is_refused_by_every_command(call: Harness) -> None:
    for words in (("cells",), ("run",), ("report",), ("merge", "x"), ("measure", "xp.sin(x)")):
        answer = call(*words, "--results", f"s3://key:{SECRET}@bucket/x")
        assert answer.code == UsageError.exit_code
        assert SECRET not in answer.out + answer.err
    assert SECRET not in call("check", f"s3://bucket/x?secret={SECRET}").err


def test_an_empty_address_has_nothing_measured(call: Harness) -> None:
    answer = call("cells", "--results", STORE)
    assert (answer.code, STORE in answer.err) == (EmptyStoreError.exit_code, True)


def test_a_plan_for_nodes_that_share_a_folder_has_no_address(call: Harness) -> None:
    assert call("fleet", "plan", "--results", STORE).code == UsageError.exit_code


def test_the_hosts_of_a_fleet_are_told_from_the_folder_that_they_were_measured_into(
    call: Harness, here: Path
) -> None:
    outcome = Outcome(host="a", state=State.MEASURED, run="r")
    write_record(
        here / "results",
        Record(words=("run",), begun=time.strftime("%Y-%m-%dT%H:%M:%S+00:00"), outcomes={"a": outcome}),
    )
    assert call("fleet", "status", "--results", STORE).code == 0


def test_what_a_fleet_measured_is_put_there(
    call: Harness, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fleet itself is scripted."""

    def measured(_client: object, _orders: object, _workers: object, results: Path, tell: Tell) -> None:
        run = write_machine(results, "a", ops=("abs",))
        tell(Outcome(host="a", state=State.MEASURED, run=run.id))

    host = SimpleNamespace(name="a", worker="tcp://a:1", refusal="", note="")
    reached = SimpleNamespace(client=SimpleNamespace(run=lambda *_, **__: {}), missing={})
    monkeypatch.setattr("harness.fleet.cluster.standing", lambda *_: nullcontext(reached))
    monkeypatch.setattr("harness.fleet.hosts.facts_here", dict)
    monkeypatch.setattr("harness.fleet.hosts.hosts_of", lambda *_: [host])
    monkeypatch.setattr("harness.fleet.measure.measure_fleet", measured)
    done = call("fleet", "measure", "--scheduler", "tcp://localhost:1", "--results", STORE, "xp.sin(x)")
    (run,) = read_runs(place_of(STORE))
    assert f"put: {run.folder}\n" in done.out
    assert [kept.id for kept in read_runs(here / "results")] == [run.id]


def test_a_machines_own_error_is_read_from_the_address(memory: MemoryFileSystem) -> None:
    assert known_error(place_of(STORE), "a") is None
    facts = {"schema": 1, "aa_error": 0.02, "when": "2026-01-01T00:00:00+00:00", "quick": False}
    memory.pipe_file(f"{STORE}/validation/a.json", json.dumps(facts).encode())
    known = known_error(place_of(STORE), "a")
    assert known is not None
    assert known.error == 0.02


def test_python_keeps_what_it_measured_where_its_address_fails(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.functions.kept import keep
    from tests.support.results import crossing, scripted_result

    def cut(*_: object) -> None:
        raise ConnectionResetError(SECRET)

    result = scripted_result(here / "made", crossing())
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", cut)
    with pytest.raises(RemoteError, match="harness merge results"):
        keep(result, STORE)
    assert len(harness.load(here / "results"))
