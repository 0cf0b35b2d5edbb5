"""What asv is told of an op, and what it shows of a sweep: asv itself, run for real on a project."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asv.results import Results
from asv_runner.benchmarks._base import get_setup_cache_key

import harness
from harness.asv.benchmark import tracked as sweep_of
from harness.asv.catalogue import declared_benchmarks, declared_ops
from harness.model import Round
from harness.runs.plan import QUICK_SIZES, SIZES
from harness.runs.settings import DEFAULT
from tests.support.projects import PROJECT
from tests.support.runs import scripted_cell, scripted_round
from tests.support.sweeps import ABS


def relative(base: Sequence[Round | None], other: Sequence[Round | None]) -> list[float]:
    """Return the relative times that asv tracks of a backend with these rounds."""
    cells = {
        backend: replace(scripted_cell(backend, 16, []), rounds=tuple(rounds))
        for backend, rounds in (("numpy", base), ("torch-cpu", other))
    }
    times: list[float] = sweep_of(ABS, list(cells.values()))["torch-cpu", 16]["relative"]
    return times


def in_passes(*seconds: float, marked: Sequence[int] = ()) -> Round:
    """Return a round of two samples in each pass, of which some passes are disturbed."""
    return replace(
        scripted_round(1.0),
        samples=tuple(np.repeat(seconds, 2).tolist()),
        disturbed=tuple(number in marked for number in range(len(seconds)) for _ in range(2)),
        passes=tuple(np.repeat(np.arange(len(seconds)), 2).tolist()),
    )


def test_the_relative_time_of_a_round_is_taken_within_its_passes() -> None:
    assert relative([in_passes(1.0, 10.0, 100.0, 1000.0)], [in_passes(2.0, 20.0, 200.0)]) == [2.0]


def test_disturbed_passes_count_only_where_too_few_are_not() -> None:
    base = in_passes(1.0, 1.0, 1.0, 1.0)
    assert relative([base], [in_passes(50.0, 2.0, 2.0, 50.0, marked=(0, 3))]) == [2.0]
    assert relative([base], [in_passes(50.0, 2.0, 50.0, 50.0, marked=(0, 2, 3))]) == [50.0]
    marked_base = in_passes(1.0, 100.0, 100.0, marked=(1, 2))
    assert relative([marked_base], [in_passes(2.0, 1.0, 1.0)]) == [2.0]


def test_a_round_without_passes_is_compared_as_a_whole_and_one_without_time_is_not() -> None:
    of_before = [scripted_round(1.0), scripted_round(3.0), None, scripted_round(1.0)]
    assert relative(of_before, [scripted_round(4.0), scripted_round(6.0), scripted_round(1.0), None]) == [
        4.0,
        2.0,
    ]


def test_a_time_of_nothing_is_not_tracked() -> None:
    assert relative([in_passes(0.0, 1.0)], [in_passes(5.0, 2.0)]) == [2.0]
    assert relative([scripted_round(0.0)], [scripted_round(1.0)]) == []


@pytest.fixture(scope="module")
def tracked(project: Path) -> Results:
    (path,) = (project / "results" / "asv").glob("*/*-current-*.json")
    return Results.load(str(path))


@pytest.mark.slow
def test_asv_shows_the_median_of_the_rounds_in_the_store(project: Path, tracked: Results) -> None:
    name = "elementwise.abs.track_seconds"
    cells = harness.load(project / "results").query("span == 'call' and seconds.notna()")
    cells = cells[cells["n"].isin(SIZES)]  # others are those that a crossover was looked for at
    shown = tracked.get_result_value(name, tracked.get_result_params(name))
    values = dict(zip(((b, n) for b in DEFAULT.backends for n in SIZES), shown, strict=True))
    timed = {key for key, value in values.items() if not math.isnan(value)}
    assert timed == set(zip(cells["backend"], cells["n"], strict=True))
    for cell in cells.itertuples():
        assert values[cell.backend, cell.n] == np.nanmedian(cell.round_seconds)


@pytest.mark.slow
def test_asv_shows_a_relative_time_wherever_there_is_a_speedup(project: Path, tracked: Results) -> None:
    name = "elementwise.abs.track_relative_time"
    shown = tracked.get_result_value(name, tracked.get_result_params(name))
    values = dict(zip(((b, n) for b in DEFAULT.backends for n in SIZES), shown, strict=True))
    speedups = harness.speedup(harness.load(project / "results")).query("span == 'call' and speedup.notna()")
    assert len(speedups) >= 2 * len(QUICK_SIZES)
    for row in speedups[speedups["n"].isin(SIZES)].itertuples():
        assert values[row.backend, row.n] > 0
    assert values["numpy", 16] == 1.0


@pytest.mark.slow
def test_the_list_of_parameters_does_not_depend_on_the_machine(tracked: Results) -> None:
    for name in ("track_seconds", "track_relative_time"):
        params = tracked.get_result_params(f"elementwise.abs.{name}")
        assert params == [[repr(b) for b in DEFAULT.backends], [repr(n) for n in SIZES]]


@pytest.mark.slow
def test_asv_is_told_names_units_and_versions(project: Path) -> None:
    known = json.loads((project / "results" / "asv" / "benchmarks.json").read_text())
    seconds, relative = (known[f"elementwise.abs.track_{what}"] for what in ("seconds", "relative_time"))
    assert (seconds["unit"], relative["unit"]) == ("seconds", "x NumPy")
    assert seconds["pretty_name"] == "abs: time per call"
    assert "np.abs(x)" in seconds["version"]
    assert "jnp" not in seconds["version"]  # its versions do not label the results
    assert len({known[name]["version"] for name in known if name != "version"}) == len(declared_ops(PROJECT))


@pytest.mark.slow
def test_a_benchmark_file_and_a_cell_import_neither_numpy_nor_torch_nor_asv(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n"
        "from benchmarks.elementwise import abs\n"
        "from harness.asv.sweep_file import write_samples\n"
        "write_samples({'track_seconds': [[1.0]]})\n"
        "assert abs().track_seconds('numpy', 16)['samples'] == [1.0]\n"
        "print({'numpy', 'torch', 'asv', 'asv_runner'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_asv_keeps_the_sweep_of_every_op_apart_by_the_line_of_its_def() -> None:
    benchmarks = declared_benchmarks(PROJECT)
    keys = [get_setup_cache_key(benchmark().setup_cache) for benchmark in benchmarks]
    assert len(set(keys)) == len(benchmarks) == len(declared_ops(PROJECT))
    lines = (PROJECT / "benchmarks" / "elementwise.py").read_text(encoding="utf-8").splitlines()
    (module, line), *_ = (key.split(":") for key in keys if "elementwise" in key)
    assert module == "elementwise"
    assert lines[int(line) - 1].startswith('@sweep(numpy="np.abs(x)"')
