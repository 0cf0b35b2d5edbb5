"""What speaks for and against the figures of a run."""

from pathlib import Path

from harness.report.trust import trusts
from harness.store.frame import frame
from tests.support.stores import runs_of


def test_a_run_is_counted_from_its_cells(store: Path) -> None:
    cells = frame(runs_of(store))
    counted = trusts(cells, {"node-1": 0.0123})
    facts = counted["node-1"].facts
    of_machine = cells[cells["machine"] == "node-1"]
    untimed = of_machine[of_machine["seconds"].isna()]

    assert list(counted) == list(dict.fromkeys(cells["machine"]))
    assert facts["cells with a time"] == f"{len(of_machine) - len(untimed)} of {len(of_machine)}"
    assert facts["without, by reason"] == ", ".join(
        f"{count} {status}" for status, count in untimed["status"].value_counts().items()
    )
    assert facts["noisy cells"] == str((of_machine["status"] == "noisy").sum())
    assert facts["A/A error"] == "1.23%"
    assert counted["node-2"].facts["A/A error"] == "not measured"
    assert facts["highest share of a ceiling"] == f"{of_machine['ceiling_share'].max():.0%}"
    assert facts["rounds not warm at the limit"].endswith(f" of {of_machine['rounds'].sum()}")
