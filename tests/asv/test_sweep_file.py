"""What asv's cells read, in their own processes or in none."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asv.runner import Spawner

from harness.asv.benchmark import SweepBenchmark
from harness.asv.catalogue import declared_benchmarks
from harness.asv.sweep_file import answer, result_of, write_samples
from tests.support.projects import PROJECT

NAME = "elementwise.abs.track_seconds"


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a sweep left the samples of three cells, and in which cells run."""
    monkeypatch.chdir(tmp_path)
    write_samples({"track_seconds": [[1.0, 2.0], None, [3.0]], "track_relative_time": [None] * 3})
    return tmp_path


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., tuple[Any, ...]]:
    """Return what asv's own runner asks an environment to run for a cell, and where."""
    asked: list[tuple[Any, ...]] = []

    def run(words: list[str], **how: Any) -> tuple[str, str, int]:  # noqa: ANN401 - asv's
        asked.append((words, how["cwd"]))
        return "", "", 0

    def ask(cell: str, profile: str = "None") -> tuple[Any, ...]:
        spawner = Spawner(SimpleNamespace(run=run, env_vars={}), str(tmp_path / "benchmarks"))
        spawner.run(cell, "{}", profile, str(tmp_path / "result.json"), 60, str(tmp_path))
        return asked[-1]

    return ask


def test_a_cell_is_read_out_without_a_process(swept: Path, asked: Callable[..., tuple[Any, ...]]) -> None:
    assert answer(*asked(f"{NAME}-2"))
    assert json.loads((swept / "result.json").read_text()) == {"samples": [3.0], "number": 1}
    assert answer(*asked(f"{NAME}-1"))
    assert math.isnan(json.loads((swept / "result.json").read_text()))


def test_what_is_no_cell_of_a_sweep_gets_its_process(
    swept: Path, asked: Callable[..., tuple[Any, ...]]
) -> None:
    assert not answer(*asked(f"{NAME}-2", profile="profile.bin"))
    assert not answer(["benchmark.py", "discover", "benchmarks", "result.json"], str(swept))
    assert not answer(asked(f"{NAME}-2")[0], None)
    (swept / "harness-sweep.json").unlink()
    assert not answer(*asked(f"{NAME}-2"))
    assert not (swept / "result.json").exists()


def test_a_process_of_a_cell_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (benchmark,) = (found for found in declared_benchmarks(PROJECT) if found.op.name == "abs")
    swept = {("torch-cpu", 64): {"seconds": [2.0], "relative": [4.0]}}
    monkeypatch.setattr(SweepBenchmark, "sweep", lambda _: swept)
    made: Any = benchmark()
    assert made.setup_cache() is None
    assert made.track_seconds("torch-cpu", 64) == {"samples": [2.0], "number": 1}
    assert made.track_relative_time("torch-cpu", 64) == {"samples": [4.0], "number": 1}
    assert math.isnan(made.track_seconds("numpy", 64))
    backends, sizes = benchmark.params
    assert result_of("track_seconds", backends.index("torch-cpu") * len(sizes) + sizes.index(64)) == {
        "samples": [2.0],
        "number": 1,
    }
