"""A page as a browser would read it: tags, texts and addresses."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

EVIL = "<img src=x onerror=alert(1)>"


REFERENCES = {"src", "href", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href"}


class Page(HTMLParser):
    """What a browser would make of the page: tags with attributes, and the text of each kind of tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open[-1], []).append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def payload(page: Page) -> Any:  # noqa: ANN401 - the page's own JSON
    return json.loads(next(text for text in page.texts["script"] if text.startswith('{"columns"')))


def references(html: str) -> Iterator[str]:
    """Yield every address that a browser could follow or load by itself."""
    page = parsed(html)
    for _, attributes in page.tags:
        yield from (value or "" for name, value in attributes.items() if name in REFERENCES)
    code = "\n".join(text for kind in ("style", "script") for text in page.texts[kind] if text[:2] != '{"')
    yield from re.findall(r"url\(\s*['\"]?([^'\")]+)", code)
    yield from re.findall(r"@import|\bimport\b|\bfetch\b|XMLHttpRequest|WebSocket|importScripts", code)
