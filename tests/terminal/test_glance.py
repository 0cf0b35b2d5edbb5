"""The bars of the answer at a glance."""

import re

import pytest
from rich.console import Console

from harness.advice.regions import Region
from harness.model import Span
from harness.terminal import glance
from harness.terminal.glance import Bars, glance_tables


def region(backend: str, low: float, high: float, sure: tuple[float, float] | None = None) -> Region:
    """Return a region that is sure all over, or within two sizes."""
    sure_low, sure_high = sure or (low, high)
    return Region(backend=backend, low=low, high=high, sure_low=sure_low, sure_high=sure_high)


def lines(bars: Bars, monkeypatch: pytest.MonkeyPatch, width: int = 100, calls: int = 1) -> list[str]:
    """Return what a terminal of a width shows."""
    console = Console(width=width, color_system=None, highlight=False)
    monkeypatch.setattr(glance, "out", console)
    with console.capture() as shown:
        for table in glance_tables(bars, calls):
            console.print(table)
    return [line.rstrip() for line in shown.get().splitlines()]


SIN = {
    ("sin", "float32"): {
        Span.CALL: [region("numpy", 16, 4096, (16, 2048)), region("torch-cpu", 4096, 2**24, (8192, 2**24))],
        Span.ROUND_TRIP: [region("numpy", 16, 2**24)],
    }
}


def test_a_name_stands_where_a_backend_begins_and_the_line_is_broken_where_that_is_not_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    title, heads, axis, bar = lines(SIN, monkeypatch)
    assert title == "which backend to take (n numpy, t torch-cpu)"
    assert heads.split() == ["op", "calls", "from", "and", "to", "NumPy", "arrays"]
    assert axis.split()[:4] == ["elements", "16", "256", "4"]
    calls = bar[len("elements  ") :].split("  ")[0]
    assert calls.startswith("numpy ━")
    assert "╌torch-cpu " in calls
    assert calls.endswith("━")
    assert calls.index("torch-cpu") == axis[len("elements  ") :].index("4 Ki")


def test_where_there_is_no_room_for_a_name_its_letter_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = {
        ("sin", "float32"): {
            Span.CALL: [
                region("numpy", 16, 2**20),
                region("torch-cpu", 2**20, 2**22),
                region("torch-cpu-1t", 2**22, 2**24),
            ]
        }
    }
    title, _, _, bar = lines(narrow, monkeypatch)
    assert title == "which backend to take (n numpy, t torch-cpu, 1 torch-cpu-1t)"
    assert re.search("━t━+1━+$", bar)


def test_every_backend_has_a_letter_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["numpy", "numpy-1t", "new", "name", "n", "torch-cpu", "torch-cuda", "jax-cpu"]
    bars = {
        ("f", "float32"): {
            Span.CALL: [region(name, 4**at, 4 ** (at + 1)) for at, name in enumerate(names, 2)]
        }
    }
    told = lines(bars, monkeypatch, 200)[0].partition("(")[2].rstrip(")").split(", ")
    letters = [one.partition(" ")[0] for one in told]
    assert [one.partition(" ")[2] for one in told] == names
    assert len(set(letters)) == len(names)
    assert {len(letter) for letter in letters} == {1}


def test_several_dtypes_are_told_and_the_number_of_calls_is_in_the_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = {("sin", dtype): SIN["sin", "float32"] for dtype in ("float32", "float64")}
    _, heads, _, *bars = lines(both, monkeypatch, calls=7)
    assert "7 calls between NumPy arrays" in heads
    assert [bar.split("  ")[0] for bar in bars] == ["sin, float32", "sin, float64"]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_bars_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    assert all(len(line) <= width for line in lines(SIN, monkeypatch, width))
    assert len(lines(SIN, monkeypatch, width)) == 4


def test_without_anything_to_take_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines({("sin", "float32"): {Span.CALL: [], Span.ROUND_TRIP: []}}, monkeypatch) == []
