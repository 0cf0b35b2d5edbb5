"""The site: built for real, served from a path below a server's root, opened with the network cut."""
# ruff: noqa: ANN401 - Playwright's types are known only where it is installed

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asv
import pytest
import yaml

from harness.asv.site import build
from harness.asv.site_scripts import FOLDER, SCRIPTS, bring_scripts
from harness.cli.app import main
from harness.errors import EmptyStoreError, PublishError, UsageError
from tests.support.browser import Visit, served
from tests.support.projects import PROJECT, command, copy_project
from tests.support.runs import scripted_cell, write_run

HARNESS = (sys.executable, "-c", "from harness.cli.app import main; main()")
NETWORK = re.compile(r'(?:src|href)="https://[^"]*"[^>]*(?:onerror|integrity)')
WWW = Path(asv.__file__).parent / "www"


class Built(NamedTuple):
    """A site and what the command said."""

    folder: Path
    out: str
    err: str


def path_with(folder: Path, **scripts: str) -> str:
    """Return a search path with git and with these shell scripts, and nothing else."""
    folder.mkdir()
    (folder / "git").symlink_to(shutil.which("git") or "git")
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def site_of(project: Path, folder: Path, **environment: str) -> Built:
    """Build the site of a project as a user does."""
    done = command(project, project.parent, *HARNESS, "site", "--output", str(folder), **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(folder, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def bare(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site that was built without npm."""
    folder = tmp_path_factory.mktemp("bare")
    return site_of(project, folder / "site", PATH=path_with(folder / "bin"))


@pytest.fixture(scope="module")
def full(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site with its scripts, below a folder that is to be a server's root; skip where npm fails."""
    built = site_of(project, tmp_path_factory.mktemp("root") / "you" / "repository")
    if "only the report opens without a network" in built.err:
        pytest.skip(built.err.strip().splitlines()[-1])
    return built


@pytest.fixture(scope="module")
def local(full: Built) -> Iterator[str]:
    """Return the address of a server whose root is two folders above the site."""
    with served(full.folder.parent.parent) as address:
        yield address


@pytest.fixture
def visit(open_page: Visit, local: str) -> Visit:
    """Return a function that opens a page of the site, which may ask for nothing from another server."""

    def at_path(path: str = "") -> Any:
        return open_page(
            f"{local}you/repository/{path}",
            allowed=lambda url: url.startswith(local),
            offline=False,
            viewport={"width": 1400, "height": 900},
            wait_until="networkidle",
        )

    return at_path


@pytest.mark.slow
def test_the_grid_shows_each_measured_benchmark_with_its_curve(visit: Visit) -> None:
    page = visit("history.html")
    shown = page.locator("#summarygrid-display .benchmark-container").all_inner_texts()
    assert sorted(shown) == ["abs: time per call", "abs: time relative to NumPy"]
    assert page.locator("#summarygrid-display .benchmark-plot canvas.flot-base").count() == len(shown)


@pytest.mark.slow
def test_the_site_opens_with_the_answer_and_leads_to_the_history_and_back(visit: Visit) -> None:
    page = visit()
    assert page.locator("#answer-body dt").all_inner_texts() == ["abs"]
    assert page.locator("#heat .cell").count() > 0
    page.locator("header a", has_text="history over commits").click()
    page.wait_for_url("**/you/repository/history.html")
    page.locator(".benchmark-container").first.wait_for()
    page.locator("#nav a", has_text="NumPy or Torch?").click()
    page.wait_for_url("**/you/repository/index.html")


@pytest.mark.slow
def test_the_grid_of_a_single_commit_has_a_point_in_each_box_and_leads_to_the_curve_over_sizes(
    visit: Visit,
) -> None:
    page = visit("history.html")
    assert "One commit has results so far" in page.locator("#summarygrid-display > p").inner_text()
    inked = page.locator(".benchmark-plot canvas.flot-base").first.evaluate(
        """canvas => {
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            const colours = new Set();
            for (let at = 0; at < pixels.length; at += 4)
                if (pixels[at + 3] > 200) colours.add(`${pixels[at]} ${pixels[at + 1]} ${pixels[at + 2]}`);
            return [...colours].filter(colour => new Set(colour.split(' ')).size > 1).length;
        }"""
    )
    assert inked > 0  # a colour that is no grey, which frames and grounds are
    page.locator(".benchmark-container", has_text="abs: time per call").click()
    page.wait_for_url("**/history.html#elementwise.abs.track_seconds?x-axis=n**")
    page.locator("#main-graph canvas").first.wait_for()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("history.html#/summarylist", "#summarylist-body table tbody tr"),
        ("history.html#/regressions", "#regressions-body"),
        ("history.html#elementwise.abs.track_seconds?x-axis=n", "#main-graph canvas"),
    ],
)
def test_asvs_other_pages_open(visit: Visit, address: str, part: str) -> None:
    page = visit(address)
    page.locator(part).first.wait_for()


@pytest.mark.slow
def test_a_table_of_asvs_can_be_sorted(visit: Visit) -> None:
    page = visit("history.html#/summarylist")
    page.locator("#summarylist-body th", has_text="Value").click()
    page.locator("#summarylist-body th.asc", has_text="Value").wait_for()
    assert "sort=1" in page.url


@pytest.mark.slow
def test_the_navigation_is_one_row_on_a_phone_too_and_shows_the_report_first(visit: Visit) -> None:
    page = visit("history.html")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("#nav").bounding_box()["height"] < 55  # where asv's pages begin
    assert page.locator("#nav a", has_text="NumPy or Torch?").bounding_box()["x"] == 0


@pytest.mark.slow
def test_the_scripts_come_with_their_licences(full: Built) -> None:
    assert not NETWORK.search((full.folder / "history.html").read_text("utf-8"))
    for package in {source.package for source in SCRIPTS.values()}:
        files = [path for path in (full.folder / FOLDER / package).rglob("*") if path.is_file()]
        assert any("MIT" in path.read_text("utf-8") for path in files), package


@pytest.mark.slow
def test_without_npm_only_the_report_opens_offline_and_the_command_says_so(bare: Built) -> None:
    said = "only the report opens without a network: npm is not installed, so asv's pages load their scripts"
    assert said in bare.err
    assert bare.err.count(said) == 1
    history = (bare.folder / "history.html").read_text("utf-8")
    assert len(NETWORK.findall(history)) == len(SCRIPTS)
    assert '<li><a href="index.html">NumPy or Torch?</a></li>' in history
    report = (bare.folder / "index.html").read_text("utf-8")
    assert '<a href="history.html">The history over commits</a>' in report


@pytest.mark.slow
def test_the_command_follows_asv_and_says_where_the_site_is(bare: Built) -> None:
    assert f"site: {bare.folder / 'index.html'}" in bare.out
    assert f"python -m http.server --directory {bare.folder}" in bare.out
    assert "asv: " in bare.err
    assert "Loading results" in bare.err


def test_every_script_of_asvs_pages_is_known() -> None:
    """Asv may move on to other versions with any release: then these have to follow."""
    index = (WWW / "index.html").read_text("utf-8")
    tags = re.findall(r"<(?:script|link)[^>]*>", index)
    remote = {found[1] for tag in tags if (found := re.search(r'"(https://[^"]+)"', tag))}
    assert remote == set(SCRIPTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("npm", "said"),
    [
        (None, "npm is not installed"),
        ("echo 'npm error code ENOTFOUND' >&2; exit 1", "npm cannot fetch their scripts (npm error code ENO"),
        ("exit 1", "npm cannot fetch their scripts (it does not say why)"),
    ],
)
def test_asvs_pages_stay_as_they_are_where_npm_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, npm: str | None, said: str
) -> None:
    shutil.copy(WWW / "index.html", tmp_path)
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin", **({"npm": npm} if npm else {})))
    assert said in bring_scripts(tmp_path / "index.html")
    assert (tmp_path / "index.html").read_bytes() == (WWW / "index.html").read_bytes()


@pytest.mark.slow
def test_a_script_that_is_not_the_expected_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry of npm, or what stands in for it, is not believed."""
    package = tmp_path / "package"
    for source in SCRIPTS.values():
        (package / source.path).parent.mkdir(parents=True, exist_ok=True)
        (package / source.path).write_text("alert(1)")
    for name in {source.package for source in SCRIPTS.values()}:
        target = tmp_path / f"{name.replace('@', '-')}.tgz"
        subprocess.run(["tar", "-czf", target, "-C", tmp_path, "package"], check=True)  # noqa: S607 - any tar
    shutil.copy(WWW / "index.html", tmp_path)
    path = path_with(tmp_path / "bin", npm=f"{shutil.which('cp')} {tmp_path}/*.tgz .")
    monkeypatch.setenv("PATH", path)
    assert "is not the file that it was" in bring_scripts(tmp_path / "index.html")
    assert not (tmp_path / FOLDER).exists()
    assert (tmp_path / "index.html").read_bytes() == (WWW / "index.html").read_bytes()


def page_of(path: Path) -> None:
    path.write_text("the project's own page")
    (path.parent / "report-data").mkdir()
    (path.parent / "report-data" / "0.js").write_text("figures beside it")


@pytest.mark.slow
def test_a_site_takes_the_place_of_the_last_one(
    project: Path, bare: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    site = tmp_path / "site"
    shutil.copytree(bare.folder, site)
    (site / "old.json").write_text("{}")
    build(project, site, page_of, lambda _: None)
    assert (site / "index.html").read_text() == "the project's own page"
    assert (site / "report-data" / "0.js").read_text() == "figures beside it"
    assert not (site / "old.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"bin", "site"}


@pytest.mark.slow
def test_a_folder_that_holds_something_else_is_left_alone(project: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("ten years of work")
    with pytest.raises(UsageError, match="holds something else than a site"):
        build(project, tmp_path, page_of, lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_named(project: Path) -> None:
    with pytest.raises(UsageError, match="/dev/null/site cannot be written"):
        build(project, Path("/dev/null/site"), page_of, lambda _: None)


@pytest.mark.slow
def test_nothing_to_publish_is_one_sentence(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def ask(folder: Path, results: Path) -> str:
        monkeypatch.chdir(folder)
        words = ["site", "--results", str(results), "--output", str(tmp_path / "site")]
        monkeypatch.setattr(sys, "argv", ["harness", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == EmptyStoreError.exit_code
        return capfd.readouterr().err.splitlines()[-1]

    new = copy_project(tmp_path)
    said = "harness: asv has no results in results/asv to publish yet; measure with `harness run`"
    assert ask(new, new / "results") == said
    write_run(new / "results", [scripted_cell("numpy", 16, [1.0])])
    assert ask(new, new / "results") == said
    assert ask(project, tmp_path / "none").startswith("harness: nothing is measured yet in")
    assert {path.name for path in tmp_path.iterdir()} == {"project"}


@pytest.mark.slow
def test_results_of_commits_that_are_not_in_the_history_are_no_site(project: Path, tmp_path: Path) -> None:
    other = copy_project(tmp_path)
    git = ("git", "-c", "user.name=another", "-c", "user.email=another@example.org")
    command(other, tmp_path, *git, "commit", "--amend", "-qm", "rewritten")
    shutil.copytree(project / "results" / "asv", other / "results" / "asv")
    with pytest.raises(EmptyStoreError, match="git fetch --unshallow"):
        build(other, tmp_path / "site", page_of, lambda _: None)
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
def test_what_asv_says_when_it_fails_is_handed_on(project: Path, tmp_path: Path) -> None:
    other = copy_project(tmp_path)
    shutil.copytree(project / "results" / "asv", other / "results" / "asv")
    (other / "results" / "asv" / "benchmarks.json").unlink()
    with pytest.raises(
        PublishError, match=r"asv could not publish; it says:\n(.*\n)*.*benchmarks\.json missing"
    ):
        build(other, tmp_path / "site", page_of, lambda _: None)


def test_the_workflow_deploys_what_make_site_builds() -> None:
    flow = yaml.safe_load((PROJECT / ".github" / "workflows" / "pages.yml").read_text("utf-8"))
    listed = flow["jobs"]["build"]["steps"]
    steps = {step.get("uses", step.get("run")).partition("@")[0]: step for step in listed}
    assert steps["actions/checkout"]["with"]["fetch-depth"] == 0
    assert "make site" in steps
    assert steps["actions/upload-pages-artifact"]["with"]["path"] == "results/site"
    deploy = flow["jobs"]["deploy"]
    assert deploy["needs"] == "build"
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert deploy["steps"][-1]["uses"].startswith("actions/deploy-pages@")
