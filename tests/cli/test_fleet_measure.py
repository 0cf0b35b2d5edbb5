"""What a fleet is told, refused and shown, over a cluster that is scripted."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.fleet.cluster import Reached
from harness.fleet.hosts import Facts, facts_here
from harness.fleet.order import Order
from harness.fleet.record import DONE, Outcome, State, read_record
from tests.support.command_line import Harness
from tests.support.projects import copy_project

ANY = "tcp://127.0.0.1:1"


@pytest.fixture
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fail that asks a cluster."""

    def standing(_address: str, _security: object) -> None:
        pytest.fail("a cluster was asked")

    monkeypatch.setattr("harness.fleet.cluster.standing", standing)


@pytest.mark.usefixtures("no_cluster")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", "--op", "nothing"), 3, "no op is called 'nothing'"),
        (("run", "--backend", "torch-gpu"), 3, "no backend is called 'torch-gpu'"),
        (("run", "--rounds", "0"), 2, "0 is no number of rounds"),
        (("measure", "work.py:g"), 2, "work.py has no g; there are: f"),
        (("measure", "work.py"), 2, "work.py is a file; name a function of it"),
        (("measure", "gone.py:f"), 2, "there is no file gone.py"),
        (("measure", "xp.sin(x"), 2, "'xp.sin(x' is no Python"),
        (("measure", "work.py:f", "--inputs", "gone.py:f"), 2, "there is no file gone.py"),
        (("measure", "work.py:f", "--on", "numpy, torch-gpu"), 3, "no backend is called 'torch-gpu'"),
        (("measure", "work.py:f", "--name", "a/b"), 2, "give it another with --name"),
    ],
)
def test_what_is_wrong_on_every_host_is_refused_here(
    words: tuple[str, ...],
    code: int,
    said: str,
    call: Harness,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = copy_project(tmp_path)
    (project / "work.py").write_text("def f(xp, x):\n    return x\n")
    monkeypatch.chdir(project)
    answer = call("fleet", words[0], "--scheduler", ANY, *words[1:])
    assert (answer.code, said in answer.err) == (code, True), answer.err


@contextmanager
def two_hosts(_address: str, _security: object) -> Iterator[Reached]:
    """Yield a cluster of two computers."""

    def run(_ask: Callable[[], Facts], **_: object) -> Mapping[str, Facts]:
        here = facts_here()
        told = {"harness": here.harness, "libraries": here.libraries}
        return {f"tcp://{name}:1": Facts(host=name, identity=name, **told) for name in "ab"}  # type: ignore[arg-type]

    yield Reached(client=SimpleNamespace(run=run))  # type: ignore[arg-type]


def test_a_module_that_is_not_here_may_be_on_a_host_and_what_has_arrived_is_known_at_once(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []

    def measure_fleet(
        _client: object,
        orders: Mapping[str, Order],
        _workers: object,
        results: Path,
        tell: Callable[[Outcome], None],
    ) -> None:
        for host in orders:
            asked.append(host)
            state = State.LOST if asked == ["a", "b"] else State.MEASURED
            tell(Outcome(host=host, state=state, run="1"))
        record = read_record(results)  # all that there is if this process is killed now
        assert record
        assert record.outcomes["a"].state in DONE

    monkeypatch.setattr("harness.fleet.cluster.standing", two_hosts)
    monkeypatch.setattr("harness.fleet.measure.measure_fleet", measure_fleet)
    words = ("fleet", "measure", "--scheduler", ANY, "some_module_elsewhere:f")
    answer = call(*words)
    assert answer.code == 6
    assert "not done: b (of 2 in all); the same command measures those alone" in answer.err
    assert call(*words).code == 0
    assert asked == ["a", "b", "b"]
