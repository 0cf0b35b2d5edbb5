"""The page of very many machines in a real browser: figures are loaded from the files beside it on demand."""
# ruff: noqa: ANN401 - Playwright's types are known only where it is installed

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.cli.publish import write_report
from tests.support.browser import Visit, choose, served
from tests.support.stores import store_of_five

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the page lies, of which each machine but the first has a file."""
    return write_report(store_of_five(tmp_path_factory.mktemp("store")), first="node-0", most_whole=2)


@pytest.fixture
def visit(open_page: Visit) -> Visit:
    """Return a function that opens a page, which may ask for nothing but itself and the files beside it."""

    def own_only(address: str, **settings: Any) -> Any:
        own = address.partition("#")[0]
        beside = own.removesuffix(".html") + "-data/"
        return open_page(address, allowed=lambda url: url.startswith((own, beside)), **settings)

    return own_only


def shows(opened: Any, machine: str) -> bool:
    """Whether the page shows a machine, once it has had the time to load it."""
    sync_api.expect(opened.locator("#answer-machine")).to_have_text(machine)
    return "Speedup" in str(opened.locator("#heat caption").inner_text())


def test_another_machine_is_loaded_from_a_file_path_with_the_network_cut(page: Path, visit: Visit) -> None:
    opened = visit(page.resolve().as_uri())
    assert shows(opened, "node-0")
    before = opened.locator("#answer-body").inner_text()
    assert opened.locator("#advice").is_visible()
    choose(opened, "machine", "laptop 50%é")
    assert shows(opened, "laptop 50%é")
    assert opened.locator("#answer-body").inner_text() != before
    assert opened.locator("#advice").is_visible()
    assert opened.locator("#curves svg.chart").count() == 3
    opened.locator("#heat .cell").first.click()
    assert "Torch finds no CUDA device" in opened.locator("#detail").inner_text()
    assert "laptop 50%é" in opened.locator("#detail").inner_text()
    assert opened.locator("#cards-body td").all_inner_texts().count("4") == 1
    again = visit(page.resolve().as_uri() + "#" + opened.url.partition("#")[2])
    assert shows(again, "laptop 50%é")
    assert again.locator("#detail").inner_text() == opened.locator("#detail").inner_text()


def test_all_machines_are_compared_and_the_chosen_ones_have_their_cards_beside(
    page: Path, visit: Visit
) -> None:
    opened = visit(page.resolve().as_uri())
    heads = opened.locator("#machines tbody th")
    assert heads.all_inner_texts() == ["node-0 and 2 equal", "other", "laptop 50%é"]
    assert opened.locator("#machines svg.chart").count() == 2
    opened.locator("#machines tbody button").filter(has_text="other").focus()
    opened.keyboard.press("Enter")
    cards = opened.locator("#cards-body thead .machine")
    sync_api.expect(cards).to_have_text(["node-0", "other"])
    assert opened.evaluate("document.activeElement.textContent") == "other"
    again = visit(page.resolve().as_uri() + "#" + opened.url.partition("#")[2])
    sync_api.expect(again.locator("#cards-body thead .machine")).to_have_text(["node-0", "other"])


def test_without_its_folder_a_page_still_shows_the_first_machine(
    page: Path, visit: Visit, tmp_path: Path
) -> None:
    alone = Path(shutil.copy(page, tmp_path / "report.html"))
    opened = visit(alone.as_uri(), faulty=True)
    assert shows(opened, "node-0")
    assert "keep the folder report-data beside this page" in opened.locator("#machines-body").inner_text()


def test_a_static_server_serves_it_as_well(page: Path, visit: Visit) -> None:
    with served(page.parent) as root:
        opened = visit(f"{root}{page.name}", offline=False)
        choose(opened, "machine", "other")
        assert shows(opened, "other")


def test_a_missing_folder_is_told_and_what_was_shown_stays(page: Path, visit: Visit, tmp_path: Path) -> None:
    alone = Path(shutil.copy(page, tmp_path / "report.html"))
    opened = visit(alone.as_uri(), faulty=True)
    choose(opened, "machine", "other")
    sync_api.expect(opened.locator("#unread")).to_contain_text("keep the folder report-data beside this page")
    sync_api.expect(opened.locator("#unread")).to_be_visible()
    assert shows(opened, "node-0")
    assert opened.locator("#view select[name=machine]").input_value() == "node-0"


def test_figures_of_another_page_are_told_and_not_shown(page: Path, visit: Visit, tmp_path: Path) -> None:
    copied = Path(shutil.copy(page, tmp_path / "report.html"))
    for path in page.with_name("report-data").iterdir():
        text = path.read_text("utf-8")
        other = tmp_path / "report-data" / path.name
        other.parent.mkdir(exist_ok=True)
        other.write_text(
            re.sub(r'addMachine\("[0-9a-f]{16}"', 'addMachine("0123456789abcdef"', text), "utf-8"
        )
    opened = visit(copied.as_uri())
    choose(opened, "machine", "other")
    sync_api.expect(opened.locator("#unread")).to_contain_text("belongs to another version of this page")
    assert shows(opened, "node-0")
