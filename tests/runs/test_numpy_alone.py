"""NumPy without Torch: real processes that never import it, held against the run's own rounds."""

from dataclasses import replace

import pytest

from harness.asv.catalogue import declared_ops
from harness.model import Op
from harness.runs.findings import OpFindings
from harness.runs.numpy_alone import NumpyAlone
from harness.runs.plan import Means, plan
from harness.runs.settings import Settings, checked
from harness.workers.task import Finding, GroupFindings
from tests.support.projects import PROJECT
from tests.support.runs import scripted_round

pytestmark = pytest.mark.slow
OPS = declared_ops(PROJECT)
SETTINGS = checked(Settings(backends=("torch-cpu",), min_size=16, max_size=1024))


def beside_torch(op: Op, seconds: float, rounds: int = 2) -> OpFindings:
    """Return the findings of a run in which every call took so long."""
    findings = OpFindings(op, plan(op, SETTINGS, Means(memory=10**12)).groups)
    for order in range(rounds):
        for index, group in enumerate(findings.groups):
            found = tuple(Finding(round=scripted_round(seconds * 1.001**order)) for _ in group.lanes)
            findings.add(
                index, range(len(found)), order, GroupFindings(findings=found, timed=0.0, warm_up=0.0)
            )
    return findings


@pytest.mark.usefixtures("brief_sweeps")
def test_what_torch_costs_numpy_is_told_with_an_interval() -> None:
    """Ten seconds a call beside Torch: alone it takes a microsecond."""
    findings = beside_torch(OPS["abs"], 10.0)
    alone = NumpyAlone([findings], SETTINGS)
    assert alone.facts() is None
    for order in range(2):
        alone.measure(order)
    facts = alone.facts()
    assert facts is not None
    assert 1e4 < facts["ratio"] < 1e9
    assert facts["low"] <= facts["ratio"] <= facts["high"]


def test_the_processes_have_no_torch() -> None:
    op = replace(OPS["abs"], spelling={**OPS["abs"].spelling, "numpy": "__import__('sys').modules['torch']"})
    alone = NumpyAlone([beside_torch(op, 1.0)], SETTINGS)
    for order in range(2):
        alone.measure(order)
    assert alone.facts() is None  # the statement fails where there is no Torch


def test_only_the_first_rounds_have_one_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("harness.runs.numpy_alone.WorkerProcess")
    NumpyAlone([beside_torch(OPS["abs"], 1.0)], SETTINGS).measure(4)
