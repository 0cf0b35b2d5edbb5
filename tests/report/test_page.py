"""The page as a whole: which machines it holds, and how large it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.publish import write_report
from harness.errors import EmptyStoreError, UnknownNameError
from harness.report.page import whole_page
from harness.store.frame import frame
from harness.store.latest import whole
from tests.support.pages import parsed, payload
from tests.support.stores import runs_of, write_many


def test_only_the_machines_that_are_asked_for_are_in_the_page(store: Path, tmp_path: Path) -> None:
    page = parsed(write_report(store, ["node-2"], tmp_path / "page.html").read_text("utf-8"))
    assert [machine["machine"] for machine in payload(page)["machines"]] == ["node-2"]
    with pytest.raises(UnknownNameError, match="no machine is called 'moon'; there are:"):
        write_report(store, ["moon"])
    with pytest.raises(EmptyStoreError):
        write_report(tmp_path)


def test_the_page_of_a_run_begins_with_its_answer_and_another_of_three_machines_with_all_of_them(
    store: Path, tmp_path: Path
) -> None:
    def sections(path: Path) -> list[str | None]:
        tags = parsed(path.read_text("utf-8")).tags
        found = [of["id"] for tag, of in tags if tag == "section"]
        linked = [of.get("href") for tag, of in tags if tag == "a"]
        assert (linked.index("#machines") < linked.index("#heat")) == (found[0] == "machines")
        return found

    assert sections(write_report(store, output=tmp_path / "page.html"))[0] == "machines"
    assert sections(write_report(store, output=tmp_path / "asked.html", first="node-2"))[0] == "answer"
    assert sections(write_report(store, ["node-1", "node-2"], tmp_path / "two.html"))[0] == "answer"


def test_ten_machines_fit_into_two_megabytes(tmp_path: Path) -> None:
    write_many(tmp_path, 10, rounds=2, samples=2)
    assert write_report(tmp_path).stat().st_size < 2e6


def test_the_page_says_what_a_run_was_that_rests_on_less_than_others(store: Path) -> None:
    runs = [replace(run, facts={**run.facts, "quick": True, "stopped": True}) for run in runs_of(store)]

    page = parsed(whole_page(list(map(whole, runs)), frame(runs), {}))

    assert "against numpy, quick, stopped by hand." in " ".join(page.texts["p"])
    assert payload(page)["machines"][0]["kind"] == "quick, stopped by hand"


def test_equal_machines_are_said_to_be_so(html: str) -> None:
    (told,) = (text for text in parsed(html).texts["li"] if "machines are equal" in text)
    assert told.startswith("2 machines are equal (")
    assert "node-1, node-2; " in told
    assert told.endswith("which of them falls out can be told of 4 or more.")
