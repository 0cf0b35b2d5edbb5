"""What other tools read of a run that was exported for them."""

import json
import math
from pathlib import Path

import pyperf
import pytest

from harness.model import Span, Status
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run
from tests.support.steady_cells import steady_cells


def export(call: Harness, tmp_path: Path, to: str) -> str:
    """Return what a run with a noisy cell, a skipped one and a control is exported as."""
    more = [
        scripted_cell("numpy", 16, [1.0] * 3, span=Span.CONTROL),
        scripted_cell("numpy-1t", 16, [1.0] * 3, status=Status.NOISY),
        scripted_cell("torch-cuda", 16, [], status=Status.SKIPPED),
    ]
    write_run(tmp_path, [*steady_cells(), *more])
    path = tmp_path / "out" / "run.json"
    answer = call("export", "--to", to, "--results", tmp_path, "--machine", MACHINE, "--output", path)
    assert answer.code == 0
    assert answer.err.startswith("6 of 9 cells")
    return path.read_text()


def test_pyperf_reads_its_export(call: Harness, tmp_path: Path) -> None:
    suite = pyperf.BenchmarkSuite.loads(export(call, tmp_path, "pyperf"))
    assert suite.get_benchmark_names()[0] == "abs/numpy/call/float32/16"
    assert len(suite) == 6
    benchmark = suite.get_benchmark("abs/numpy/call/float32/16")
    assert benchmark.median() == pytest.approx(16e-8)
    assert benchmark.get_nrun() == 3
    assert benchmark.get_nvalue() == 9
    assert benchmark.get_unit() == "second"
    assert benchmark.get_metadata()["numpy_version"] == "2.0.0"
    assert benchmark.get_total_loops() == 1


def test_google_benchmark_has_a_repetition_per_round_and_their_aggregates(
    call: Harness, tmp_path: Path
) -> None:
    exported = json.loads(export(call, tmp_path, "google-benchmark"))
    assert {"date", "host_name", "num_cpus", "cpu_scaling_enabled", "library_build_type"} <= set(
        exported["context"]
    )
    rows = [row for row in exported["benchmarks"] if row["run_name"] == "abs/torch-cpu/call/float32/64"]
    assert [row["run_type"] for row in rows] == ["iteration"] * 3 + ["aggregate"] * 3
    assert [row.get("repetition_index") for row in rows[:3]] == [0, 1, 2]
    for row in rows:
        assert row["time_unit"] == "ns"
        assert row["cpu_time"] == row["real_time"]
        assert {"name", "iterations", "threads", "repetitions", "family_index"} <= set(row)
    by_name = {row.get("aggregate_name"): row["real_time"] for row in rows[3:]}
    assert by_name["median"] == pytest.approx(640)
    assert by_name["stddev"] == pytest.approx(0.64)
    assert rows[3]["name"] == "abs/torch-cpu/call/float32/64_mean"


def test_github_action_benchmark_is_told_a_value_with_its_range(call: Harness, tmp_path: Path) -> None:
    rows = json.loads(export(call, tmp_path, "github-action-benchmark"))
    assert len(rows) == 6
    assert set(rows[0]) == {"name", "unit", "value", "range", "extra"}
    assert rows[0]["name"] == "abs/numpy/call/float32/16"
    assert (rows[0]["unit"], rows[0]["value"]) == ("ns", pytest.approx(160))
    # Standard deviation 0.16 ns, over sqrt(3), times the quantile 4.30 of t with 2 degrees of freedom.
    assert rows[0]["range"] == "± 0.397"
    assert math.isfinite(rows[0]["value"])
    assert "3 rounds" in rows[0]["extra"]
