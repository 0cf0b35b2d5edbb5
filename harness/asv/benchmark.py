"""The base of the benchmark classes: one sweep measures an op, asv's cells only read it out.

It must not import NumPy or Torch: asv forks its cells from a process that has imported this.
"""

import signal
from collections.abc import Callable
from typing import Any, ClassVar

from harness.backends.table import REQUIRED
from harness.errors import MeasureError
from harness.model import Cell, Op
from harness.runs.job import current_job
from harness.runs.plan import SIZES
from harness.runs.settings import DEFAULT

METHOD_VERSION = 1
"""Counts the changes of the method that make new times incomparable with old ones."""
SWEEP_LIMIT = 6 * 3600.0
"""Seconds after which asv ends a sweep; the sweep's own limits end what hangs long before."""
Sweep = dict[tuple[str, int], dict[str, list[float]]]
"""Per backend and size: the medians of the rounds under ``seconds``, and over NumPy's under ``relative``."""


class SweepBenchmark:
    """
    A benchmark of one op over the default backends and sizes, whose libraries asv labels its results with.

    A subclass has the `op` and a ``setup_cache`` of its own that returns ``self.sweep()``.

    Attributes
    ----------
    op : Op
        What is measured.
    params : tuple of (list of str, list of int)
        asv's parameters: the backends by name, and the sizes in elements.
    param_names : list of str
        What asv calls the two.
    version : str
        The op's spellings; asv compares no results of different versions.
    """

    op: ClassVar[Op]
    params: ClassVar = (list(DEFAULT.backends), list(SIZES))
    param_names: ClassVar = ["backend", "n"]
    version: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Give the class its own track functions, since asv takes name and unit from the function."""
        op = cls.op
        spelled = "; ".join(
            f"{library}: {op.setup.get(library, '') + op.spelling[library]!r}" for library in REQUIRED
        )
        cls.version = f"{METHOD_VERSION} {op.name} {spelled}"
        cls.__dict__["setup_cache"].timeout = SWEEP_LIMIT
        for name, key, unit, title in (
            ("track_seconds", "seconds", "seconds", f"{op.name}: time per call"),
            ("track_relative_time", "relative", "x NumPy", f"{op.name}: time relative to NumPy"),
        ):
            track = _track_of(key)
            track.pretty_name, track.unit = title, unit  # type: ignore[attr-defined] # asv's own way to be told
            setattr(cls, name, track)

    def sweep(self) -> Sweep:
        """
        Measure the op and return what asv is to track: float32, span `call`.

        Returns
        -------
        Sweep
            Only the cells that have a time.

        Raises
        ------
        MeasureError
            If asv was not started in a way that loads the plug-in.
        """
        from harness.runs.sweep import sweep

        job = current_job()
        if job is None:
            raise MeasureError(
                "no run has begun; start asv in the project's folder, where asv.conf.json names the plug-in"
            )
        # When asv is stopped it ends a sweep by SIGTERM, which without this would skip all tidying up.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return tracked(sweep(self.op, job))


def tracked(cells: list[Cell]) -> Sweep:
    """Return what asv is to track of all cells of an op."""
    from harness.timing.noise import round_median

    medians: dict[tuple[str, int], list[float | None]] = {
        (cell.case.backend, cell.case.n): [round_median(round_) if round_ else None for round_ in cell.rounds]
        for cell in cells
        if cell.case.span == "call" and cell.case.dtype == "float32" and cell.status in ("ok", "noisy")
    }
    sweep: Sweep = {}
    for (backend, n), seconds in medians.items():
        pairs = zip(seconds, medians.get(("numpy", n), []), strict=False)
        sweep[backend, n] = {
            "seconds": [value for value in seconds if value],
            "relative": [value / base for value, base in pairs if value and base],
        }
    return sweep


def _track_of(key: str) -> Callable[..., dict[str, Any]]:
    """Return a function that reads a cell out of the sweep."""

    def track(_self: object, swept: Sweep, backend: str, n: int) -> dict[str, Any]:
        samples = swept.get((backend, n), {}).get(key)
        if not samples:
            from asv_runner.benchmarks.mark import SkipNotImplemented  # loads NumPy

            raise SkipNotImplemented(f"{backend} at n={n} has no time in this run; see `harness cells`")
        return {"samples": samples, "number": 1}

    return track
