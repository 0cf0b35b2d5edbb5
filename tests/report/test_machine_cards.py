"""Cards of machines: what they say, and which are equal."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.report.machine_cards import card_of, group_equal, side_by_side
from harness.store.runs import Run, read_runs


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
    ("facts", "rounds", "options"),
    [
        ({"settings": {"rounds": None}}, "as many as fitted", ""),
        ({"settings": {"rounds": 5}, "stopped": True}, "5 (stopped by hand)", " --rounds 5"),
        ({"quick": True, "stopped": True}, "3 (quick, stopped by hand)", " --quick"),
        ({"stopped": False}, "3", " --rounds 3"),
    ],
)
def test_a_card_says_how_many_rounds_there_were_and_what_limited_them(
    store: Path, facts: dict[str, object], rounds: str, options: str
) -> None:
    run = next(run for run in read_runs(store) if run.machine == "node-1")
    card = card_of(replace(run, facts={**run.facts, **facts}))
    assert (card.provenance["rounds"], card.options) == (rounds, options)


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
