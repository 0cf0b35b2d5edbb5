"""The overview of all ops as one picture inside the page, for readers without scripts and for print."""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET  # our own figures are parsed, nothing from outside

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness.answers.labels import shown_of_runs
from harness.figures.drawings import Answers
from harness.figures.lines import distinct
from harness.figures.run_figures import overview
from harness.store.latest import Part

_DECIMALS = re.compile(r"\d+\.\d{2,}")
_SPACES = re.compile(r"\s+")
_LENGTHS = ("d", "x", "y", "width", "height", "transform")
_HALO = "text{paint-order:stroke;stroke:#fff;stroke-width:2px}"
_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of all ops of a dtype that have one baseline."""

    dtype: str
    baseline: str  # as it is shown
    address: str  # all of it


def overview_pictures(parts: Sequence[Part], cells: pd.DataFrame, aa_error: float) -> list[Picture]:
    """Draw the speedups of all ops of a machine, of which `cells` has the runs that answer for them."""
    pictures = []
    shown, run = shown_of_runs(cells), parts[0].run
    caption = f"{run.machine}, run {run.id}" + (" and earlier ones" if len(parts) > 1 else "")
    for dtype in distinct(cells, "dtype"):
        answers = Answers.of(cells[cells["dtype"] == dtype], None, aa_error).by_baseline(parts)
        pictures += [
            Picture(
                dtype=dtype,
                baseline=shown.get(baseline, baseline),
                address=_address(overview(of_baseline, caption)),
            )
            for baseline, of_baseline in answers.items()
        ]
    return pictures


def _address(figure: Figure) -> str:
    """Return a figure as an address that holds all of it."""
    target = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_path_effects([])  # an outline would turn it into curves; `_HALO` draws one
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "harness"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    svg = base64.b64encode(_slim(target.getvalue())).decode()
    return f"data:image/svg+xml;base64,{svg}"


def _slim(svg: bytes) -> bytes:
    """Return Matplotlib's SVG at a third of its size: styles once, no empty groups, tenths of a point."""
    root = ET.fromstring(svg)  # noqa: S314 - our own figure
    styles: dict[str, str] = {}
    for node in root.iter():
        node.tail = None
        if not node.tag.endswith("}text"):
            node.text = None
        if node.tag == f"{{{_SVG}}}g":
            node.attrib.pop("id", None)
        if style := node.attrib.pop("style", ""):
            node.set("class", styles.setdefault(style, f"s{len(styles)}"))
        for name in node.attrib.keys() & _LENGTHS:
            node.set(name, _rounded(node.attrib[name]))
    for node in root.findall(f"{{{_SVG}}}metadata") + root.findall(f"{{{_SVG}}}defs"):
        if not len(node) or node.tag.endswith("metadata"):
            root.remove(node)
    _unwrap(root)
    rules = ET.Element(f"{{{_SVG}}}style")
    rules.text = _HALO + "".join(f".{name}{{{style}}}" for style, name in styles.items())
    root.insert(0, rules)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(root)


def _rounded(lengths: str) -> str:
    """Return the lengths in an attribute to tenths of a point."""
    return _SPACES.sub(" ", _DECIMALS.sub(lambda match: f"{float(match[0]):.1f}", lengths))


def _unwrap(node: "ET.Element") -> None:
    """Put the children of groups that say nothing in their group's place."""
    children = []
    for child in node:
        _unwrap(child)
        plain = child.tag == f"{{{_SVG}}}g" and not child.attrib
        children += list(child) if plain else [child]
    node[:] = children
