"""The figures: what they show, that they leave nothing out, and that no text is in the way of another."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness.errors import UnknownNameError
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.run_figures import draw_run, to_png, to_svg
from tests.support.runs import scripted_cell, write_run

SIZES = [4**power for power in range(2, 13)]
# Seconds of a call and per element, and what a round trip adds to both.
COSTS = {
    "numpy": (4e-7, 5e-9, 0.0, 0.0),
    "torch-cpu": (2.2e-6, 1.9e-9, 1e-6, 0.0),
    "torch-cpu-1t": (1.6e-6, 3.7e-9, 1e-6, 0.0),
    "torch-cuda": (9e-6, 7e-11, 1.6e-5, 3.5e-10),
}
MANY = COSTS | {f"torch-device-{i}": (2e-6 + i * 1e-7, 2e-9 - i * 1e-10, 1e-6, 1e-11) for i in range(5)}
MANY["a-backend-whose-name-has-sixty-characters-as-some-have-it-xx"] = (3e-6, 1e-9, 1e-6, 1e-11)
CAPTION = "EPYC 7B13, 2 cores; H200; CPython 3.11, NumPy 2.4, Torch 2.13; 2026-11-24; " * 3

Costs = dict[str, tuple[float, float, float, float]]
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def frames(
    costs: Costs = COSTS, sizes: Sequence[int] = SIZES, ops: Sequence[str] = ("sin",), spread: float = 1.05
) -> Frames:
    """Return cells, speedups and crossovers of a machine whose calls cost a start and a slope."""
    cells, speedups, crossovers = [], [], []
    for op, span in itertools.product(ops, ("call", "round_trip")):
        far = span == "round_trip"
        seconds = {
            backend: np.array([start + more * far + n * (slope + rise * far) for n in sizes])
            for backend, (start, slope, more, rise) in costs.items()
        }
        for backend, times in seconds.items():
            key = {"machine": "m", "run": "r", "op": op, "backend": backend, "dtype": "float32", "span": span}
            state = {"status": "ok", "reason": ""}
            ratios = seconds["numpy"] / times
            for n, time, ratio in zip(sizes, times, ratios, strict=True):
                ends = {"low": time / spread, "high": time * spread}
                cells.append({**key, "n": n, "seconds": time, **ends, **state})
                ends = {"low": ratio / spread, "high": ratio * spread}
                speedups.append({**key, "baseline": "numpy", "n": n, "speedup": ratio, **ends, **state})
            crossed: dict[str, Any] = {"state": "never", "n": math.nan, "faster": ""}
            if ratios[0] < 1 < ratios[-1]:
                crossed = {"state": "crosses", "n": float(np.interp(1, ratios, sizes)), "faster": "above"}
            ends = {"low": crossed["n"] / spread**4, "high": crossed["n"] * spread**4}
            crossovers.append({**key, "baseline": "numpy", **crossed, **ends})
    ratio_rows, cross_rows = pd.DataFrame(speedups), pd.DataFrame(crossovers)
    others = ratio_rows["backend"] != "numpy"
    return pd.DataFrame(cells), ratio_rows[others], cross_rows[cross_rows["backend"] != "numpy"]


def rated(given: Frames, *, flop: float = 0.25, column: str = "bytes_per_second") -> Frames:
    """Return frames whose cells have rates: 8 bytes an element, so many operations a byte, two ceilings."""
    cells, speedups, crossovers = given
    rate = 8 * cells["n"] / cells["seconds"]
    highest = 1e10 * np.where(cells["backend"] == "torch-cpu-1t", 1, 2)
    known = cells["backend"].isin(["numpy", "torch-cpu", "torch-cpu-1t"])
    columns = {"bytes_per_second": rate, "flop_per_second": flop * rate}
    share = (columns[column] / highest).where(known)
    return cells.assign(**columns, ceiling_share=share), speedups, crossovers


def lost(given: Frames, where: Callable[[pd.DataFrame], Any], status: str, reason: str) -> Frames:
    """Return frames in which some cells have come to nothing."""
    cells, speedups, crossovers = given
    cells, speedups = cells.copy(), speedups.copy()
    cells.loc[where(cells), ["seconds", "low", "high"]] = math.nan
    speedups.loc[where(speedups), ["speedup", "low", "high"]] = math.nan
    for frame in (cells, speedups):
        frame.loc[where(frame), ["status", "reason"]] = [status, reason]
    return cells, speedups, crossovers


def xy(axes: Axes, label: str) -> tuple[list[float], list[float]]:
    """Return the data of the line with this label."""
    (line,) = [line for line in axes.get_lines() if line.get_label() == label]
    return np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()


def texts(artist: Figure | Axes) -> list[str]:
    return [text.get_text() for text in artist.findobj(Text) if isinstance(text, Text) and text.get_text()]


def clashes(figure: Figure) -> list[str]:
    """Return which texts overlap one another or leave the figure."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    shown = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()]
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown if text.get_visible()]
    found = [name for name, box in boxes if not (figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1)]
    found += [name for name, box in boxes if not (figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1)]
    for (one, box), (other, second) in itertools.combinations(boxes, 2):
        # A box is as high as the tallest letters: two rows may share a point of it.
        if box.padded(-1).overlaps(second.padded(-1)):
            found.append(f"{one} / {other}")
    return found


def no_speedups() -> Frames:
    cells, speedups, crossovers = frames({"numpy": COSTS["numpy"]})
    return cells, speedups.iloc[:0], crossovers.iloc[:0]


def columnless() -> Frames:
    return frames({"numpy": COSTS["numpy"]})[0], pd.DataFrame(), pd.DataFrame()


def all_nan() -> Frames:
    return lost(frames(), lambda frame: frame["n"] > 0, "skipped", "no such luck")


def without_intervals() -> Frames:
    cells, speedups, crossovers = (frame.assign(low=math.nan, high=math.nan) for frame in frames())
    return cells, speedups, crossovers


def wild_intervals() -> Frames:
    cells, speedups, crossovers = (frame.assign(low=0.0, high=math.inf) for frame in frames())
    return cells, speedups, crossovers


def close_together() -> Frames:
    costs = {name: (2e-6 + i * 1e-8, 2e-9, 1e-8, 0.0) for i, name in enumerate(COSTS)}
    return frames({**costs, "numpy": COSTS["numpy"]})


ODD: dict[str, Callable[[], Frames]] = {
    "usual": frames,
    "one size": lambda: frames(sizes=[4096]),
    "a size that is no power of four": lambda: frames(sizes=[1000]),
    "one backend": no_speedups,
    "frames without columns": columnless,
    "nothing has a time": all_nan,
    "one round": without_intervals,
    "endless intervals": wild_intervals,
    "bunched lines and crossovers": close_together,
    "ten backends, one with a long name": lambda: frames(MANY),
    "rates and ceilings": lambda: rated(frames()),
    "rates at one size": lambda: rated(frames(sizes=[4096])),
    "rates without intervals": lambda: rated(without_intervals()),
    "rates of ten backends": lambda: rated(frames(MANY)),
    "rates of nothing": lambda: rated(all_nan()),
}


@pytest.mark.parametrize("case", ODD)
def test_no_text_is_cut_off_or_lies_on_another(case: str) -> None:
    given = ODD[case]()

    assert clashes(op_figure(*given, op="sin", caption=CAPTION)) == []
    assert clashes(overview_figure(*given, caption=CAPTION)) == []


@pytest.mark.parametrize("costs", [COSTS, MANY], ids=["four backends", "ten backends"])
def test_nine_ops_fit_on_an_overview(costs: Costs) -> None:
    ops = [f"op_{i}" for i in range(9)]

    figure = overview_figure(*frames(costs, ops=ops), caption=CAPTION)

    assert [axes.get_title(loc="left") for axes in figure.axes] == ops
    assert clashes(figure) == []


def test_the_panels_of_an_overview_have_equal_scales() -> None:
    cells, speedups, crossovers = frames(ops=["sin", "abs"])
    speedups.loc[speedups["op"] == "abs", ["speedup", "low", "high"]] *= 10

    first, second = overview_figure(cells, speedups, crossovers).axes

    assert first.get_xlim() == second.get_xlim()
    assert first.get_ylim() == second.get_ylim()
    assert second.get_ylim()[1] > speedups["high"].max()


def test_the_same_frames_give_the_same_bytes() -> None:
    first, second = (op_figure(*frames(), op="sin", caption=CAPTION) for _ in range(2))

    assert to_svg(first) == to_svg(second)
    assert to_png(first) == to_png(second)
    assert to_svg(first) == to_svg(first)
    assert b"<dc:date>" not in to_svg(first)


def test_a_users_matplotlib_settings_neither_change_a_figure_nor_are_changed() -> None:
    plain = to_svg(op_figure(*frames(), op="sin"))
    with mpl.rc_context({"axes.facecolor": "yellow", "xtick.direction": "in", "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert to_svg(op_figure(*frames(), op="sin")) == plain
        assert dict(mpl.rcParams) == before


def test_axes_name_what_they_show_with_its_unit() -> None:
    left, right = op_figure(*frames(), op="sin").axes

    assert left.get_xlabel() == right.get_xlabel() == "n, elements of the operand"
    assert left.get_ylabel() == "time per call"
    assert right.get_ylabel() == "speedup over numpy (\N{MULTIPLICATION SIGN}, above 1 is faster)"
    assert [tick.get_text() for tick in left.get_xticklabels()] == [
        "16",
        "256",
        "4 Ki",
        "64 Ki",
        "1 Mi",
        "16 Mi",
    ]
    assert {"1 µs", "100 µs", "10 ms"} <= {tick.get_text() for tick in left.get_yticklabels()}
    assert {"0.1\N{MULTIPLICATION SIGN}", "1\N{MULTIPLICATION SIGN}"} <= {
        tick.get_text() for tick in right.get_yticklabels()
    }


def test_the_title_says_what_is_compared_and_the_caption_stands_below() -> None:
    figure = op_figure(*frames(), op="sin", caption="an old laptop\nyesterday")

    assert figure.get_suptitle() == "sin: torch-cpu, torch-cpu-1t, torch-cuda against numpy, float32"
    assert {"an old laptop", "yesterday"} <= set(texts(figure))


def test_the_rate_of_a_call_stands_below_the_ceilings_of_its_device() -> None:
    given = rated(frames())
    _, _, rates, shares = op_figure(*given, op="sin").axes

    mine = given[0].query("backend == 'torch-cpu' and span == 'call'")
    assert xy(rates, "torch-cpu call")[1] == pytest.approx(mine["bytes_per_second"].tolist())
    assert xy(shares, "torch-cpu call")[1] == pytest.approx(mine["ceiling_share"].tolist())
    assert xy(rates, "ceiling")[1] == pytest.approx([2e10] * len(SIZES))
    assert xy(rates, "ceiling, 1 thread")[1] == pytest.approx([1e10] * len(SIZES))
    assert {"bytes per second", "ceiling", "ceiling, 1 thread"} <= set(texts(rates))
    assert {"share of the ceiling", "ceiling"} <= set(texts(shares))
    assert {"1 G", "10 G"} <= {tick.get_text() for tick in rates.get_yticklabels()}
    assert {"1 %", "100 %"} <= {tick.get_text() for tick in shares.get_yticklabels()}
    drawn = [str(line.get_label()) for line in rates.get_lines()]
    assert not [label for label in drawn if "round_trip" in label or "torch-cuda" in label]


def test_an_op_of_more_operations_than_bytes_shows_those() -> None:
    rates = op_figure(*rated(frames(), flop=2.0, column="flop_per_second"), op="sin").axes[2]

    assert "FLOP per second" in texts(rates)
    assert xy(rates, "ceiling")[1] == pytest.approx([2e10] * len(SIZES))


def test_an_op_whose_bytes_nobody_has_counted_shows_its_operations() -> None:
    cells, *others = rated(frames(), column="flop_per_second")

    rates = op_figure(cells.assign(bytes_per_second=math.nan), *others, op="sin").axes[2]

    assert "FLOP per second" in texts(rates)


def test_an_overview_has_no_rates() -> None:
    assert len(overview_figure(*rated(frames(ops=["sin", "abs"]))).axes) == 2


def test_the_caption_says_how_many_threads_there_were_and_what_is_unfair_about_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path, [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")])
    libraries = run.facts["libraries"] | {"threads": {"numpy": {"OpenBLAS": 2}, "torch-cpu": {"Torch": 1}}}
    machine = run.facts["machine"] | {"threads": 2, "affinity": 2}
    observed = replace(run, facts={**run.facts, "libraries": libraries, "machine": machine})
    monkeypatch.setattr("harness.figures.run_figures.to_svg", lambda figure: " ".join(texts(figure)).encode())
    said = {name: content.decode() for name, content in draw_run(observed) if name.endswith("svg")}
    for name in ("overview.svg", "abs.svg"):
        assert "numpy: 2 OpenBLAS threads; torch-cpu: 1 Torch thread; 2 of 2 processors" in said[name]
        assert "a speedup between them compares numbers of threads as well" in said[name]


def test_every_line_is_named_at_its_end() -> None:
    left, right = op_figure(*frames(), op="sin").axes
    names = {"torch-cpu", "torch-cpu round trip", "torch-cuda", "torch-cuda round trip", "numpy"}

    assert names <= set(texts(left))
    assert names <= set(texts(right))


def test_a_crossover_is_marked_at_its_size_on_the_line_at_1() -> None:
    cells, speedups, crossovers = frames()
    mine = (crossovers["backend"] == "torch-cuda") & (crossovers["span"] == "call")
    crossovers.loc[mine, ["n", "low", "high", "faster"]] = [14_321.0, 10_000.0, 20_000.0, "above"]

    right = op_figure(cells, speedups, crossovers, op="sin").axes[1]

    assert xy(right, "crossover torch-cuda call") == ([14_321.0], [1.0])
    assert xy(right, "crossover torch-cuda call interval") == ([10_000.0, 20_000.0], [1.0, 1.0])
    assert "14 000 →" in texts(right)


@pytest.mark.parametrize(
    ("low", "high", "bar"),
    [
        (math.nan, math.nan, [5000.0, 5000.0]),
        (math.nan, 9000.0, [5000.0, 9000.0]),
        (4000.0, math.nan, [4000.0, 5000.0]),
    ],
)
def test_an_unknown_end_of_a_crossover_is_not_drawn(low: float, high: float, bar: list[float]) -> None:
    cells, speedups, crossovers = frames()
    given = crossovers.assign(n=5000.0, low=low, high=high, state="crosses", faster="below")

    right = op_figure(cells, speedups, given, op="sin").axes[1]

    assert xy(right, "crossover torch-cpu call interval")[0] == bar
    assert "← 5 000" in texts(right)


def test_a_crossover_lies_below_all_curves_where_there_is_room_for_its_size() -> None:
    cells, speedups, crossovers = frames()

    right = op_figure(cells, speedups, crossovers, op="sin").axes[1]

    ((_, (height,)),) = [xy(right, "crossover torch-cpu call in the strip")]
    assert right.get_ylim()[0] < height < speedups["low"].min()


def test_a_cell_without_a_time_leaves_a_gap_and_is_listed() -> None:
    given = lost(
        frames(),
        lambda frame: (frame["backend"] == "torch-cpu") & frame["n"].isin([256, 1024]),
        "crashed",
        "signal\n11",
    )

    figure = op_figure(*given, op="sin")

    for axes in figure.axes:
        sizes, values = xy(axes, "torch-cpu call")
        assert [n for n, value in zip(sizes, values, strict=True) if math.isnan(value)] == [256, 1024]
    assert "not shown: torch-cpu (crashed: signal 11) at n = 256 to 1 Ki" in texts(figure)


def test_sizes_without_a_time_are_listed_as_a_range_only_where_none_between_them_has_one() -> None:
    given = lost(frames(), lambda f: (f["backend"] == "torch-cpu") & f["n"].isin([64, 1024]), "oom", "")

    assert "not shown: torch-cpu (oom) at n = 64, 1 Ki" in texts(op_figure(*given, op="sin"))


def test_cells_without_a_time_are_one_line_per_backend_and_status() -> None:
    given = lost(
        frames(ops=["sin", "abs"]), lambda f: f["backend"] == "torch-cuda", "skipped", "no CUDA device"
    )
    given = lost(given, lambda f: (f["n"] == SIZES[-1]) & (f["op"] == "abs"), "oom", "out of memory")

    listed = [text for text in texts(overview_figure(*given)) if text.startswith("not shown")]

    assert listed == [
        "not shown: torch-cuda (skipped: no CUDA device) at every op",
        "not shown: numpy (oom: out of memory) at n = 16 Mi, abs",
        "not shown: torch-cpu (oom: out of memory) at n = 16 Mi, abs",
        "not shown: torch-cpu-1t (oom: out of memory) at n = 16 Mi, abs",
        "not shown: torch-cuda (oom: out of memory) at n = 16 Mi, abs",
    ]


def test_a_cell_that_failed_the_agreement_check_is_never_drawn() -> None:
    cells, speedups, crossovers = frames()
    cells.loc[cells["backend"] == "torch-cpu", "status"] = "wrong"
    speedups.loc[speedups["backend"] == "torch-cpu", "status"] = "wrong"

    figure = op_figure(cells, speedups, crossovers, op="sin")

    drawn = [str(line.get_label()) for axes in figure.axes for line in axes.get_lines()]
    assert not [label for label in drawn if "torch-cpu " in label]


def test_a_round_trip_that_equals_the_call_is_drawn_once() -> None:
    left, _ = op_figure(*frames(), op="sin").axes

    labels = [line.get_label() for line in left.get_lines()]

    assert "numpy call" in labels
    assert "numpy round_trip" not in labels
    assert "torch-cpu round_trip" in labels


def test_a_noisy_cell_has_a_hollow_marker() -> None:
    cells, speedups, crossovers = frames()
    cells.loc[(cells["backend"] == "torch-cpu") & (cells["n"] == 4096), "status"] = "noisy"

    figure = op_figure(cells, speedups, crossovers, op="sin")

    (hollow,) = [line for line in figure.axes[0].get_lines() if line.get_label() == "torch-cpu call noisy"]
    assert np.asarray(hollow.get_xdata()).tolist() == [4096]
    assert to_hex(hollow.get_markerfacecolor()) == "#ffffff"
    assert any("hollow: noisy" in text for text in texts(figure))


def test_an_interval_shows_as_a_band_and_at_a_lone_size_as_a_bar() -> None:
    for given, lone in ((frames(), False), (frames(sizes=[64]), True)):
        left = op_figure(*given, op="sin").axes[0]

        outlines = [np.asarray(path.vertices) for mark in left.collections for path in mark.get_paths()]
        tops = [outline[:, 1].max() for outline in outlines if (len(outline) == 2) == lone]

        assert max(tops) == pytest.approx(given[0]["high"].max())


def test_a_backend_looks_the_same_in_every_figure_and_like_no_other() -> None:
    def looks(figure: Figure) -> dict[str, tuple[object, object]]:
        lines = [line for line in figure.axes[0].get_lines() if str(line.get_label()).endswith("call ok")]
        return {str(line.get_label()): (line.get_color(), line.get_marker()) for line in lines}

    extra = {"torch-xpu": (1e-6, 1e-9, 0.0, 0.0)}
    few = looks(op_figure(*frames(COSTS | extra), op="sin"))
    more = looks(op_figure(*frames(COSTS | extra | {"jax-cpu": (1e-6, 1e-9, 0.0, 0.0)}), op="sin"))
    many = looks(op_figure(*frames(MANY), op="sin"))

    assert few.items() < more.items()
    assert len({mark for _, mark in many.values()}) == len(many) == 10


def test_text_from_frames_is_shown_as_it_is() -> None:
    given = lost(frames(), lambda f: f["backend"] == "torch-cpu", "crashed", "$x_^$ & <b> \x1b[0m 時間")

    figure = op_figure(*given, op="sin", caption="costs $5 to $6, \\alpha 時")

    assert "not shown: torch-cpu (crashed: $x_^$ & <b> \N{REPLACEMENT CHARACTER}[0m " in " ".join(
        texts(figure)
    )
    assert "costs $5 to $6, \\alpha \N{REPLACEMENT CHARACTER}" in texts(figure)
    assert to_svg(figure).startswith(b"<?xml")
    assert to_png(figure).startswith(b"\x89PNG")


def test_an_unknown_op_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"no op is called 'sine'; there are: sin, abs"):
        op_figure(*frames(ops=["sin", "abs"]), op="sine")


def test_an_overview_of_nothing_is_an_empty_figure() -> None:
    figure = overview_figure(*(frame.iloc[:0] for frame in no_speedups()))

    assert figure.axes == []
    assert to_svg(figure)
