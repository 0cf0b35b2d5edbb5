"""The bars of the page, as words and as regions."""

import math

import pandas as pd

from harness.advice.regions import Region
from harness.report.glance import glances, in_words
from tests.support.call_and_trip import host, speedups_of_laws
from tests.support.pages import parsed, payload

LAWS = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 1e-6 + 1e-9 * n)}


def test_the_words_name_each_size_at_which_another_is_to_be_taken() -> None:
    ends = (("numpy", 16, 14_230), ("torch-cpu", 14_230, 5.04e6), ("numpy", 5.04e6, 2**24))
    told = [
        Region(backend=name, low=low, high=high, sure_low=low, sure_high=high) for name, low, high in ends
    ]
    assert in_words(told) == "numpy up to 14 000, then torch-cpu up to 5.0 M, then numpy"
    assert in_words(told[:1]) == "numpy"
    assert in_words([]) == ""


def test_each_op_that_can_be_told_has_its_bars() -> None:
    speedups = speedups_of_laws(LAWS)
    alone = speedups.assign(op="alone", speedup=math.nan)
    (one,) = glances(pd.concat([speedups, alone], ignore_index=True))
    assert one.op == "abs"
    call, trip = one.bars
    assert [region.backend for region in call.regions] == ["numpy", "torch-cpu"]
    assert call.words == trip.words
    assert call.words.startswith("numpy up to 1")


def test_the_page_has_the_words_without_scripts_and_the_regions_for_them(html: str) -> None:
    page = parsed(html)
    (glance, *_) = payload(page)["machines"][0]["glances"]
    op, (words, regions), (moved, _) = glance
    texts = [text for kind in ("th", "td") for text in page.texts[kind]]
    assert {op, words, moved} <= set(texts)
    names = payload(page)["names"]["backend"]
    assert words.startswith(names[regions[0][0]])
    assert all(low < high for _, low, high, *_ in regions)
