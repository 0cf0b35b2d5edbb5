"""What came of a measurement: speedups, crossovers and all else that a store can tell, as values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.advice.advice import Advice
from harness.advice.choice import advise_from
from harness.answers.crossover import crossover
from harness.answers.labels import relabelled, shown_labels
from harness.answers.speedup import speedup
from harness.errors import UnknownNameError, UsageError
from harness.functions.answers import Crossover, Speedup
from harness.functions.rows import label_of, rows_of
from harness.model import Op
from harness.sentences.backend_answers import answer, by_backend
from harness.sentences.curves import curves
from harness.store.address import place_of
from harness.store.blocks import blocks_of
from harness.store.frame import frame
from harness.store.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text


@dataclass(kw_only=True)
class Result:
    """
    What was measured of a function; `str` of it is the answer, a sentence per contender.

    Attributes
    ----------
    run : Run
        Its facts: the machine, the libraries, the settings.
    op : Op
        What was measured.
    margin : float
        Relative difference that is none in practice.
    parts : tuple of Op
        Of a gradient its passes: forward, backward and both, of which `op` is the last. Each has a result of
        its own by its name, as in ``result["backward"]``.
    """

    run: Run
    op: Op
    margin: float
    parts: tuple[Op, ...] = ()
    whole: "Result | None" = None
    """What this is a part of, whose files last as long as it does."""

    def __getitem__(self, part: str) -> "Result":
        """Return the result of a part of a gradient, as `harness.model.Part` calls them."""
        if not self.parts:
            raise UsageError(f"there is no part {part!r}: the gradient was not measured; pass grad=True")
        by_name = {str(op.function.part): op for op in self.parts if op.function}
        if part not in by_name:
            raise UnknownNameError.of("part", part, by_name)
        return Result(run=self.run, op=by_name[part], margin=self.margin, whole=self)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All cells, as `harness.load` returns them."""
        cells = frame([self.run])
        return cells[cells["op"] == self.op.name].reset_index(drop=True)

    @property
    def baseline(self) -> str:
        """The backend that speedups are against."""
        return str(self.run.facts["settings"]["baseline"])

    @cached_property
    def shown(self) -> dict[str, str]:
        """How labels are told to people: ``old`` for ``old@numpy``, where all are on one backend."""
        return shown_labels(self.frame["backend"])

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped by hand, and is what was there by then."""
        return bool(self.run.facts.get("stopped"))

    @cached_property
    def speedups(self) -> pd.DataFrame:
        """Every speedup, as `harness.speedup` returns them."""
        return speedup(self.frame, self.baseline, margin=self.margin)

    @cached_property
    def crossovers(self) -> pd.DataFrame:
        """Every crossover, as `harness.crossover` returns them."""
        return crossover(self.frame, self.baseline, margin=self.margin)

    def speedup(self, backend: str, n: int, span: str = "call", part: str | None = None) -> Speedup:
        """
        Return how many times faster a contender is at a size that was measured.

        Parameters
        ----------
        backend : str
            A backend, or a rival's name; see `contenders`.
        n : int
            The size.
        span : str
            ``"call"``, operands on the device, or ``"round_trip"``, from NumPy to NumPy.
        part : str, optional
            Of a gradient, such as ``"backward"``; default the forward and backward pass.

        Returns
        -------
        Speedup

        Raises
        ------
        UnknownNameError
            If there is no such contender, size, span or part.
        """
        if part is not None:
            return self[part].speedup(backend, n, span)
        row = rows_of(self.speedups, self._contender(backend), span, n).iloc[0]
        status = "" if row["status"] in ("ok", "noisy") else self._why(row["backend"], n, span)
        return Speedup(
            **{name: row[name] for name in ("backend", "baseline", "span", "low", "high", "verdict")},
            n=int(row["n"]),
            value=float(row["speedup"]),
            provisional=bool(row["provisional"]),
            reason=row["reason"] or status,
        )

    def crossover(self, backend: str, span: str = "call", part: str | None = None) -> Crossover:
        """
        Return from what size on a contender is faster.

        Parameters
        ----------
        backend : str
            A backend, or a rival's name; see `contenders`.
        span : str
            ``"call"``, operands on the device, or ``"round_trip"``, from NumPy to NumPy.
        part : str, optional
            Of a gradient, such as ``"backward"``; default the forward and backward pass.

        Returns
        -------
        Crossover

        Raises
        ------
        UnknownNameError
            If there is no such contender, span or part.
        """
        if part is not None:
            return self[part].crossover(backend, span)
        row = rows_of(self.crossovers, self._contender(backend), span).iloc[0]
        return Crossover(**{name: row[name] for name in Crossover.__slots__})

    def blocks(self, backend: str, n: int, span: str = "call", part: str | None = None) -> pd.DataFrame:
        """
        Return the times of every block at a size that was measured.

        Parameters
        ----------
        backend : str
            A backend, or a rival's name; the baseline, too.
        n : int
            The size.
        span : str
            ``"call"``, operands on the device, or ``"round_trip"``, from NumPy to NumPy.
        part : str, optional
            Of a gradient, such as ``"backward"``; default the forward and backward pass.

        Returns
        -------
        DataFrame
            One row per block; see `harness.blocks`.

        Raises
        ------
        UnknownNameError
            If there is no such contender, size, span or part.
        """
        if part is not None:
            return self[part].blocks(backend, n, span)
        return blocks_of([self.run], rows_of(self.frame, backend, span, n))

    def advice(self, n: int, calls: int = 1, part: str | None = None) -> Advice:
        """
        Return which contender to take at a size, and from how many calls per transfer on that pays.

        Parameters
        ----------
        n : int
            The size, which need not have been measured.
        calls : int
            How often the function is called on data that is moved once.
        part : str, optional
            Of a gradient, such as ``"backward"``; default the forward and backward pass.

        Returns
        -------
        Advice
            `str` of it is a sentence; see `harness.advise`.

        Raises
        ------
        UsageError
            If the size is more than 4 times beyond those that were measured, or does not fit into memory.
        """
        if part is not None:
            return self[part].advice(n, calls)
        speedups, cells = (relabelled(table, self.shown) for table in (self.speedups, self.frame))
        return advise_from(
            speedups, cells, self.op.name, n, calls, margin=self.margin, memory=self.run.memory
        )

    @property
    def contenders(self) -> list[str]:
        """The names of what was held against the baseline."""
        return list(dict.fromkeys(self.speedups["backend"]))

    def explain(self) -> str:
        """
        Return the answer with all that has to be known to read it.

        Returns
        -------
        str
            A sentence per contender, then remarks, missing times, threads and how sure it is.
        """
        return "\n".join([str(self), *(note.plain for note in self.notes())])

    def notes(self) -> "list[Text]":
        """Return what has to be known to read the figures, a line each."""
        from harness.terminal.notes import first_notes, reading_notes

        cells, speedups = (relabelled(table, self.shown) for table in (self.frame, self.speedups))
        baseline = self.shown.get(self.baseline, self.baseline)
        notes = reading_notes(self.run, cells, speedups, None, baseline=baseline, margin=self.margin)
        return [*first_notes(self.run), *notes]

    def passes(self) -> "Sequence[Result]":
        """Return the results of a gradient's passes, or this one alone."""
        return [self[str(op.function.part)] for op in self.parts if op.function] or [self]

    def plot(
        self,
        output: str | Path | None = None,
        *,
        backend: str | Iterable[str] = (),
        span: str | None = None,
        size: tuple[float, float] | None = None,
    ) -> "Figure":
        """
        Draw time per call and speedup against the size.

        Parameters
        ----------
        output : str or Path, optional
            A file to write besides, as PNG, SVG or PDF by the ending of its name.
        backend : str or iterable of str
            Only these contenders, beside the baseline.
        span : str, optional
            Only ``"call"`` or only ``"round_trip"``.
        size : (float, float), optional
            Width and height in inches; see `harness.plot`.

        Returns
        -------
        Figure
            A matplotlib figure.
        """
        from harness.figures.run_figures import plot

        names = [backend] if isinstance(backend, str) else backend
        chosen = [label_of(self.frame, name) for name in names]
        return plot(
            self.frame,
            self.op.name,
            baseline=self.baseline,
            backend=chosen,
            span=span,
            size=size,
            output=output,
        )

    def save(self, results: str | Path = "results") -> Path:
        """
        Keep it in a store, which every command then knows it from.

        Parameters
        ----------
        results : str or Path
            The results folder, or its address, such as ``s3://bucket/results``.

        Returns
        -------
        Path
            The folder of the run.

        Raises
        ------
        MeasureError
            If it cannot be written.
        RemoteError
            If its address cannot be reached.
        """
        from harness.store.merge import merge

        source = self.run.folder.parent.parent.parent
        merge([source], place_of(results))
        return place_of(results) / "runs" / self.run.machine / self.run.id

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows."""
        from harness.functions.display import bundle
        from harness.functions.surroundings import is_ipython_in_a_terminal

        del include, exclude  # IPython takes of it what it wants
        # A terminal shows no other, and to draw a figure takes a second.
        return {"text/plain": self.explain()} if is_ipython_in_a_terminal() else bundle(self)

    def sentences(self) -> Mapping[str, str]:
        """Return what there is to say of each contender as people are told its label, the fastest first."""
        tables = (relabelled(table, self.shown) for table in (self.speedups, self.crossovers))
        told = by_backend(curves(*tables, counts_elements=self.op.counts_elements))
        return {backend: answer(spans) for backends in told.values() for backend, spans in backends.items()}

    @property
    def no_contender(self) -> str:
        """What there is to say where no contender has a time."""
        baseline = self.shown.get(self.baseline, self.baseline)
        if self.contenders:
            return f"nothing has a time that could be held against {baseline}"
        return f"{baseline} alone was measured; there is nothing to hold it against"

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        told = self._lines_of_parts() if self.parts else self.lines()
        return "\n".join([*told, *(["stopped by hand; this is what there was"] if self.is_stopped else [])])

    def _lines_of_parts(self) -> list[str]:
        """Return the lines of each part below its name, and what is true of all of them once."""
        names = [str(op.function.part) for op in self.parts if op.function]
        by_part = {name: self[name].lines() for name in names}
        shared = [line for line in self.lines() if all(line in lines for lines in by_part.values())]
        told: list[str] = []
        for part, lines in by_part.items():
            told += [part, *(f"  {line}" for line in lines if line not in shared)]
        return [*told, *shared]

    def lines(self) -> list[str]:
        """Return a sentence per contender, of a gradient for the forward and backward pass alone."""
        told = [f"{backend}: {sentence}" for backend, sentence in self.sentences().items()]
        told += [f"{name}: {why}" for name, why in self.without_time().items()]
        return told or [self.no_contender]

    def without_time(self) -> dict[str, str]:
        """Return why a contender has no time at all, as people are told its label."""
        timed = set(self.frame[self.frame["seconds"].notna()]["backend"])
        untimed = self.frame[~self.frame["backend"].isin(timed)]
        return {
            self.shown[row.backend]: f"{row.status}: {row.reason}"
            for row in untimed.drop_duplicates("backend").itertuples()
        }

    def _contender(self, backend: str) -> str:
        """Return a name, which is not that of the baseline."""
        if backend == self.baseline:
            raise UsageError(f"{backend} is the baseline, which the others are held against; name another")
        return backend

    def _why(self, backend: Any, n: int, span: str) -> str:  # noqa: ANN401 - a label in a frame
        """Return why a cell has no time, or its baseline."""
        cells = self.frame[(self.frame["n"] == n) & self.frame["backend"].isin([backend, self.baseline])]
        cells = cells[cells["seconds"].isna() & cells["span"].isin([span, "call"])]
        return f"{cells.iloc[0]['status']}: {cells.iloc[0]['reason']}" if len(cells) else ""
