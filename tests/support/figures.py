"""Frames to draw figures of, and what is seen on a figure."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

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
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call] # Matplotlib's
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
