"""The overview of all ops as one picture inside the page, for readers without scripts and for print."""

import base64
import io
import re

import matplotlib as mpl
import pandas as pd

from harness.figures import plot

_DECIMALS = re.compile(rb"\d+\.\d{2,}")


def overview(cells: pd.DataFrame, baseline: str) -> list[tuple[str, str]]:
    """
    Draw the speedups of all ops of a run.

    Parameters
    ----------
    cells : DataFrame
        Of one run.
    baseline : str
        What the others are compared with.

    Returns
    -------
    list of (str, str)
        Per dtype its name and the address of a picture that holds the picture itself.

    Notes
    -----
    Text stays text and coordinates keep a tenth of a point, which halves the size of the file.
    """
    found = []
    for dtype in dict.fromkeys(cells["dtype"]):
        target = io.BytesIO()
        figure = plot(cells, baseline=baseline, dtype=str(dtype))
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "harness"}):
            figure.savefig(target, format="svg", metadata={"Date": None})
        slim = _DECIMALS.sub(lambda found: f"{float(found[0]):.1f}".encode(), target.getvalue())
        slim = re.sub(rb"\s*\n\s*", b" ", slim)
        found.append((str(dtype), "data:image/svg+xml;base64," + base64.b64encode(slim).decode()))
    return found
