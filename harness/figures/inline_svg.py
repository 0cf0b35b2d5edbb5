"""A figure as SVG inside somebody else's page: in the page's own ink, on whatever background that has."""

import re
import secrets

from markupsafe import escape
from matplotlib.figure import Figure

from harness.figures.looks import GREY, Look, text_ink
from harness.figures.run_figures import to_svg

PAPER = "--harness-paper"
"""The property of CSS that has the page's background, for what covers lines; nothing covers them without."""
_INKS = {
    "#000000": "currentColor",
    "#333333": "currentColor",
    GREY: "color-mix(in srgb, currentColor 75%, transparent)",
    "#e4e4e4": "color-mix(in srgb, currentColor 14%, transparent)",
    "#ffffff": f"var({PAPER}, transparent)",
}
"""What stands for the inks of a figure that is made for white paper."""


def inline_svg(figure: Figure, title: str, looks: dict[str, Look]) -> str:
    """Return a figure as an element for a page of any colours; its names cannot meet those of another."""
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_visible(False)
    text = to_svg(figure).decode()
    text = text[text.index("<svg") :]
    # What is told of the file, and a rule that would be one for all of the page.
    others = r"<title.*?>|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>"
    text = re.sub(others, "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # nothing refers to those
    text = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>h{secrets.token_hex(4)}-", text)
    text = _recoloured(text, looks)
    size = re.search(r'viewBox="[^"]*"', text)
    start = (
        f'<svg {size[0] if size else ""} class="harness-figure" role="img" aria-label="{escape(title)}" '
        'fill="currentColor" stroke-linejoin="round" stroke-linecap="butt" '
        'xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return re.sub(r"\s*\n\s*", "\n", start + text[text.index(">") + 1 :])


def _recoloured(text: str, looks: dict[str, Look]) -> str:
    """Return the text of a figure with inks that are the page's, or go with them."""
    inks = dict(_INKS)
    for look in looks.values():
        # Names are written darker than their lines are; on a dark page both have to be lighter.
        inks.setdefault(text_ink(look.colour), f"color-mix(in srgb, {look.colour} 55%, currentColor)")
        inks.setdefault(look.colour.lower(), f"color-mix(in srgb, {look.colour} 85%, currentColor)")

    def both(match: re.Match[str]) -> str:
        ink = inks.get(match[2].lower())
        # A browser that knows no such mixture keeps the first.
        return f"{match[1]}: {match[2]}; {match[1]}: {ink}" if ink else match[0]

    return re.sub(r"\b(fill|stroke): (#[0-9a-fA-F]{6})", both, text)
