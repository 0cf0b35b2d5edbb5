"""The baselines of a page."""

from tests.support.pages import parsed, payload


def test_numpy_on_one_thread_is_a_baseline_for_ops_that_have_it_alone(html: str) -> None:
    held = payload(parsed(html))
    own = held["machines"][0]
    op = {held["names"]["op"].index(name): name for name in ("abs", "mm")}
    count = {base: [op[own["cells"][row[0]][0]] for row in rows] for base, rows in own["ratios"].items()}
    assert held["baselines"] == ["numpy", "numpy-1t"]
    assert count["numpy"].count("abs") > count["numpy-1t"].count("abs") == 0
    assert count["numpy"].count("mm") == count["numpy-1t"].count("mm") > 0
