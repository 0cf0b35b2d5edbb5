"""The browser that the tests of pages drive: Debian's Chromium, with nothing of its own to say."""

# ruff: noqa: ANN401 - Playwright's types are known only where it is installed

import shutil
from typing import Any

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


def choose(page: Any, name: str, value: str) -> None:
    page.locator(f"#view select[name={name}]").select_option(value)
