"""The page of very many machines as text, and what lies in the files beside it."""

import json
import re
from pathlib import Path
from typing import Any

from harness.cli.publish import write_report
from harness.report.contents import MOST_WHOLE
from tests.support.pages import parsed, payload, references


def beside(divided: Path) -> dict[str, Any]:
    """Return what the files beside a page hold, by machine."""
    found = {}
    for path in divided.with_name(f"{divided.stem}-data").iterdir():
        text = path.read_text("utf-8")
        if text.startswith("addBoard("):
            continue
        wrapped = re.fullmatch(r'addMachine\("[0-9a-f]{16}",(\{.*\})\);\n', text)
        assert wrapped, text[:100]
        held = json.loads(wrapped[1])
        found[held["machine"]] = held
    return found


def test_the_figures_beside_the_page_are_those_of_a_page_that_has_them_all(five: Path, divided: Path) -> None:
    whole = payload(parsed(write_report(five, output=five / "whole" / "all.html").read_text("utf-8")))
    apart = payload(parsed(divided.read_text("utf-8")))
    files = beside(divided)
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


def test_up_to_some_number_of_machines_there_is_one_file(five: Path) -> None:
    path = write_report(five, output=five / "one" / "page.html", most_whole=5)
    assert [own.name for own in path.parent.iterdir()] == ["page.html"]
    assert MOST_WHOLE >= 10


def test_what_an_earlier_page_left_is_removed_and_nothing_else(five: Path) -> None:
    path = write_report(five, output=five / "again" / "page.html", most_whole=1)
    folder = path.with_name("page-data")
    (folder / "notes.js").write_text("mine")
    write_report(five, ["node-0", "node-1"], path, most_whole=1)
    boards = [own for own in folder.glob("*.js") if own.read_text("utf-8").startswith("addBoard(")]
    assert len(list(folder.iterdir())) == len(boards) + 2
    assert len(boards) == 10  # five backends, calls and round trips
    write_report(five, ["node-0"], path)
    assert [own.name for own in folder.iterdir()] == ["notes.js"]


def test_a_page_with_files_leads_nowhere_outside_and_lets_only_its_own_script_load(divided: Path) -> None:
    html = divided.read_text("utf-8")
    assert [address for address in references(html) if not address.startswith(("#", "data:"))] == []
    (policy,) = [a["content"] or "" for _, a in parsed(html).tags if a.get("http-equiv")]
    assert re.search(r"default-src 'none'.*script-src 'sha256-[^']+' 'strict-dynamic';", policy)
    assert "unsafe" not in policy
