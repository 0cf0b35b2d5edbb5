"""A page of the ops and of somebody's own functions of later runs, in a real browser."""

# ruff: noqa: ANN401 - Playwright's types are known only where it is installed
from typing import Any

import pytest

from harness.cli.publish import write_report
from tests.support.browser import PHONE, Visit, choose
from tests.support.functions import MARKUP, NORM, told_of, write_functions
from tests.support.pages import EVIL
from tests.support.runs import MACHINE
from tests.support.stores import write_machine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return where the page of a machine lies of ops, then a function, then one with a wild name."""
    results = tmp_path_factory.mktemp("store")
    write_machine(results, MACHINE, ops=("abs", "mm"), gpu=False)
    told = {NORM: {**told_of("old", "new"), "sources": {"old": "m:old", "new": EVIL}}}
    write_functions(results, functions=told)
    costs = {"numpy": (1e-6, 1e-9), "torch-cpu": (2e-6, 1e-10)}
    write_functions(
        results, ops=(MARKUP,), dtypes=("int16",), costs=costs, sizes=(5,), baseline="numpy",
        functions={MARKUP: told_of("*", check="off")}, run="20260404T000000Z-000000",
    )  # fmt: skip
    return write_report(results).resolve().as_uri()


@pytest.fixture
def page(open_page: Visit, address: str) -> Any:
    return open_page(address, allowed=lambda url: url.startswith(("file:", "blob:")))


def test_an_op_that_is_chosen_brings_what_it_was_measured_with(page: Any) -> None:
    assert page.locator("#curves h3").inner_text() == f"{MARKUP} on {MACHINE}, call, int16"
    choose(page, "op", NORM)
    assert page.locator("#curves h3").inner_text() == f"{NORM} on {MACHINE}, call, float32"
    assert page.locator("#view select[name=dtype]").input_value() == "float32"
    heat = page.locator("#heat caption").inner_text()
    assert heat == "Speedup of new on torch-cpu over old on numpy, call, float32"
    assert page.locator("#heat .op").all_inner_texts() == [NORM]
    assert page.locator("#heat thead th").all_inner_texts() == ["op", "8", "100", "1000", "12345"]
    assert "over old on numpy" in page.locator("#curves figcaption").first.inner_text()
    choose(page, "backend", "torch-cpu-1t")
    assert page.locator("#view select[name=op]").input_value() == "abs"
    assert page.locator("#heat .op").all_inner_texts() == ["abs", "mm"]


def test_the_baseline_of_the_runs_is_told_wherever_a_speedup_is(page: Any) -> None:
    assert "against numpy and old on numpy" in page.locator("#answer-run").inner_text()
    chosen = page.locator("#view select[name=baseline] option")
    assert chosen.all_inner_texts() == ["numpy, or the run's own", "numpy-1t"]
    choose(page, "op", NORM)
    choose(page, "baseline", "numpy-1t")
    page.locator("#heat .cell").first.click()
    detail = page.locator("#detail").inner_text()
    assert "speedup over old on numpy" in detail
    assert "measure it again" not in detail
    choose(page, "op", "mm")
    page.locator("#heat .cell").first.click()
    assert "speedup over numpy-1t" in page.locator("#detail").inner_text()
    assert "measure it again: harness run --op abs" in page.locator("#detail").inner_text()


def test_what_was_timed_is_text_and_what_was_not_checked_says_so(page: Any) -> None:
    part = page.locator("#functions")
    assert page.locator("#functions h3").all_inner_texts() == [MARKUP, NORM]
    assert EVIL in part.locator("pre").all_inner_texts()
    assert "not checked" in part.inner_text()
    assert "every library" in part.inner_text()


def test_a_long_name_makes_no_page_wider_than_its_screen(open_page: Visit, address: str) -> None:
    for size in (PHONE, {"width": 800, "height": 900}):
        page = open_page(address, allowed=lambda url: url.startswith("file:"), viewport=size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_an_address_with_an_op_alone_shows_what_goes_with_it(open_page: Visit, address: str) -> None:
    page = open_page(f"{address}#op=norm+(v2)", allowed=lambda url: url.startswith("file:"))
    heat = page.locator("#heat caption").inner_text()
    assert heat == "Speedup of new on torch-cpu over old on numpy, call, float32"
    names = page.locator("#view select[name=backend] option").all_inner_texts()
    assert names[:2] == ["numpy", "numpy-1t"]
    assert names[-3:] == ["old on numpy", "new on numpy", "new on torch-cpu"]
