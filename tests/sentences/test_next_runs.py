"""The commands that would decide what is undecided are ones that `harness run` takes."""

import shlex
from dataclasses import replace

import typer

from harness.cli.app import app
from harness.sentences.curves import curves
from harness.sentences.next_runs import next_runs
from tests.support.speedup_curves import curve_of, frames_of


def test_each_op_has_a_command_for_its_undecided_backends_and_sizes() -> None:
    of = {
        ("sin", "torch-cpu", "call"): curve_of("LUUF"),
        ("abs", "torch-cpu", "call"): curve_of("LLUL"),
        ("abs", "torch-cpu-1t", "round_trip"): curve_of("LLLU"),
        ("mean", "torch-cpu", "call"): curve_of("FFFF"),
    }
    assert next_runs(curves(*frames_of(of))) == [
        (
            "harness run --op abs --backend torch-cpu --backend torch-cpu-1t --min-size 256 --max-size 1024 "
            "--rounds 20"
        )
    ]


def test_a_size_between_the_powers_of_4_lies_in_the_range_that_is_asked_for() -> None:
    curve = curve_of("LLUL")
    points = (*curve.points[:2], curve.points[2]._replace(n=300), curve.points[3])
    of = {("abs", "torch-cpu", "call"): replace(curve, points=points)}
    assert "--min-size 256 --max-size 1024 " in next_runs(curves(*frames_of(of)))[0]


def test_another_baseline_than_numpy_is_measured_too() -> None:
    of = {("mm", "torch-cpu-1t", "call"): replace(curve_of("UU"), baseline="numpy-1t")}
    assert "--backend torch-cpu-1t --backend numpy-1t " in next_runs(curves(*frames_of(of)))[0]


def test_of_many_ops_one_command_measures_all_and_the_command_line_takes_it() -> None:
    of = {(op, "torch-cpu", "call"): curve_of("UFU") for op in ("abs", "sin", "mm", "mean")}
    (line,) = next_runs(curves(*frames_of(of)))
    _, name, *words = shlex.split(line)
    context = getattr(typer.main.get_command(app), "commands")[name].make_context(name, words)  # noqa: B009 - Typer does not export its group
    assert context.params["op"] == ["abs", "sin", "mm", "mean"]
    assert (context.params["min_size"], context.params["max_size"]) == (16, 256)


def test_of_a_function_of_somebodys_own_nobody_else_has_the_command() -> None:
    verdicts = {"f": "UF", "g": "FF", "abs": "UF"}
    of = {(op, "torch-cpu", "call"): curve_of(of_op) for op, of_op in verdicts.items()}
    command, words = next_runs(curves(*frames_of(of)), {"f", "g"})
    assert command.startswith("harness run --op abs ")
    assert words == "measure f again, for more seconds"
