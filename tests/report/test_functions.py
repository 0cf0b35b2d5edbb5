"""A page of somebody's own functions: what was timed, against what, and names that may be anything."""

from pathlib import Path

import pytest

from harness.report.functions import functions_of
from harness.report.page import whole_page
from harness.store.frame import frame
from harness.store.latest import whole
from harness.store.runs import Run
from tests.support.functions import MARKUP, NORM, told_of, write_functions
from tests.support.pages import EVIL, parsed, payload


def page_of(run: Run) -> str:
    """Return the page of one run."""
    return whole_page([whole(run)], frame([run]), {})


def test_a_page_without_numpy_says_what_is_faster_and_against_what(tmp_path: Path) -> None:
    page = parsed(page_of(write_functions(tmp_path)))
    assert page.texts["h1"] == ["Which is faster, and from what size on?"]
    said = " ".join(page.texts["dd"])
    assert "faster than old on numpy from 389" in said
    held = payload(page)
    assert held["baselines"] == ["old on numpy"]
    assert held["names"]["backend"] == ["old on numpy", "new on numpy", "new on torch-cpu"]
    assert held["rivals"] == held["names"]["backend"]
    assert held["machines"][0]["own"] == {NORM: "old on numpy"}
    assert len(held["machines"][0]["ratios"]["old on numpy"]) == 16
    assert f"{NORM}, float32, call: seconds per call, speedup over old on numpy" in page.texts["caption"]


def test_a_page_shows_the_text_of_a_function_and_how_it_was_measured(tmp_path: Path) -> None:
    told = told_of("old", "new", check="off", inputs=f"{EVIL}\tand\x07 more", fresh=True)
    run = write_functions(tmp_path, functions={NORM: {**told, "sources": {"old": "m:old", "new": EVIL}}})
    html = page_of(run)
    page = parsed(html)
    assert page.texts["pre"] == ["m:old", EVIL]
    assert [told["hashes"][key][:12] for key in ("old", "new")] == page.texts["code"][:2]
    assert {"not checked", "copied before every call"} <= set(page.texts["dd"])
    assert EVIL not in html
    (function,) = payload(page)["machines"][0]["functions"]
    assert function["inputs"] == f"{EVIL}    and\N{REPLACEMENT CHARACTER} more"


def test_a_page_of_ops_that_are_declared_has_no_part_for_functions(html: str) -> None:
    page = parsed(html)
    assert all(machine["functions"] == [] for machine in payload(page)["machines"])
    (section,) = [names for tag, names in page.tags if tag == "section" and names.get("id") == "functions"]
    assert "hidden" in section
    assert "Functions" not in page.texts["a"]


def test_a_text_that_nobody_reads_to_its_end_is_cut(tmp_path: Path) -> None:
    told = {**told_of("old", "new"), "sources": {"old": "x" * 10**6, "new": "y"}}
    (function,) = functions_of([whole(write_functions(tmp_path, functions={NORM: told}))])
    assert [len(one.text) for one in function.spellings] == [20_001, 1]


@pytest.mark.parametrize("baseline", [None, "numpy", "gone@numpy"])
def test_a_page_whose_baseline_was_not_measured_shows_the_times(tmp_path: Path, baseline: str | None) -> None:
    page = parsed(page_of(write_functions(tmp_path, baseline=baseline)))
    said = " ".join(page.texts["dd"])
    assert "no speedup and no crossover, since" in said
    assert payload(page)["machines"][0]["cells"]


@pytest.mark.parametrize("sizes", [(12345,), (1, 2)])
def test_a_page_copes_with_any_name_dtype_and_size(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    costs = {"&b;[i]x@torch-cuda:1": (1e-6, 1e-9), f"{'y' * 180}@numpy-1t": (2e-6, 1e-9)}
    run = write_functions(
        tmp_path, ops=(MARKUP, "overview"), dtypes=("int16", "complex64"), costs=costs, sizes=sizes,
        baseline="&b;[i]x@torch-cuda:1",
    )  # fmt: skip
    page = parsed(page_of(run))
    assert f"{MARKUP}, int16" in page.texts["dt"]
    # The only rival is on one thread, and is told of all the same.
    assert f"{'y' * 180} on numpy-1t" in page.texts["b"]
    assert len([attributes for tag, attributes in page.tags if tag == "img"]) == 2


def test_a_function_for_every_library_whose_result_nobody_checked_says_so(tmp_path: Path) -> None:
    told = told_of("*", check="off")
    (function,) = functions_of([whole(write_functions(tmp_path, functions={NORM: told}))])
    assert ([one.key for one in function.spellings], function.check) == (["every library"], "not checked")
