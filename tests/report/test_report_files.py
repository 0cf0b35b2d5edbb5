"""The page of very many machines as text: what they say together, and what lies in the files beside it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.cli.publish import write_report
from harness.report.page import MOST_WHOLE
from tests.support.pages import parsed, payload, references
from tests.support.stores import store_of_five


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_of_five(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def page(store: Path) -> Path:
    """Return where the page lies, of which each machine but the first has a file."""
    return write_report(store, first="node-0", most_whole=2)


def beside(page: Path) -> dict[str, Any]:
    """Return what the files beside a page hold, by machine."""
    found = {}
    for path in page.with_name(f"{page.stem}-data").iterdir():
        text = path.read_text("utf-8")
        wrapped = re.fullmatch(r'addMachine\("[0-9a-f]{16}",(\{.*\})\);\n', text)
        assert wrapped, text[:100]
        held = json.loads(wrapped[1])
        found[held["machine"]] = held
    return found


def test_the_figures_beside_the_page_are_those_of_a_page_that_has_them_all(store: Path, page: Path) -> None:
    whole = payload(parsed(write_report(store, output=store / "whole" / "all.html").read_text("utf-8")))
    apart = payload(parsed(page.read_text("utf-8")))
    files = beside(page)
    assert len(files) == 4
    assert [("file" in machine, "cells" in machine) for machine in apart["machines"]] == [
        (False, True),
        *[(True, False)] * 4,
    ]
    files |= {apart["machines"][0]["machine"]: apart["machines"][0]}
    for machine in whole["machines"]:
        own = files[machine["machine"]]
        for key in ("run", "date", "identity", "ratios", "answers"):
            assert own[key] == machine[key]
        assert spelled(own, apart) == spelled(machine, whole)


def spelled(machine: dict[str, Any], held: dict[str, Any]) -> list[list[Any]]:
    """Return the cells of a machine with their names in full."""
    names = held["names"] | ({"reason": machine["reasons"]} if "reasons" in machine else {})
    return [
        [
            names[column][value] if column in names else value
            for column, value in zip(held["columns"], row, strict=True)
        ]
        for row in machine["cells"]
    ]


def test_up_to_some_number_of_machines_there_is_one_file(store: Path) -> None:
    path = write_report(store, output=store / "one" / "page.html", most_whole=5)
    assert [own.name for own in path.parent.iterdir()] == ["page.html"]
    assert MOST_WHOLE >= 10


def test_what_an_earlier_page_left_is_removed_and_nothing_else(store: Path) -> None:
    path = write_report(store, output=store / "again" / "page.html", most_whole=1)
    folder = path.with_name("page-data")
    (folder / "notes.js").write_text("mine")
    write_report(store, ["node-0", "node-1"], path, most_whole=1)
    assert len(list(folder.iterdir())) == 2
    write_report(store, ["node-0"], path)
    assert [own.name for own in folder.iterdir()] == ["notes.js"]


def test_a_page_with_files_leads_nowhere_outside_and_lets_only_its_own_script_load(page: Path) -> None:
    html = page.read_text("utf-8")
    assert [address for address in references(html) if not address.startswith(("#", "data:"))] == []
    (policy,) = [a["content"] or "" for _, a in parsed(html).tags if a.get("http-equiv")]
    assert re.search(r"default-src 'none'.*script-src 'sha256-[^']+' 'strict-dynamic';", policy)
    assert "unsafe" not in policy


def test_the_first_thing_is_what_the_machines_say_together(page: Path) -> None:
    found = parsed(page.read_text("utf-8"))
    said = " ".join(found.texts["dd"])
    assert re.search(r"of 5 machines: changes places with numpy on 5, faster above \d.* in the middle", said)
    assert re.search(r"of 3 machines: .*", said)  # the GPUs
    cells = [text for text in found.texts["td"] if re.fullmatch(r"[\d.]+× \(.*\), faster on 5 of 5", text)]
    assert len(cells) > 5
