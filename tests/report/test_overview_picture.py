"""The picture of all ops inside the page."""

import base64
import re
from pathlib import Path

from harness.figures.run_figures import plot, to_svg
from harness.report.overview_picture import overview_pictures
from harness.store.frame import frame
from harness.store.latest import whole
from tests.support.stores import runs_of


def test_the_picture_is_small_its_text_stays_text_and_can_be_read_on_lines(store: Path) -> None:
    run = next(run for run in runs_of(store) if run.machine == "node-1")
    cells = frame([run])

    (picture,) = overview_pictures([whole(run)], cells, 0.0)

    assert (picture.dtype, picture.baseline) == ("float32", "numpy")
    svg = base64.b64decode(picture.address.removeprefix("data:image/svg+xml;base64,")).decode()
    assert ">torch-cpu round trip</text>" in svg
    assert "text{paint-order:stroke;stroke:#fff;stroke-width:2px}" in svg
    assert not re.search("<metadata|<g>|style=", svg)
    assert len(svg) < len(to_svg(plot(cells))) / 3
