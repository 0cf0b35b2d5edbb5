"""Tables that need no script: every figure, and a mark for every way to have none."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from harness.model import Status
from harness.report.tables import MARKS, shared_sizes
from harness.store.frame import frame
from harness.store.runs import read_runs
from tests.support.pages import parsed
from tests.support.stores import GONE


def test_every_figure_of_the_first_machine_stands_in_a_table_without_scripts(store: Path, html: str) -> None:
    page = parsed(html)
    captions = " ".join(page.texts["caption"])
    for op in ("abs", "mm"):
        for span in ("call", "round trip"):
            assert f"{op}, float32, {span}: seconds per call, speedup over numpy" in captions
    assert sum(text in page.texts["td"] for text in ("✗ wrong", "‽ implausible")) == 2
    assert {attributes.get("scope") for tag, attributes in page.tags if tag == "th"} == {"col", "row"}
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert all(picture["alt"] for picture in pictures)
    assert len(pictures) == 1
    assert len(frame(read_runs(store))) > 0


def test_every_way_to_have_no_time_has_a_mark_of_its_own() -> None:
    untimed = set(Status) - {Status.OK, Status.NOISY}
    assert set(MARKS) == untimed == {status for status, _ in GONE.values()} | {Status.SKIPPED}
    assert len({mark for mark, _ in MARKS.values()}) == len(untimed)


def sizes_of(**sizes: Sequence[int]) -> list[int]:
    """Return the columns of a table of ops with these sizes."""
    return shared_sizes(pd.DataFrame([{"op": op, "n": n} for op, ns in sizes.items() for n in ns]), "op")


def test_a_size_that_was_added_for_few_rows_is_no_column() -> None:
    assert sizes_of(abs=[16, 64, 100, 256], sin=[16, 64, 200, 256], mm=[16, 64, 200]) == [16, 64, 200, 256]
    many = [70, 71, 72, 73, 74, 75, 76]
    assert sizes_of(abs=[16, 64, *many, 256], sin=[16, 64, 256], mm=[16, 64]) == [16, 64, 256]


def test_the_sizes_of_an_op_that_were_chosen_by_hand_are_columns() -> None:
    by_hand = {"norm": [8, 100, 12345], "dot": [5], "dots": [16, 90, 4096]}
    found = sizes_of(abs=[16, 64, 200, 256], sin=[16, 64, 250, 256], **by_hand)
    assert found == [5, 8, 16, 64, 90, 100, 256, 4096, 12345]
