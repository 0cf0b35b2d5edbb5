"""What asv does and the harness leans on, a fact per test: where a new asv is otherwise, look here first."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from asv import runner
from asv.benchmarks import Benchmarks
from asv.commands import make_argparser
from asv.config import Config
from asv.machine import Machine, MachineCollection
from asv.plugin_manager import PluginManager
from asv.results import Results
from asv.util import UserError

from harness.asv.benchmark import SWEEP_LIMIT
from harness.asv.catalogue import declared_benchmarks
from tests.support.projects import PROJECT

SAMPLES = [3.0, 1.0, 2.0]
Measured = Callable[..., Results]


def read_arguments(*words: str) -> dict[str, Any]:
    """Return what asv understands of a command line."""
    asked: dict[str, Any] = vars(make_argparser()[0].parse_args(words))
    return asked


@pytest.mark.parametrize("words", [("-qe", "-mci"), ("--quick", "--mach", "ci"), ("--qui", "--machine=ci")])
def test_asvs_parser_takes_words_together_and_shortened(words: tuple[str, ...]) -> None:
    asked = read_arguments("run", *words)
    assert (asked["quick"], asked["machine"]) == (True, "ci")


def test_asvs_parser_tells_which_command_was_called_wherever_the_configuration_is_named() -> None:
    for words in (("--config=x.json", "run"), ("run", "--conf", "x.json")):
        asked = read_arguments(*words)
        assert asked["func"].__self__.__name__ == "Run"
        assert asked["config"] == "x.json"


def test_what_is_asked_of_benchmarks_is_converted_and_has_one_name() -> None:
    assert read_arguments("run", "-a", "processes=3")["attribute"] == {"rounds": 3}
    assert read_arguments("run", "--cpu-affinity", "0")["attribute"] == {"cpu_affinity": [0]}
    assert read_arguments("run")["attribute"] is None


def test_each_command_that_measures_has_options_of_its_own() -> None:
    options = {
        command: read_arguments(*words).keys() & {"quick", "dry_run", "skip_save", "attribute"}
        for command, words in {
            "run": ("run",),
            "continuous": ("continuous", "HEAD"),
            "find": ("find", "a..b", "abs"),
        }.items()
    }
    assert options == {
        "run": {"quick", "dry_run", "attribute"},
        "continuous": {"quick", "attribute"},
        "find": {"skip_save"},
    }


def test_a_python_is_asked_for_as_an_environment_of_any_type() -> None:
    assert read_arguments("run", "--python", "3.10")["env_spec"] == [":3.10"]


def test_a_plug_in_is_looked_for_outside_of_asv_only_by_a_dot_in_front(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    plugin = ModuleType("a_plug_in")
    plugin.setup = lambda: calls.append("setup")  # type: ignore[attr-defined] # what asv looks for
    monkeypatch.setitem(sys.modules, "a_plug_in", plugin)
    PluginManager().import_plugin("a_plug_in")
    assert calls == []
    PluginManager().import_plugin(".a_plug_in")
    assert calls == ["setup"]


def test_asv_measures_on_no_machine_that_it_does_not_know(own_home: Path) -> None:
    with pytest.raises(UserError, match="asv machine --yes"):
        Machine.load(machine_name="here", interactive=True)
    assert list(own_home.iterdir()) == []


def test_the_only_machine_that_asv_knows_is_also_found_by_the_name_of_this_one() -> None:
    card = Machine.get_defaults() | {"machine": "mine"}
    MachineCollection.save("mine", card)
    assert MachineCollection.load(Machine.get_unique_machine_name()) == card
    with pytest.raises(UserError):
        MachineCollection.load("another")


def test_asv_writes_what_it_knows_of_a_machine_even_if_nothing_is_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    MachineCollection.save("mine", Machine.get_defaults() | {"machine": "mine"})
    written: list[object] = []
    monkeypatch.setattr("asv.util.write_json", lambda path, *_, **__: written.append(path))
    Machine.load(machine_name="mine", interactive=True)
    assert written == [MachineCollection.get_machine_file_path()]


def test_the_socket_of_the_fork_server_has_a_path_of_known_length_below_the_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    class Server:
        """Opens no socket, but makes a file where it would be."""

        stdout = BytesIO()

        def __init__(self, words: list[str], **_: object) -> None:
            Path(words[-1]).touch()

    server = runner.ForkServer(SimpleNamespace(run=Server, env_vars={}), "benchmarks")
    assert Path(server.socket_name).is_relative_to(tmp_path)
    assert len(server.socket_name) == len(str(tmp_path)) + len("/asv-forkserver-01234567/socket")


@pytest.fixture
def asked_of_asv() -> dict[str, Any]:
    """Return what asv asks of the processes that it starts, once it has measured."""
    return {}


@pytest.fixture
def measured(asked_of_asv: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Return a function that lets asv measure a benchmark by processes that are none."""

    class Spawner:
        """Answers as processes do."""

        benchmark_dir, close = "", staticmethod(lambda: None)

        def preimport(self) -> tuple[bool, str]:
            return True, ""

        def create_setup_cache(self, _name: str, timeout: float, params: str) -> tuple[str, None]:
            asked_of_asv.update(setup_cache_timeout=timeout, setup_cache_params=json.loads(params))
            return tempfile.mkdtemp(), None

        def run(self, *, timeout: float, result_file_name: str, **_: object) -> tuple[str, int]:
            asked_of_asv.update(timeout=timeout)
            Path(result_file_name).write_text(json.dumps({"samples": SAMPLES, "number": 1}))
            return "", 0

    monkeypatch.setattr(runner, "get_spawner", lambda *_, **__: Spawner())

    def measure(asked: Mapping[str, object], **described: object) -> Results:
        benchmark = {"name": "abs", "type": "track", "unit": "seconds", "version": "1", "params": []}
        described = {"setup_cache_key": "elementwise:1", **described}
        environment = SimpleNamespace(name="current", _default_benchmark_timeout=4.0)
        benchmarks = Benchmarks(Config(), [benchmark | described])
        results: Results = runner.run_benchmarks(benchmarks, environment, extra_params=asked)
        return results

    return measure


def test_a_benchmark_of_any_type_may_return_samples_of_which_asv_keeps_the_median(measured: Measured) -> None:
    results = measured({})
    assert results.get_result_value("abs", []) == [2.0]
    (stats,) = results.get_result_stats("abs", [])
    assert stats["ci_99_a"] <= min(SAMPLES)
    assert stats["ci_99_b"] >= max(SAMPLES)


def test_asv_takes_what_it_reads_in_several_rounds_for_as_many_samples(measured: Measured) -> None:
    def interval(rounds: int) -> float:
        (stats,) = measured({"rounds": rounds}).get_result_stats("abs", [])
        return float(stats["ci_99_b"] - stats["ci_99_a"])

    assert interval(5) < interval(1) / 2


def test_the_limits_of_a_benchmark_are_its_own_before_those_that_asv_is_called_with(
    measured: Measured, asked_of_asv: dict[str, Any]
) -> None:
    measured({})
    assert (asked_of_asv["timeout"], asked_of_asv["setup_cache_timeout"]) == (4.0, 4.0)
    measured({"timeout": 5.0})
    assert (asked_of_asv["timeout"], asked_of_asv["setup_cache_timeout"]) == (5.0, 5.0)
    benchmark = declared_benchmarks(PROJECT)[0]()
    limits = benchmark.timeout, benchmark.setup_cache.timeout  # type: ignore[attr-defined] # asv's way to be told
    measured({"timeout": 5.0}, timeout=limits[0], setup_cache_timeout=limits[1])
    assert (asked_of_asv["timeout"], asked_of_asv["setup_cache_timeout"]) == (SWEEP_LIMIT, SWEEP_LIMIT)


def test_of_all_that_is_asked_of_benchmarks_the_set_up_is_told_the_processors_only(
    measured: Measured, asked_of_asv: dict[str, Any]
) -> None:
    measured({"cpu_affinity": [0], "timeout": 5.0, "number": 3})
    assert asked_of_asv["setup_cache_params"] == {"cpu_affinity": [0]}
