"""What the blocks of very many rounds come to: seconds and marks of a round, and of each of its passes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.medians import medians_of
from harness.store.cell_table import Rounds, rounds_of
from harness.store.lists import list_array, list_lengths
from harness.store.schema import SCHEMA, extended
from harness.timing.noise import FEWEST_CLEAN, NOISY_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFigures:
    """The figures of many rounds, and of their passes one after another."""

    seconds: Floats
    """`harness.timing.noise.round_median` of each round."""
    blocks: Ints
    """How many samples it has."""
    marked: Ints
    """How many of them are disturbed."""
    passes: Ints
    """How many passes it has; one that knows of none is one pass."""
    pass_seconds: Floats
    """The median of the samples of each pass, NaN where a round lacks it."""
    pass_marked: Marks
    """Whether at least `NOISY_SHARE` of them are disturbed."""


def figures_of(rounds: Rounds) -> RoundFigures:
    """Work out the figures of rounds from their blocks."""
    samples, disturbed, counts = rounds.samples()
    of_round = np.repeat(np.arange(len(counts)), counts)
    marked = np.bincount(of_round, disturbed, len(counts)).astype(np.int64)
    seconds = _round_medians(samples, disturbed, counts, marked)
    number, told = rounds.passes()
    tells, whole = told > 0, np.flatnonzero(told == 0)
    if len(whole):
        in_pass = np.repeat(tells, counts)
        samples, disturbed = samples[in_pass], disturbed[in_pass]
    round_ = np.repeat(np.arange(len(told)), told)
    begins = np.flatnonzero((np.diff(round_, prepend=-1) != 0) | (np.diff(number, prepend=-1) != 0))
    lengths = np.diff(begins, append=len(number))
    marks = np.add.reduceat(disturbed, begins, dtype=np.int64) if len(begins) else begins
    passes = np.ones_like(told)
    np.maximum.at(passes, round_[begins], number[begins] + 1)
    first = np.cumsum(passes) - passes
    pass_seconds, pass_marked = np.full(int(passes.sum()), np.nan), np.zeros(int(passes.sum()), np.bool_)
    place = first[round_[begins]] + number[begins]
    pass_seconds[place], pass_marked[place] = medians_of(samples, lengths), marks >= NOISY_SHARE * lengths
    pass_seconds[first[whole]] = seconds[whole]
    pass_marked[first[whole]] = marked[whole] >= NOISY_SHARE * counts[whole]
    return RoundFigures(
        seconds=seconds,
        blocks=counts,
        marked=marked,
        passes=passes,
        pass_seconds=pass_seconds,
        pass_marked=pass_marked,
    )


def stored_figures(rounds: Rounds) -> RoundFigures:
    """Return the figures that are stored of rounds."""
    seconds, marked = (rounds.fields.field(name) for name in ("pass_seconds", "pass_marked"))
    return RoundFigures(
        seconds=rounds.numbers("seconds"),
        blocks=_whole(rounds, "blocks"),
        marked=_whole(rounds, "marked"),
        passes=list_lengths(seconds),
        pass_seconds=seconds.flatten().to_numpy(zero_copy_only=False),
        pass_marked=marked.flatten().to_numpy(zero_copy_only=False),
    )


def with_figures(table: pa.Table, schema: pa.Schema = SCHEMA) -> pa.Table:
    """Return a table with the figures of its rounds' blocks, too; `schema` may leave out the blocks."""
    there = table["rounds"].combine_chunks().flatten().is_valid().to_numpy(zero_copy_only=False)
    of_row = pa.array(np.cumsum(there) - 1, mask=~there)
    figures = figures_of(rounds_of(table))
    columns: dict[str, Any] = {
        "seconds": pa.array(figures.seconds),
        "blocks": pa.array(figures.blocks),
        "marked": pa.array(figures.marked),
        "pass_seconds": list_array(figures.pass_seconds, figures.passes),
        "pass_marked": list_array(figures.pass_marked, figures.passes),
    }
    return extended(table, {name: column.take(of_row) for name, column in columns.items()}, schema)


def _round_medians(samples: Floats, disturbed: Marks, counts: Ints, bad: Ints) -> Floats:
    """Return `harness.timing.noise.round_median` of rounds, given how many samples of each are disturbed."""
    cleaned = (bad > 0) & (counts - bad >= FEWEST_CLEAN)
    if cleaned.any():
        samples = samples[~(disturbed & np.repeat(cleaned, counts))]
    return medians_of(samples, np.where(cleaned, counts - bad, counts))


def _whole(rounds: Rounds, name: str) -> Ints:
    """Return a field of one whole number that every round has."""
    return np.asarray(rounds.fields.field(name).to_numpy(zero_copy_only=False), dtype=np.int64)
