"""What a look decides, of scripted findings: which lanes are measured no more, and which sizes are added."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.asv.catalogue import declared_ops
from harness.model import Op, Span
from harness.runs.decisions import close_decided, refine
from harness.runs.findings import OpFindings
from harness.runs.plan import Means, plan
from harness.runs.settings import Settings, checked
from harness.workers.task import Finding, GroupFindings
from tests.support.projects import PROJECT
from tests.support.runs import scripted_round
from tests.support.sweeps import job_for

OPS = declared_ops(PROJECT)
MEANS = Means(memory=10**12)
SETTINGS = checked(Settings(backends=("torch-cpu", "torch-cpu-1t"), min_size=16, max_size=1024))
Seconds = Callable[[str, int], float]
WOBBLE = (1.0, 1.02, 0.98, 1.01)


def measured(seconds: Seconds, op: Op = OPS["abs"], wobble: tuple[float, ...] = WOBBLE) -> OpFindings:
    """Return the findings of four rounds, in which a backend takes `seconds`, and all but NumPy wobble."""
    findings = OpFindings(op, plan(op, SETTINGS, MEANS).groups)
    for order, factor in enumerate(wobble):
        for index, group in enumerate(findings.groups):
            found = []
            for lane in group.lanes:
                took = seconds(lane.backend, group.n) * (1.0 if lane.backend == "numpy" else factor)
                timing = replace(scripted_round(took), passes=(0, 1, 2), cores=1.0)
                found.append(Finding(round=timing, error=0.0, tolerance=1e-6))
            findings.add(
                index,
                range(len(found)),
                order,
                GroupFindings(findings=tuple(found), timed=0.0, warm_up=0.0),
            )
    return findings


def open_backends(findings: OpFindings) -> dict[int, set[str]]:
    """Return the backends that are still measured, by size."""
    return {
        group.n: {group.lanes[lane].backend for lane in findings.live_lanes(index)}
        for index, group in enumerate(findings.groups)
    }


def test_what_is_decided_is_measured_no_more_and_the_baseline_stays_for_the_others(tmp_path: Path) -> None:
    """One backend is twice as fast everywhere, the other hardly faster at 64."""
    findings = measured(
        lambda backend, n: {"numpy": 1e-6, "torch-cpu": 5e-7}.get(backend, 1e-6 * (0.985 if n == 64 else 3))
    )
    close_decided([findings], job_for(tmp_path, SETTINGS), look=1, looks=3)
    assert open_backends(findings) == {16: set(), 64: {"numpy", "torch-cpu-1t"}, 256: set(), 1024: set()}
    spans = {span for lane in findings.live_lanes(1) for span in findings.groups[1].lanes[lane].spans}
    assert Span.CONTROL not in spans


def test_a_verdict_of_an_early_look_that_is_not_sure_enough_stays_open(tmp_path: Path) -> None:
    findings = measured(lambda backend, _n: 1e-6 if backend == "numpy" else 9.7e-7)
    close_decided([findings], job_for(tmp_path, SETTINGS), look=1, looks=3)
    assert all({"numpy", "torch-cpu"} <= backends for backends in open_backends(findings).values())


def test_sizes_are_added_on_both_sides_of_a_crossing(tmp_path: Path) -> None:
    findings = measured(
        lambda backend, n: 1e-6 * {"torch-cpu": 10 / math.sqrt(n), "torch-cpu-1t": 9.0}.get(backend, 1.0),
        wobble=(1.0, 1.3, 0.8, 1.1),
    )
    before = len(findings.groups)
    assert refine(findings, job_for(tmp_path, SETTINGS), MEANS) == []
    added = findings.groups[before:]
    assert [64 < group.n < 100 for group in added] == [True, False]
    assert all(64 < group.n < 256 for group in added)
    assert {lane.backend for group in added for lane in group.lanes} == {"numpy", "torch-cpu"}


def test_an_added_size_of_a_matrix_has_a_whole_side(tmp_path: Path) -> None:
    findings = measured(
        lambda backend, n: 1e-6 * (10 / math.sqrt(n) if backend == "torch-cpu" else 1.0),
        OPS["mm"],
        wobble=(1.0, 1.3, 0.8, 1.1),
    )
    before = len(findings.groups)
    refine(findings, job_for(tmp_path, SETTINGS), MEANS)
    assert [math.isqrt(group.n) ** 2 - group.n for group in findings.groups[before:]] == [0, 0]


def test_nothing_is_added_where_the_crossing_is_known_well(tmp_path: Path) -> None:
    findings = measured(
        lambda backend, n: 1e-6 * (10 / math.sqrt(n) if backend == "torch-cpu" else 1.0),
        wobble=(1.0, 1.0001, 0.9999, 1.0),
    )
    before = len(findings.groups)
    refine(findings, job_for(tmp_path, SETTINGS), MEANS)
    assert len(findings.groups) == before
