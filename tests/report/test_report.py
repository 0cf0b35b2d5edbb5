"""The page as text: what it holds, that nothing in it leads outside, and that no name becomes markup."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.publish import write_report
from harness.errors import EmptyStoreError, UnknownNameError
from harness.model import Status
from harness.report.machine_cards import card_of, group_equal, side_by_side
from harness.report.page import whole_page
from harness.report.tables import MARKS
from harness.store.frame import frame
from harness.store.runs import Run, read_runs
from tests.support.pages import EVIL, parsed, payload, references
from tests.support.runs import scripted_cell, write_run
from tests.support.stores import GONE, runs_of, write_machine


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of three machines, two of them with equal cards, one with a name like markup."""
    results = tmp_path_factory.mktemp("store")
    write_machine(results, "node-1", ops=("abs", "mm"))
    write_machine(results, "node-2", ops=("abs", "mm"), pace=1.5)
    write_machine(results, "other", ops=("abs", "mm"), gpu=False, cores=64)
    return results


@pytest.fixture(scope="module")
def html(store: Path) -> str:
    runs = runs_of(store, other=EVIL)
    return whole_page(runs, frame(runs), {})


def test_no_reference_leads_out_of_the_file(html: str) -> None:
    found = list(references(html))
    assert len(found) > 5
    assert [address for address in found if not address.startswith(("#", "data:"))] == []


def test_the_policy_lets_nothing_load_and_only_our_own_script_run(html: str) -> None:
    (policy,) = [a["content"] or "" for tag, a in parsed(html).tags if a.get("http-equiv")]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src" not in policy


def test_a_name_that_is_markup_stays_text(html: str) -> None:
    page = parsed(html)
    assert {
        attributes["src"][:11] for tag, attributes in page.tags if tag == "img" and attributes["src"]
    } == {"data:image/"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert any(EVIL in text for texts in page.texts.values() for text in texts)
    assert EVIL in {machine["machine"] for machine in payload(page)["machines"]}


def test_the_answer_has_a_sentence_per_op_with_its_intervals(html: str) -> None:
    text = " ".join(parsed(html).texts["dd"]).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"faster than numpy above 6 \d00 \(\d [\d]00 to \d \d00\) elements", text)
    assert re.search(r"At 16 Mi it is 6\d\.\d× as fast \(6\d\.\d to 6\d\.\d\)", text)


def test_every_figure_of_the_first_machine_stands_in_a_table_without_scripts(store: Path, html: str) -> None:
    page = parsed(html)
    captions = " ".join(page.texts["caption"])
    for op in ("abs", "mm"):
        for span in ("call", "round trip"):
            assert f"{op}, float32, {span}: seconds per call, speedup over numpy" in captions
    assert sum(text in page.texts["td"] for text in ("✗ wrong", "‽ implausible")) == 2
    assert {attributes.get("scope") for tag, attributes in page.tags if tag == "th"} == {"col", "row"}
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert all(picture["alt"] for picture in pictures)
    assert len(pictures) == 1
    assert len(frame(read_runs(store))) > 0


def test_every_way_to_have_no_time_has_a_mark_of_its_own() -> None:
    untimed = set(Status) - {Status.OK, Status.NOISY}
    assert set(MARKS) == untimed == {status for status, _ in GONE.values()} | {Status.SKIPPED}
    assert len({mark for mark, _ in MARKS.values()}) == len(untimed)


def test_the_page_holds_the_figures_of_the_store(store: Path, html: str) -> None:
    held = payload(parsed(html))
    own = next(machine for machine in held["machines"] if machine["machine"] == "node-2")
    cells = frame(run for run in read_runs(store) if run.machine == "node-2")
    place = held["columns"].index
    assert [row[place("n")] for row in own["cells"]] == cells["n"].tolist()
    for row, cell in zip(own["cells"], cells.itertuples(), strict=True):
        assert held["names"]["status"][row[place("status")]] == cell.status
        assert held["names"]["reason"][row[place("reason")]] == cell.reason
        assert row[place("seconds")] == (pytest.approx(cell.seconds, rel=1e-4) if cell.rounds else None)


def test_numpy_on_one_thread_is_a_baseline_for_ops_that_have_it(html: str) -> None:
    held = payload(parsed(html))
    own = held["machines"][0]
    op = {held["names"]["op"].index(name): name for name in ("abs", "mm")}
    count = {base: [op[own["cells"][row[0]][0]] for row in rows] for base, rows in own["ratios"].items()}
    assert held["baselines"] == ["numpy", "numpy-1t"]
    assert count["numpy"].count("abs") == count["numpy-1t"].count("abs") > 0
    assert count["numpy"].count("mm") == count["numpy-1t"].count("mm") > 0


def test_equal_cards_are_one_group_whatever_the_machines_are_called(store: Path) -> None:
    cards = [card_of(run) for run in read_runs(store)]
    gathered = group_equal(cards)
    assert [[card.machine for card in group] for group in gathered] == [["node-1", "node-2"], ["other"]]
    rows = {row.name: row for row in side_by_side([group[0] for group in gathered])}
    assert rows["cores"].differs
    assert rows["cores"].texts == ("8", "64")
    assert not rows["library numpy"].differs
    assert rows["gpus 1 memory"].texts == ("80.0 GiB", "not recorded")


def test_a_card_says_how_the_spans_of_a_device_were_taken(store: Path) -> None:
    run = next(run for run in read_runs(store) if run.machine == "node-1")
    usual, other = (
        card_of(replace(run, facts={**run.facts, "settings": {"rounds": 3, **settings}}))
        for settings in ({}, {"l2": "cold", "pinned": True})
    )
    names = ("L2 cache before device", "round trips through")
    assert [usual.provenance[name] for name in names] == ["hot", "pageable memory"]
    assert [other.provenance[name] for name in names] == ["cold", "pinned memory"]
    assert (usual.options, other.options) == (" --rounds 3", " --rounds 3 --l2 cold --pinned")


@pytest.mark.parametrize(
    ("facts", "options"),
    [
        ({"quick": True}, " --quick"),
        ({"settings": {"rounds": "3; reboot"}}, ""),
        ({"settings": {"l2": "cold; reboot"}}, ""),
    ],
)
def test_a_command_to_copy_holds_nothing_that_a_stranger_wrote(
    store: Path, facts: dict[str, object], options: str
) -> None:
    run = next(run for run in read_runs(store) if run.machine == "node-1")
    assert card_of(replace(run, facts={**run.facts, **facts})).options == options


def test_a_fact_that_a_newer_version_adds_is_part_of_the_identity(store: Path) -> None:
    run = next(run for run in read_runs(store) if run.machine == "node-1")
    facts = {**run.facts, "machine": {**run.facts["machine"], "numa": {"nodes": 2}}}
    newer = Run(folder=run.folder, machine="node-1", id=run.id, facts=facts)
    assert card_of(newer).inputs["numa nodes"] == "2"
    assert card_of(newer).identity != card_of(run).identity


def test_only_the_machines_that_are_asked_for_are_in_the_page(store: Path, tmp_path: Path) -> None:
    page = parsed(write_report(store, ["node-2"], tmp_path / "page.html").read_text("utf-8"))
    assert [machine["machine"] for machine in payload(page)["machines"]] == ["node-2"]
    with pytest.raises(UnknownNameError, match="no machine is called 'moon'; there are:"):
        write_report(store, ["moon"])
    with pytest.raises(EmptyStoreError):
        write_report(tmp_path)


def test_a_store_with_the_baseline_alone_has_a_page_that_says_so(tmp_path: Path) -> None:
    write_run(tmp_path, [scripted_cell("numpy", n, [1e-6, 1e-6]) for n in (16, 64)])
    page = parsed(write_report(tmp_path).read_text("utf-8"))
    assert "nothing to compare: the baseline or every other backend has no time." in page.texts["dd"]


def test_ten_machines_fit_into_two_megabytes(store: Path, html: str) -> None:
    """Weigh a machine with two ops by what the third adds, and hold nine ops of ten against the aim."""
    two = write_report(store, ["node-1", "node-2"], store / "out" / "two.html").stat().st_size
    one = write_report(store, ["node-1"], store / "out" / "one.html").stat().st_size
    assert len(html.encode()) > two
    assert one + 9 * (two - one) * 9 / 2 < 2e6
