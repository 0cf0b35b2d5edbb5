"""A static site: the project's own page in front, with asv's pages of its history behind it.

It knows asv's command and the navigation of its pages, and nothing of what the own page shows.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from asv import util

from harness.asv.configuration import configuration
from harness.asv.repository import check_history
from harness.asv.site_scripts import bring_scripts
from harness.errors import EmptyStoreError, PublishError, UsageError
from harness.workers.lifeline import tied

REPORT, HISTORY = "index.html", "history.html"
"""The project's own page, which the site opens with, and asv's, as each links to the other."""
_FIRST_ITEM = '<li id="nav-li-" class="active">'
"""Where the items of asv's navigation begin. asv writes them by hand: what a plug-in adds has no button."""
_ONE_ROW = """#nav > ul { display: flex; float: none; margin: 0; overflow-x: auto; white-space: nowrap }
    #nav li { margin: 0 } #nav li > a { padding: 15px }
    @media (max-width: 900px) { #nav li:first-child { order: 1; margin-right: 15px } }"""
"""A second row of the navigation, which one more item or a narrow screen makes, would cover the page."""
_GRID = (
    '<div id="summarygrid-display" style="position: absolute; left: 0; top: 55px; width: 100%; height: 100%">'
)
_LINES, _BOX = (
    "                        lines: {",
    """'<a class="btn benchmark-container" href="#' + bm.name +""",
)
"""Of asv's grid: how its boxes are drawn, and where a click on one leads."""
_ONE_COMMIT = """
      <p style="margin: 20px 30px 0">One commit has results so far, so each box has a single point.
      A click on it shows the values over the sizes.</p>"""
_OVER_SIZES = " (bm.param_names.indexOf('n') < 0 ? '' : '?x-axis=n') +"
_LAST_LINES = 15


def build(
    project: Path, site: Path, write_page: Callable[[Path], object], follow: Callable[[str], None]
) -> str:
    """
    Build the site in the place of the last one; return why its scripts are not beside it, or nothing.

    `write_page` is given the file that the project's own page is to be written to; what it writes beside it
    comes along.
    """
    _check_results(project)
    site = site.resolve()
    if site.exists() and not (site / "asv.js").is_file() and (site.is_file() or any(site.iterdir())):
        raise UsageError(f"{site} holds something else than a site of asv's; choose another --output")
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".site-", dir=site.parent) as drafts:
            draft, page = Path(drafts) / "site", Path(drafts) / "page"
            page.mkdir()
            follow("writing the report")
            write_page(page / REPORT)
            _publish(project, draft, follow)
            (draft / "index.html").rename(draft / HISTORY)
            _leave_out_unmeasured(draft)
            _link(draft)
            _fill_boxes(draft)
            for part in page.iterdir():  # the page, and the files beside it
                part.rename(draft / part.name)
            follow("fetching the scripts of asv's pages with npm")
            reason = bring_scripts(draft / HISTORY)
            if site.exists():
                shutil.rmtree(site)
            draft.rename(site)
    except OSError as error:
        raise UsageError(f"{site} cannot be written ({error}); choose another --output") from error
    return reason


def _check_results(project: Path) -> None:
    """Refuse to publish nothing."""
    conf = configuration(project)
    folder = conf.results_dir
    if not any(path.name != "machine.json" for path in (project / folder).glob("*/*.json")):
        check_history(conf, project)
        raise EmptyStoreError(f"asv has no results in {folder} to publish yet; measure with `harness run`")


def _publish(project: Path, folder: Path, follow: Callable[[str], None]) -> None:
    """Let asv write its pages into a folder."""
    command = [sys.executable, "-m", "asv", "publish", "--no-pull", "--html-dir", str(folder)]
    lines = []
    with subprocess.Popen(
        tied(command),
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            follow(f"asv: {lines[-1]}")
    if process.returncode:
        raise PublishError("\n".join(["asv could not publish; it says:", *lines[-_LAST_LINES:]]))


def _leave_out_unmeasured(site: Path) -> None:
    """Take out the benchmarks without a result, which asv's grid shows as empty tiles of missing files."""
    path = site / "index.json"
    index = json.loads(path.read_bytes())
    if not index["graph_param_list"]:
        raise EmptyStoreError(
            "none of asv's results is of a commit in the history that is checked out; a shallow clone gets "
            "the rest with `git fetch --unshallow`"
        )
    summaries = {file.name for file in (site / "graphs" / "summary").iterdir()}
    for name in list(index["benchmarks"]):
        if f"{util.sanitize_filename(name)}.json" not in summaries:
            del index["benchmarks"][name]
    path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")


def _link(site: Path) -> None:
    """Put the project's own page in front of asv's in the navigation, and let asv's feed lead there, too."""
    own = f'<li><a href="{REPORT}">NumPy or Torch?</a></li>\n\t{_FIRST_ITEM}'
    _replace(site / HISTORY, _FIRST_ITEM, own)
    _replace(site / HISTORY, "</head>", f"<style>{_ONE_ROW}</style>\n  </head>")
    feed = site / "regressions.xml"
    feed.write_text(feed.read_text(encoding="utf-8").replace("index.html#", f"{HISTORY}#"), encoding="utf-8")


def _fill_boxes(site: Path) -> None:
    """Let asv's grid show what is of a single commit, too: asv draws lines between commits only."""
    _replace(site / "summarygrid.js", _LINES, f"                        points: {{ show: true }},\n{_LINES}")
    summaries = [json.loads(file.read_bytes()) for file in (site / "graphs" / "summary").iterdir()]
    if len({revision for summary in summaries for revision, _ in summary}) == 1:
        _replace(site / HISTORY, _GRID, _GRID + _ONE_COMMIT)
        _replace(site / "summarygrid.js", _BOX, _BOX + _OVER_SIZES)


def _replace(path: Path, known: str, other: str) -> None:
    """Change asv's own text where it is known."""
    text = path.read_text(encoding="utf-8")
    if text.count(known) != 1:
        raise PublishError(f"asv's {path.name} is another than is known here; install 'asv<0.7'")
    path.write_text(text.replace(known, other), encoding="utf-8")
