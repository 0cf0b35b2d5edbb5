"""A result in the forms that a notebook may show: plain text, Markdown and HTML."""

import re
from pathlib import Path

import pytest

from harness.errors import UnknownNameError
from harness.functions.answers import Crossover, Speedup
from harness.functions.display import bundle, html, markdown
from tests.support.pages import parsed
from tests.support.results import crossing, scripted_gradient, scripted_result, wrong

EVIL = "<script>alert(1)</script> | **so** $x$"


def visible(page: str) -> str:
    """Return what of a page is read without unfolding anything."""
    folded = re.sub(r"<details>.*</details>|<style>.*</style>|<svg.*</svg>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", folded).split())


def test_the_answer_stands_in_every_form(tmp_path: Path) -> None:
    forms = bundle(scripted_result(tmp_path, crossing()))
    sentence = "torch-cpu: faster than numpy from 251 elements on"
    assert set(forms) == {"text/plain", "text/markdown", "text/html"}
    assert forms["text/plain"].startswith(sentence)
    assert sentence.replace("torch-cpu", "**torch-cpu**") in forms["text/markdown"]
    assert sentence.replace(":", "") in visible(forms["text/html"])


def test_a_figure_of_a_result_is_written_of_what_is_asked_for(tmp_path: Path) -> None:
    cells = [
        *crossing("new@torch-cpu"),
        *(cell for cell in crossing("old@torch-cpu") if "old" in cell.case.backend),
    ]
    result = scripted_result(tmp_path, cells)
    target = tmp_path / "norm.pdf"
    figure = result.plot(target, backend="new", span="call", size=(7, 4.5))
    assert target.read_bytes().startswith(b"%PDF")
    assert figure.get_suptitle() == "norm: new on torch-cpu against numpy, float32"
    assert figure.get_size_inches().tolist() == [7, 4.5]
    with pytest.raises(UnknownNameError, match="no contender is called 'newer'; there are: "):
        result.plot(backend="newer")


def test_every_size_has_a_folded_row(tmp_path: Path) -> None:
    page = html(scripted_result(tmp_path, crossing()))
    rows = re.findall(r"<tr>(<td.*?)</tr>", page)
    assert len(rows) == 3
    texts = re.findall(r"<td[^>]*>(.*?)</td>", rows[2])
    assert texts[:3] == ["4 Ki", "4.10 µs", "1.02 µs"]
    assert re.fullmatch(r"4\.0\d× \(.+ to .+\) faster", texts[3])
    assert page.index("<details>") < page.index(rows[0]) < page.index("</details>")
    assert "<details open" not in page


def test_text_of_others_is_no_markup(tmp_path: Path) -> None:
    result = scripted_result(tmp_path, [*crossing(), *wrong("torch-cuda", EVIL)])
    page = html(result)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert parsed(page)  # it is well formed
    told = markdown(result)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\*\\*so\\*\\* \\$x\\$" in told


@pytest.mark.parametrize(
    "reason", ["its result is not checked", "the result is numpy's, not torch's (2 conversions in a call)"]
)
def test_what_was_not_checked_or_came_from_elsewhere_is_seen_unfolded(tmp_path: Path, reason: str) -> None:
    result = scripted_result(tmp_path, crossing(reason=reason))
    assert f"torch-cpu in norm: {reason.replace(chr(39), '&#39;')}" in visible(html(result))
    assert reason.partition("(")[0] in markdown(result).partition("| n |")[0]
    assert reason in bundle(result)["text/plain"]


def test_a_wrong_contender_is_seen_unfolded_and_has_no_figures(tmp_path: Path) -> None:
    page = html(scripted_result(tmp_path, [*crossing(), *wrong("torch-cuda", "error 0.5")]))
    assert "torch-cuda: wrong: error 0.5" in visible(page)
    assert page.count("<td>wrong</td>") == 3


def test_where_no_contender_is_right_that_is_said(tmp_path: Path) -> None:
    cells = [cell for cell in crossing() if cell.case.backend == "numpy"]
    forms = bundle(scripted_result(tmp_path, [*cells, *wrong("torch-cpu", "error 0.5")]))
    assert "nothing has a time that could be held against numpy" in visible(forms["text/html"])
    assert "nothing has a time that could be held against numpy" in forms["text/markdown"]
    assert forms["text/plain"].startswith("torch-cpu: wrong: error 0.5")
    assert "alone" not in "".join(forms.values())


def test_what_was_stopped_by_hand_says_so(tmp_path: Path) -> None:
    forms = bundle(scripted_result(tmp_path, crossing(), stopped=True))
    assert all("stopped by hand" in text for text in forms.values())
    assert "stopped by hand" in visible(forms["text/html"])


def test_the_machine_and_how_sure_it_is_stand_below(tmp_path: Path) -> None:
    told = visible(html(scripted_result(tmp_path, crossing())))
    assert "scripted: a scripted clock, 2 cores" in told
    assert "verdicts tell differences above 1.0 %" in told


def test_the_baseline_alone_has_its_times(tmp_path: Path) -> None:
    cells = [cell for cell in crossing() if cell.case.backend == "numpy"]
    result = scripted_result(tmp_path, cells)
    page = html(result)
    assert "numpy alone was measured" in visible(page)
    assert len(re.findall(r"<tr><td", page)) == 3
    assert "4.10 µs" in markdown(result)
    assert str(result) == "numpy alone was measured; there is nothing to hold it against"


def test_each_pass_of_a_gradient_has_its_answer_its_curve_and_its_table(tmp_path: Path) -> None:
    forms = bundle(scripted_gradient(tmp_path))
    told = visible(forms["text/html"])
    assert told.startswith("norm, float32, against numpy forward torch-cpu faster")
    assert forms["text/html"].count("<svg ") == 3
    for part in ("forward", "backward", "forward and backward"):
        assert f"<b>{part}</b>" in forms["text/html"]
        assert f"<caption>{part}: torch-cpu against numpy</caption>" in forms["text/html"]
        assert f"\n{part}:\n\n- **torch-cpu**: faster" in forms["text/markdown"]


def test_two_answers_on_one_page_share_no_name(tmp_path: Path) -> None:
    result = scripted_result(tmp_path, crossing())
    first, second = (set(re.findall(r' id="([^"]+)"', html(result))) for _ in range(2))
    assert first
    assert not first & second


def test_no_rule_reaches_beyond_the_answer(tmp_path: Path) -> None:
    page = html(scripted_result(tmp_path, crossing()))
    (style,) = re.findall(r"<style.*?>(.*?)</style>", page, re.DOTALL)
    rules = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", rules) for one in rule.split(",")]
    assert selectors
    assert all(selector.startswith(".harness-answer") for selector in selectors)


def test_a_speedup_and_a_crossover_are_shown_as_what_they_say(tmp_path: Path) -> None:
    result = scripted_result(tmp_path, crossing())
    speedup, crossover = result.speedup("torch-cpu", 4096), result.crossover("torch-cpu")
    assert isinstance(speedup, Speedup)
    assert isinstance(crossover, Crossover)
    assert repr(speedup) == str(speedup)
    assert str(speedup).endswith(" faster")
    assert repr(crossover) == str(crossover)
    assert str(crossover).startswith("from n = 251 (")
    assert repr(result) == str(result)
