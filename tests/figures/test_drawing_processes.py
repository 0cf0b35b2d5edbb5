"""Figures are drawn by several processes, or by one, and are the same."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.figures.drawing_processes import drawn
from harness.figures.drawings import Drawing, run_drawings
from harness.figures.run_figures import draw
from harness.store.frame import frame
from harness.store.latest import whole
from tests.support.runs import scripted_cell, write_run

OPS = ("abs", "mean", "mm", "sin")
POOL = "harness.figures.drawing_processes.ProcessPoolExecutor"


class Deadly(dict[str, Any]):
    """Facts that end the process that is given them."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


@pytest.fixture
def drawings(tmp_path: Path) -> list[Drawing]:
    """Return an overview and four ops."""
    cells = [
        scripted_cell(backend, n, [1e-6, 1.1e-6], op=op)
        for op in OPS
        for backend in ("numpy", "torch-cpu")
        for n in (16, 64)
    ]
    run = write_run(tmp_path, cells)
    return run_drawings([whole(run)], frame([run]))


def files(drawings: Sequence[Drawing], processors: int) -> list[tuple[str, bytes]]:
    with drawn(drawings, processors) as given:
        return sorted(given)


def by_one(drawings: Sequence[Drawing]) -> list[tuple[str, bytes]]:
    return sorted(file for drawing in drawings for file in draw(drawing))


@pytest.mark.slow
@pytest.mark.parametrize("processors", [2, 3])
def test_several_processes_draw_the_same_files_as_one(drawings: list[Drawing], processors: int) -> None:
    assert files(drawings, processors) == by_one(drawings)


@pytest.mark.slow
def test_what_a_process_that_dies_had_to_draw_is_drawn_all_the_same(drawings: list[Drawing]) -> None:
    deadly = [replace(drawing, facts=Deadly(drawing.facts)) for drawing in drawings]

    assert files(deadly, 3) == by_one(drawings)


def test_where_no_process_can_be_started_all_is_drawn_here(
    drawings: list[Drawing], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(POOL, refused)

    assert files(drawings, 3) == by_one(drawings)


def test_one_processor_or_few_figures_start_no_process(
    drawings: list[Drawing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(POOL, lambda *_, **__: pytest.fail("a process is started"))

    assert files(drawings, 1) == by_one(drawings)
    assert files(drawings[:3], 3) == by_one(drawings[:3])
