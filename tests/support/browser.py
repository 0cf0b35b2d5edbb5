"""The browser that the tests of pages drive: Debian's Chromium, with nothing of its own to say."""

# ruff: noqa: ANN401 - Playwright's types are known only where it is installed

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1600, "height": 1000}, {"width": 390, "height": 844}
Visit = Callable[..., Any]
"""Opens a page and returns it."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Launch Chromium, once for all tests; skip them where it or Playwright is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Visit]:
    """
    Return a function that opens an address in a context of its own, with the network cut by default.

    A dialog, an error, what the console warns of, an answer that is none, and a request for an address that
    is not `allowed` (which gets no answer) fail the test. Of a `faulty` page the console may say anything.
    """
    faults: list[str] = []
    contexts = []

    def visit(
        address: str,
        *,
        allowed: Callable[[str], bool],
        faulty: bool = False,
        wait_until: str = "load",
        **settings: Any,
    ) -> Any:
        def leaves(url: str) -> bool:
            return not url.startswith("data:") and not allowed(url)

        context = browser.new_context(**{"offline": True, "viewport": WIDE, **settings})
        contexts.append(context)
        page = context.new_page()
        if not faulty:
            page.on("console", lambda said: faults.extend([said.text] * (said.type in {"error", "warning"})))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", refuse)
        page.on("request", lambda request: faults.extend([f"it wants {request.url}"] * leaves(request.url)))
        page.on("response", lambda answer: faults.extend([f"{answer.status} {answer.url}"] * failed(answer)))
        page.route(leaves, lambda route: route.abort())
        page.goto(address, wait_until=wait_until)
        return page

    def refuse(dialog: Any) -> None:
        faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


def failed(answer: Any) -> bool:
    return answer.url.startswith("http") and answer.status not in {200, 304}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder from this machine; yield the address of its root."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def choose(page: Any, name: str, value: str) -> None:
    page.locator(f"#view select[name={name}]").select_option(value)
