"""The answer in sentences, on the page."""

import re
from pathlib import Path

from harness.cli.publish import write_report
from tests.support.pages import parsed
from tests.support.runs import scripted_cell, write_run


def test_the_answer_has_a_sentence_per_op_with_its_intervals(html: str) -> None:
    text = " ".join(parsed(html).texts["dd"]).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(
        r"faster than numpy from 1\d 000 elements on \(1\d 000 to 1\d 000\), 6\d times at 16 Mi", text
    )
    assert re.search(r"From and to NumPy arrays: faster from [\d ]+ elements on", text)


def test_a_store_with_the_baseline_alone_has_a_page_that_says_so(tmp_path: Path) -> None:
    write_run(tmp_path, [scripted_cell("numpy", n, [1e-6, 1e-6]) for n in (16, 64)])
    page = parsed(write_report(tmp_path).read_text("utf-8"))
    assert "nothing to compare: the baseline or every other backend has no time." in page.texts["dd"]
