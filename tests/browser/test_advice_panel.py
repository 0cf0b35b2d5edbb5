"""The advice panel in a real browser: its sentences are those of `harness advise`."""

# ruff: noqa: ANN401 - Playwright's types are known only where it is installed
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.advice.choice import advise_from
from harness.answers.verdict import MARGIN
from harness.cli.publish import write_report
from harness.model import Cell, Span
from harness.store.frame import frame
from harness.store.runs import Run, read_runs, write_facts
from tests.support.browser import PHONE, Visit, choose
from tests.support.pages import parsed, payload
from tests.support.runs import scripted_cell, write_run

pytestmark = pytest.mark.slow

COMMITTED = Path(__file__).parents[2] / "results"
SIZES = tuple(4**power for power in range(4, 10))
WOBBLE = (0.99, 1.01, 1.0, 0.995, 1.005, 1.0)
TIGHT = (0.999, 1.001, 1.0, 0.9995, 1.0005, 1.0)
APART = (0.5, 2.0, 1.0, 0.6, 1.7, 1.0)
FAMILIES: Mapping[str, Mapping[str, tuple[float, float, Sequence[float]]]] = {
    "never": {"torch-cpu": (2.0, 0.0, WOBBLE)},
    "same": {"torch-cpu": (1.0, 0.0, WOBBLE)},
    "barely": {"torch-cpu": (0.994, 0.0, TIGHT)},
    "nearly": {"torch-cpu": (0.5, 0.495, WOBBLE)},
    "likely": {"torch-cpu": (0.8, 0.0, APART)},
    "surely": {"torch-cpu": (0.5, 0.0, WOBBLE), "torch-cuda": (0.45, 0.0, APART)},
    "spoiled": {"torch-cpu": (0.4, 0.0, WOBBLE), "torch-cuda": (0.5, 0.0, WOBBLE)},
    "unsure": {"torch-cpu": (0.98, 3.0, APART)},
    "alike": {"torch-cpu": (0.50, 0.0, WOBBLE), "torch-cpu-1t": (0.503, 0.0, WOBBLE)},
    "later": {"torch-cpu": (0.5, 0.0, WOBBLE), "torch-cuda": (0.02, 40.0, WOBBLE)},
    "hardly": {"torch-cuda": (0.97, 400.0, WOBBLE)},
}
"""By op and contender: how long calls take and transfers add, in calls of numpy, and how rounds differ."""
REACH = {("later", "torch-cuda"): SIZES[-3], ("alike", "torch-cpu-1t"): SIZES[-2]}
"""The largest size of a contender, where that is not the largest of all."""
ROOM = 4 * 2 * SIZES[-2]
"""Bytes of the GPU."""

EVERY_SENTENCE = """() => {
  const all = [], at = (name) => document.getElementById(`advice-${name}`);
  for (const { value: op } of [...at("op").options]) {
    at("op").value = op;
    at("op").dispatchEvent(new Event("change"));
    for (let n = 0; n <= at("n").max; n += 1) for (let calls = 0; calls <= at("calls").max; calls += 1) {
      at("n").value = n;
      at("calls").value = calls;
      at("calls").dispatchEvent(new Event("input"));
      const said = document.querySelector("output").textContent;
      all.push([op, n, at("calls").getAttribute("aria-valuetext"), said]);
    }
  }
  return all;
}"""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of contenders that never pay, pay later, cannot be told, and lack sizes or memory."""
    results = tmp_path_factory.mktemp("store")
    run = write_run(results, list(cells()))
    libraries = {**run.facts["libraries"], "device_memory": {"torch-cuda": ROOM}}
    write_facts(run.folder, {**run.facts, "libraries": libraries})
    (read,) = read_runs(results)
    return read


def cells() -> Iterator[Cell]:
    for (op, contenders), n, span in product(FAMILIES.items(), SIZES, (Span.CALL, Span.ROUND_TRIP)):
        yield in_passes(scripted_cell("numpy", n, [1e-9 * n] * len(WOBBLE), op=op, span=span))
        for backend, (times, more, rounds) in contenders.items():
            if n <= REACH.get((op, backend), n):
                seconds = 1e-9 * n * (times + more * (span == Span.ROUND_TRIP))
                cell = scripted_cell(backend, n, [seconds * wobble for wobble in rounds], op=op, span=span)
                yield in_passes(cell, spoiled=(op, backend) == ("spoiled", "torch-cpu") and n > SIZES[2])


def in_passes(cell: Cell, *, spoiled: bool = False) -> Cell:
    """Return a cell whose samples are of passes, in each of which other work had a core if it is spoiled."""
    rounds = [
        one and replace(one, passes=(0, 1, 2), disturbed=(spoiled,) * 3, cores=1.0 + spoiled)
        for one in cell.rounds
    ]
    return replace(cell, rounds=tuple(rounds))


@pytest.fixture
def sentences(open_page: Visit, tmp_path: Path) -> Callable[..., list[tuple[str, str]]]:
    """Return a function that returns what a run's page and Python say at every place of the sliders."""

    def both(run: Run, every: int = 1) -> list[tuple[str, str]]:
        page, address = written(run, tmp_path)
        cells = frame([run])
        speedups = harness.speedup(cells)
        parts = {op: (rows, cells[cells["op"] == op]) for op, rows in speedups.groupby("op")}
        sizes = sizes_of(page)
        assert set(sizes) == set(parts)
        told = []
        for op, at, calls, said in open_at(open_page, address).evaluate(EVERY_SENTENCE)[::every]:
            n, many = sizes[op][at], int(calls.replace(" ", ""))
            advice = advise_from(*parts[op], op, n, many, margin=MARGIN, memory=run.memory)
            told.append((said.replace("\N{NO-BREAK SPACE}", " "), f"{advice}."))
        return told

    return both


def written(run: Run, folder: Path) -> tuple[Path, str]:
    """Write the page of a run's machine; return where it is, and its address."""
    path = write_report(run.folder.parents[2], [run.machine], folder / "page.html").resolve()
    return path, path.as_uri()


def open_at(open_page: Visit, address: str, hash_: str = "", **settings: Any) -> Any:
    return open_page(address + hash_, allowed=lambda url: url.startswith(address), **settings)


def sizes_of(page: Path) -> dict[str, list[int]]:
    """Return the sizes that a page offers, by op."""
    store = payload(parsed(page.read_text("utf-8")))
    return {store["names"]["op"][op]: sizes for op, _, sizes, *_ in store["machines"][0]["advice"]}


def test_the_panel_says_what_is_advised_of_a_committed_run(
    sentences: Callable[..., list[tuple[str, str]]],
) -> None:
    """At every op, size and number of calls, but not at all of them together: Python takes 10 ms for each."""
    run = next(one for one in read_runs(COMMITTED) if one.machine == "amd-epyc-2-cpus")
    told = sentences(run, every=5)
    assert len(told) > 500
    assert [page for page, _ in told] == [python for _, python in told]


def test_the_panel_says_what_is_advised_whatever_there_is_to_say(
    sentences: Callable[..., list[tuple[str, str]]], scripted: Run
) -> None:
    told = sentences(scripted)
    assert [page for page, _ in told] == [python for _, python in told]
    every = "\n".join(page for page, _ in told)
    for words in (
        *("is about as fast", "is faster is not known", "the next is", "may be as fast", "lacks the memory"),
        *("probably ", " is for sure, ", "other work spoiled the times of torch-cpu"),
        *("at no number of calls", "not known to pay at any number", "pays from the first call on;"),
        *("calls per transfer on (", "pays from the first call on (1 to ", "this may mislead"),
    ):
        assert words in every


def test_the_sliders_answer_to_keys_and_the_address_keeps_where_they_stand(
    scripted: Run, open_page: Visit, tmp_path: Path
) -> None:
    _, address = written(scripted, tmp_path)
    page = open_at(open_page, address, "#op=later&n=1000&calls=90")
    shown = page.locator(".panel b")
    assert shown.all_inner_texts() == ["1 Ki elements", "100"]
    page.locator("#advice-n").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#advice-calls").focus()
    page.keyboard.press("Home")
    assert shown.all_inner_texts() == ["2 Ki elements", "1"]
    assert page.locator("#advice-n").get_attribute("aria-valuetext") == "2 Ki elements"
    assert page.locator("#advice caption").inner_text() == "later, 2 Ki elements, 1 call per transfer"
    said = page.locator("output").inner_text()
    again = open_at(open_page, address, "#" + page.url.partition("#")[2])
    assert again.locator("output").inner_text() == said
    assert again.locator("#advice-op").input_value() == "later"


def test_an_op_is_chosen_in_the_panel_for_the_whole_page(
    scripted: Run, open_page: Visit, tmp_path: Path
) -> None:
    _, address = written(scripted, tmp_path)
    page = open_at(open_page, address, "#n=none&calls=-1")
    assert page.locator(".panel b").all_inner_texts() == ["256 Ki elements", "1"]
    page.locator("#advice-op").focus()
    page.locator("#advice-op").select_option("same")
    assert page.evaluate("document.activeElement.id") == "advice-op"
    assert page.locator("#view select[name=op]").input_value() == "same"
    assert page.locator("output").inner_text().startswith("stay with numpy: torch-cpu is about as fast")
    choose(page, "op", "never")
    assert page.locator("#advice-op").input_value() == "never"


def test_an_op_without_round_trips_says_so(open_page: Visit, tmp_path: Path) -> None:
    alone = [cell for cell in cells() if cell.case.op != "same" or cell.case.span == Span.CALL]
    _, address = written(write_run(tmp_path, alone), tmp_path)
    page = open_at(open_page, address, "#op=same")
    assert "Nothing can be advised on same: no backend" in page.locator("#advice-body").inner_text()
    assert page.locator("#advice-op").input_value() == "same"
    assert page.locator("output").count() == 0


def test_where_nothing_can_be_advised_there_is_no_panel(open_page: Visit, tmp_path: Path) -> None:
    alone = [cell for cell in cells() if cell.case.span == Span.CALL]
    _, address = written(write_run(tmp_path, alone), tmp_path)
    assert not open_at(open_page, address).locator("#advice").is_visible()


def test_without_scripts_and_on_paper_the_panel_is_tables(
    scripted: Run, open_page: Visit, tmp_path: Path
) -> None:
    _, address = written(scripted, tmp_path)
    plain = open_at(open_page, address, java_script_enabled=False)
    assert plain.locator("#advice caption").all_inner_texts() == [
        "What to take with 1 call per transfer",
        "What to take with 100 calls per transfer",
    ]
    printed = open_at(open_page, address, viewport=PHONE)
    printed.emulate_media(media="print")
    assert not printed.locator("#advice-n").is_visible()
    assert printed.locator("output").is_visible()
