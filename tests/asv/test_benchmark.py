"""What asv is told of an op, and what it shows of a sweep: asv itself, run for real on a project."""

import json
import math
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest
from asv.results import Results

import harness
from harness.asv.catalogue import declared_ops
from harness.runs.plan import QUICK_SIZES, SIZES
from harness.runs.settings import DEFAULT
from tests.support.projects import PROJECT


@pytest.fixture(scope="module")
def tracked(project: Path) -> Results:
    (path,) = (project / "results" / "asv").glob("*/*-current-*.json")
    return Results.load(str(path))


@pytest.mark.slow
def test_asv_shows_the_median_of_the_rounds_in_the_store(project: Path, tracked: Results) -> None:
    name = "elementwise.Abs.track_seconds"
    cells = harness.load(project / "results").query("span == 'call' and seconds.notna()")
    shown = tracked.get_result_value(name, tracked.get_result_params(name))
    values = dict(zip(((b, n) for b in DEFAULT.backends for n in SIZES), shown, strict=True))
    timed = {key for key, value in values.items() if not math.isnan(value)}
    assert timed == set(zip(cells["backend"], cells["n"], strict=True))
    for cell in cells.itertuples():
        assert values[cell.backend, cell.n] == median(cell.round_seconds)


@pytest.mark.slow
def test_asv_tracks_the_inverse_of_the_speedup(project: Path, tracked: Results) -> None:
    name = "elementwise.Abs.track_relative_time"
    shown = tracked.get_result_value(name, tracked.get_result_params(name))
    values = dict(zip(((b, n) for b in DEFAULT.backends for n in SIZES), shown, strict=True))
    speedups = harness.speedup(harness.load(project / "results")).query("span == 'call' and speedup.notna()")
    assert len(speedups) >= 2 * len(QUICK_SIZES)
    for row in speedups.itertuples():
        assert values[row.backend, row.n] == pytest.approx(1 / row.speedup)
    assert values["numpy", 16] == 1.0


@pytest.mark.slow
def test_the_list_of_parameters_does_not_depend_on_the_machine(tracked: Results) -> None:
    for name in ("track_seconds", "track_relative_time"):
        params = tracked.get_result_params(f"elementwise.Abs.{name}")
        assert params == [[repr(b) for b in DEFAULT.backends], [repr(n) for n in SIZES]]


@pytest.mark.slow
def test_asv_is_told_names_units_and_versions(project: Path) -> None:
    known = json.loads((project / "results" / "asv" / "benchmarks.json").read_text())
    seconds, relative = (known[f"elementwise.Abs.track_{what}"] for what in ("seconds", "relative_time"))
    assert (seconds["unit"], relative["unit"]) == ("seconds", "x NumPy")
    assert seconds["pretty_name"] == "abs: time per call"
    assert "np.abs(x)" in seconds["version"]
    assert "jnp" not in seconds["version"]  # its versions do not label the results
    assert len({known[name]["version"] for name in known if name != "version"}) == len(declared_ops(PROJECT))


@pytest.mark.slow
def test_the_side_that_asv_forks_imports_no_torch() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n"
        "import benchmarks, importlib, pkgutil\n"
        "for m in pkgutil.iter_modules(benchmarks.__path__):\n"
        "    importlib.import_module('benchmarks.' + m.name)\n"
        "from benchmarks.elementwise import Abs\n"
        "Abs().track_seconds({('numpy', 16): {'seconds': [1.0], 'relative': [1.0]}}, 'numpy', 16)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_op_has_a_setup_cache_of_its_own() -> None:
    """Asv keys its cache by the line of the function: one that is inherited would be shared by all."""
    declared_ops(PROJECT)
    benchmarks = [m for name, m in sys.modules.items() if name.startswith("benchmarks.")]
    classes = {c for m in benchmarks for c in vars(m).values() if isinstance(c, type) and hasattr(c, "op")}
    lines = {(c.__module__, vars(c)["setup_cache"].__code__.co_firstlineno) for c in classes}
    assert len(lines) == len(classes) == len(declared_ops(PROJECT))
