"""Machines side by side in a real browser: means, order, choice, colours and bands."""

# ruff: noqa: ANN401 - Playwright's types are known only where it is installed
import json
import math
from pathlib import Path
from typing import Any

import pytest

from harness.cli.publish import write_report
from harness.store.frame import load
from harness.store.op_files import join_ops
from tests.support.browser import PHONE, WIDE, Visit, choose
from tests.support.pages import EVIL
from tests.support.stores import write_kind, write_machine

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")

GPUS = ("A100", "H100", "L4")
OPS = ("abs", "mm")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of 13 machines: three equal ones, nine of three GPUs, and one without any."""
    results = tmp_path_factory.mktemp("fleet")
    for at in range(13):
        run = write_machine(results, f"node-{at:02}", ops=OPS, gpu=at < 12, pace=1 + max(at - 2, 0) / 10)
        gpus = (
            {"gpus": [{"name": GPUS[at % 3], "memory": 80 * 2**30, "driver": "1.0"}]} if 2 < at < 12 else {}
        )
        kind = {"cpu": EVIL if at == 12 else "a clock", "ram": (2 + max(at, 2)) * 2**30}
        write_kind(run, {**kind, **gpus})
        join_ops(run.folder)
    return results


@pytest.fixture(scope="module")
def addresses(results: Path) -> dict[str, str]:
    """Return where the page in one file lies, and the one with files beside it."""
    return {
        "whole": write_report(results, output=results / "whole.html").as_uri(),
        "divided": write_report(results, output=results / "apart.html", most_whole=3).as_uri(),
    }


@pytest.fixture(params=["whole", "divided"])
def visit(open_page: Visit, addresses: dict[str, str], request: pytest.FixtureRequest) -> Visit:
    """Return a function that opens either page."""

    def at_hash(hash_: str = "", **settings: Any) -> Any:
        own = ("file:", "blob:")
        page = open_page(
            addresses[request.param] + hash_, allowed=lambda url: url.startswith(own), **settings
        )
        page.wait_for_selector("#machines svg.chart", state="attached")
        return page

    return at_hash


def column(page: Any, head: str) -> list[str]:
    """Return the texts of a column of the table, from the top."""
    heads = [text.rstrip(" ▲▼") for text in page.locator("#machines thead th").all_inner_texts()]
    at = heads.index(head)
    return [row.locator("th, td").nth(at).inner_text() for row in page.locator("#machines tbody tr").all()]


def means(results: Path, backend: str, machines: list[str]) -> dict[str, float]:
    """Return the geometric mean of the ratios to the shortest time, by machine; no two of them are equal."""
    cells = load(results)
    cells = cells[(cells.backend == backend) & (cells.span == "call") & cells.machine.isin(machines)]
    times = cells.pivot_table("seconds", ["op", "n"], "machine").dropna()
    ratios = times.div(times.min(axis=1), axis=0)
    return {name: math.exp(ratios[name].map(math.log).mean()) for name in machines}


def test_the_section_is_the_first_of_more_than_two_machines_and_says_what_differs(visit: Visit) -> None:
    page = visit()
    assert page.locator("main > section").first.get_attribute("id") == "machines"
    said = page.locator("#machines > p").first.inner_text()
    assert said.startswith(
        f"13 machines of 11 kinds. They differ in processor (a clock, {EVIL}); GPU (5 kinds)"
    )


def test_means_are_over_the_shortest_time_of_each_cell(visit: Visit, results: Path) -> None:
    page = visit("#backend=torch-cpu&filter=GPU%3DA100")
    assert column(page, "machine") == ["node-03", "node-06", "node-09"]
    found = means(results, "torch-cpu", ["node-03", "node-06", "node-09"])
    assert column(page, "mean of 22 of 22 cells") == [f"{value:.2f}×" for value in found.values()]


def test_a_choice_leaves_the_machines_of_a_kind_and_its_address_shows_them_again(visit: Visit) -> None:
    page = visit()
    page.get_by_role("combobox", name="GPU", exact=True).focus()
    page.get_by_role("combobox", name="GPU", exact=True).select_option("H100")
    assert column(page, "machine") == ["node-04", "node-07", "node-10"]
    assert "3 of 13 machines: GPU H100." in page.locator("#machines-body").inner_text()
    assert page.evaluate("document.activeElement.value") == "H100"
    page.get_by_role("combobox", name="memory", exact=True).select_option("9 GiB")
    assert column(page, "machine") == ["node-07"]
    again = visit("#" + page.url.partition("#")[2])
    assert column(again, "machine") == ["node-07"]
    again.get_by_role("button", name="Show all").click()
    assert len(column(again, "machine")) == 11


def test_a_head_sorts_by_its_column_and_back_with_the_keyboard(visit: Visit) -> None:
    page = visit()
    head = page.locator("#machines thead button", has_text="memory")
    head.focus()
    page.keyboard.press("Enter")
    assert column(page, "memory") == [f"{gib} GiB" for gib in range(4, 15)]
    page.keyboard.press("Enter")
    assert column(page, "memory") == [f"{gib} GiB" for gib in range(14, 3, -1)]
    assert page.locator("#machines th[aria-sort=descending]").inner_text().startswith("memory")
    again = visit("#" + page.url.partition("#")[2])
    assert column(again, "memory")[0] == "14 GiB"


@pytest.mark.parametrize(
    ("show", "text", "drawn"),
    [
        ("ratio", "×", "times the shortest"),
        ("rate", "FLOP/s", "rate"),
        ("share", " %", "share of the ceiling"),
    ],
)
def test_ratios_rates_and_shares_are_shown_as_well(visit: Visit, show: str, text: str, drawn: str) -> None:
    page = visit()
    page.get_by_role("combobox", name="Show", exact=True).select_option(show)
    assert all(text in told for told in column(page, "mm")[:9])
    name = page.locator("#machines svg.chart").nth(1).get_attribute("aria-label")
    assert name == f"{drawn} of mm by machine: torch-cuda, call, float32"


def test_eight_lines_are_in_colour_until_some_are_chosen(visit: Visit) -> None:
    page = visit("#backend=numpy")
    chart = page.locator("#machines svg.chart").first
    assert [chart.locator(kind).count() for kind in (".line", ".other")] == [8, 3]
    page.locator("#machines tbody button", has_text="node-11").click()
    chosen = page.locator("#machines tbody button[aria-pressed=true]")
    sync_api.expect(chosen).to_have_text(["node-11"])
    chart = page.locator("#machines svg.chart").first
    assert [chart.locator(kind).count() for kind in (".line", ".other")] == [2, 9]
    assert page.locator("#machines .key").all_inner_texts() == ["node-00 and 2 equal", "node-11"]


def test_equal_machines_are_one_band_around_their_median(visit: Visit) -> None:
    page = visit("#backend=numpy&op=mm")
    assert column(page, "machine")[0] == "node-00 and 2 equal"
    page.locator("#machines svg.chart .point").first.focus()
    detail = page.locator("#detail").inner_text()
    assert "node-00 and 2 equal, call: data on the device, float32" in detail
    assert "from the least to the most of the equal machines" in detail
    page.keyboard.press("ArrowRight")
    assert page.locator("#detail h2").inner_text() == "abs, numpy, 64"
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("#curves h3")).to_have_text("abs on node-00, call, float32")


def test_a_machine_without_a_time_says_why_and_stands_last(visit: Visit) -> None:
    page = visit("#backend=torch-cuda")
    assert column(page, "machine")[-1] == "node-12"
    assert column(page, "abs")[-1] == "∅ skipped"
    assert column(page, "mean of 20 of 20 cells")[-1] == "–"


def test_a_choice_that_no_machine_meets_says_so_and_can_be_undone(visit: Visit) -> None:
    page = visit()
    page.get_by_role("combobox", name="GPU", exact=True).select_option("H100")
    page.get_by_role("combobox", name="memory", exact=True).select_option("14 GiB")
    assert "No machine is of this kind." in page.locator("#machines-body").inner_text()
    page.get_by_role("button", name="Show all").click()
    assert page.locator("#machines svg.chart").count() == 2


def test_an_address_with_kinds_that_nobody_has_shows_what_it_can(visit: Visit) -> None:
    page = visit("#sort=-nothing&show=time&with=nobody")
    assert len(column(page, "machine")) == 11


def test_the_table_and_its_times_can_be_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit("#backend=numpy&filter=GPU%3DL4")
    with page.expect_download() as download:
        page.locator("#machines .save button", has_text="JSON").click()
    download.value.save_as(tmp_path / "saved.json")
    rows = json.loads((tmp_path / "saved.json").read_text("utf-8"))
    assert {row["machines"] for row in rows} == {"node-05", "node-08", "node-11"}
    assert {row["GPU"] for row in rows} == {"L4"}
    assert len(rows) == 3 * 2 * 11
    assert min(row["ratio"] for row in rows) == 1


@pytest.mark.parametrize("window", [WIDE, PHONE])
def test_the_page_is_no_wider_than_its_window(visit: Visit, window: dict[str, int]) -> None:
    page = visit(viewport=window)
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


def test_print_shows_the_whole_table_and_no_switches(visit: Visit) -> None:
    page = visit()
    page.emulate_media(media="print")
    table = page.locator("#machines .ranking")
    assert table.evaluate("node => [getComputedStyle(node).overflow, getComputedStyle(node).maxHeight]") == [
        "visible",
        "none",
    ]
    assert not page.locator("#machines .filters").is_visible()


def test_without_scripts_there_is_a_table_of_what_differs(
    open_page: Visit, addresses: dict[str, str]
) -> None:
    for address in addresses.values():
        page = open_page(address, allowed=lambda url: url.startswith("file:"), java_script_enabled=False)
        rows = page.locator("#machines-body tbody tr")
        assert rows.count() == 11
        assert EVIL in rows.last.inner_text()


def test_another_backend_is_loaded_and_compared(visit: Visit) -> None:
    page = visit()
    choose(page, "backend", "torch-cpu-1t")
    sync_api.expect(page.locator("#machines-body h3")).to_have_text("torch-cpu-1t, call, float32")
    assert column(page, "machine")[0] == "node-00 and 2 equal"
