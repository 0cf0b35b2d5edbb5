"""NUMA nodes, from what a kernel would tell."""

from pathlib import Path
from typing import Any

import pytest

from harness.machine import card as cards
from harness.machine.numa import node_of, nodes
from harness.machine.processors import affinity


def tell(root: Path, files: dict[str, str]) -> None:
    """Write what the kernel tells."""
    for name, text in files.items():
        path = root / "sys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")


def test_a_node_may_be_used_where_one_of_its_processors_may(tmp_path: Path) -> None:
    own = min(affinity())
    listed = {"node0": "4096-4097", "node10": f"{own},4098", "node2": "", "possible": "0-10"}
    tell(tmp_path, {f"devices/system/node/{name}/cpulist": text for name, text in listed.items()})
    assert nodes(tmp_path) == {0: False, 10: True}
    assert nodes(tmp_path / "elsewhere") == {}


@pytest.mark.parametrize(
    ("pci", "node"),
    [
        ("00000000:81:00.0", 1),
        ("00010000:AF:00.0", 3),
        ("00000000:01:00.0", None),
        ("00000000:02:00.0", None),
        ("../../x", None),
        (None, None),
    ],
)
def test_a_gpu_is_found_by_the_address_that_its_driver_gives(
    tmp_path: Path, pci: str | None, node: int | None
) -> None:
    told = {"0000:81:00.0": "1", "10000:af:00.0": "3", "0000:01:00.0": "-1"}
    tell(tmp_path, {f"bus/pci/devices/{name}/numa_node": text for name, text in told.items()})
    assert node_of(pci, tmp_path) == node


@pytest.mark.parametrize(("found", "is_told"), [({0: True, 1: False}, True), ({0: True}, False), ({}, False)])
def test_a_card_tells_of_nodes_where_there_are_several(
    *, found: dict[int, bool], is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus: list[dict[str, Any]] = [{"name": "a GPU", "pci": "00000000:81:00.0"}]
    monkeypatch.setattr(cards, "nodes", lambda: found)
    monkeypatch.setattr(cards, "cards", lambda: gpus)
    monkeypatch.setattr(cards, "node_of", {"00000000:81:00.0": 1}.get)
    told = cards.card("here")
    assert told.get("numa") == ({"nodes": 2, "usable": [0]} if is_told else None)
    assert told["gpus"][0].get("numa_node") == (1 if is_told else None)
    assert ("numa" in told) == ("numa_node" in told["gpus"][0]) == is_told  # cards of before stay equal
