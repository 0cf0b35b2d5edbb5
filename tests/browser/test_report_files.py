"""The page of very many machines in a real browser: figures are loaded from the files beside it on demand."""
# ruff: noqa: ANN401 - Playwright's types are known only where it is installed

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.cli.publish import write_report
from tests.support.browser import CHROMIUM, FLAGS, WIDE, choose
from tests.support.stores import store_of_five

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the page lies, of which each machine but the first has a file."""
    return write_report(store_of_five(tmp_path_factory.mktemp("store")), first="node-0", most_whole=2)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Return a function that opens a page; an error, or a request for anything else than its files, fails."""
    faults: list[str] = []
    contexts = []

    def open_page(address: str, *, offline: bool = True, faulty: bool = False) -> Any:
        context = browser.new_context(offline=offline, viewport=WIDE)
        contexts.append(context)
        opened = context.new_page()
        own = address.partition("#")[0]
        beside_it = own.removesuffix(".html") + "-data/"
        if not faulty:
            opened.on(
                "console", lambda said: faults.extend([said.text] * (said.type in {"error", "warning"}))
            )
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((own, beside_it, "data:")) else faults.append(asked.url)
            ),
        )
        opened.goto(address)
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def shows(opened: Any, machine: str) -> bool:
    """Whether the page shows a machine, once it has had the time to load it."""
    sync_api.expect(opened.locator("#answer-machine")).to_have_text(machine)
    return "Speedup" in str(opened.locator("#heat caption").inner_text())


def test_another_machine_is_loaded_from_a_file_path_with_the_network_cut(page: Path, visit: Visit) -> None:
    opened = visit(page.resolve().as_uri())
    assert shows(opened, "node-0")
    before = opened.locator("#answer-body").inner_text()
    choose(opened, "machine", "laptop 50%é")
    assert shows(opened, "laptop 50%é")
    assert opened.locator("#answer-body").inner_text() != before
    assert opened.locator("#curves svg.chart").count() == 3
    opened.locator("#heat .cell").first.click()
    assert "Torch finds no CUDA device" in opened.locator("#detail").inner_text()
    assert "laptop 50%é" in opened.locator("#detail").inner_text()
    assert opened.locator("#cards-body td").all_inner_texts().count("4") == 1
    again = visit(page.resolve().as_uri() + "#" + opened.url.partition("#")[2])
    assert shows(again, "laptop 50%é")
    assert again.locator("#detail").inner_text() == opened.locator("#detail").inner_text()


def test_a_machine_is_added_to_the_comparison(page: Path, visit: Visit) -> None:
    opened = visit(page.resolve().as_uri())
    assert opened.locator("#machines tbody tr").count() == 1
    opened.locator("#add-machine").focus()
    opened.locator("#add-machine").select_option("other")
    sync_api.expect(opened.locator("#machines tbody tr")).to_have_count(2)
    assert opened.locator("#machines svg.chart .line").count() == 4  # both have a gap where a cell is wrong
    assert opened.locator("#machines tbody tr th").all_inner_texts() == ["node-0", "other"]
    assert opened.locator("#cards-body thead .machine").all_inner_texts() == ["node-0", "other"]
    assert opened.evaluate("document.activeElement.id") == "add-machine"
    again = visit(page.resolve().as_uri() + "#" + opened.url.partition("#")[2])
    sync_api.expect(again.locator("#machines tbody tr")).to_have_count(2)


def test_a_static_server_serves_it_as_well(page: Path, visit: Visit) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(page.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        opened = visit(f"http://127.0.0.1:{server.server_port}/{page.name}", offline=False)
        choose(opened, "machine", "other")
        assert shows(opened, "other")
    finally:
        server.shutdown()
        server.server_close()


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
