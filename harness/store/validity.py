"""What a cell can be: each rule stands here once, held against very many cells at a time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.model import MOST_ROUNDS, Span, Status
from harness.names import is_label, is_line, is_plain
from harness.statistics.arrays import Floats, Ints, Marks
from harness.store.cell_table import (
    Rounds,
    Texts,
    carry_time,
    rounds_of,
    texts_of,
)
from harness.store.lists import list_lengths, reduce_lists
from harness.store.round_figures import RoundFigures, figures_of, stored_figures
from harness.store.schema import BLOCKS, FIGURES

_TEXTS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "op": (is_plain, "no name"),
    "backend": (is_label, "no name"),
    "dtype": (is_plain, "no name"),
    "span": (frozenset(Span).__contains__, "no span"),
    "status": (frozenset(Status).__contains__, "no status"),
    "reason": (is_line, "no short line of printable text"),
}
"""By column, which texts there can be, and what any other is."""
_MEASURED = ("number", "floor", "faults_per_call", "steady", "throttled")
"""Fields that every round has; ``cores``, ``first`` and ``enqueue`` may be missing from one."""
MOST_PASSES = 100_000
"""Passes of a cell, its rounds times the most of one of them: a small file could unpack to a huge table."""
_NOT_BELOW_0 = {
    "floor": "a floor of {} s",
    "faults_per_call": "{} page faults per call",
    "first": "a first call of {} s",
    "enqueue": "an enqueue time of {} s",
}
"""Fields of a round that are finite and not below 0, where they are stored."""
_Rule = tuple[Marks, Callable[[int], str]]
"""Which cells or rounds are at fault, and what is said of one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row that is no cell that can have been measured, and why."""

    row: int
    sentence: str


def find_fault(table: pa.Table, file: Ints, ops: Sequence[Collection[str]]) -> Fault | None:
    """Find the first fault in a table of files, given which each row is from, and the ops that each holds."""
    rounds = rounds_of(table)
    of_rounds = [_round_rules(rounds)]
    of_rounds += [_block_rules(rounds), _pass_rules(rounds)] if rounds.has("samples") else []
    of_rounds += [_figure_rules(rounds)] if rounds.has("seconds") else []
    of_rounds += [_figures_of_blocks(rounds)] if rounds.has("samples") and rounds.has("seconds") else []
    cells = _cell_rules(table, rounds, file, ops), np.arange(len(table))
    for rules, row in (cells, *((rules, rounds.cell) for rules in of_rounds)):
        for at_fault, sentence in rules:
            if at_fault.any():
                place = int(at_fault.argmax())
                return Fault(row=int(row[place]), sentence=sentence(place))
    return None


def _cell_rules(
    table: pa.Table, rounds: Rounds, file: Ints, ops: Sequence[Collection[str]]
) -> Iterator[_Rule]:
    """Yield what no cell may be; each rule relies on those before it."""
    yield from (_no_value("row", name, table[name]) for name in table.column_names)
    text = {name: texts_of(table[name]) for name in _TEXTS}
    yield from (_no_such_text(name, text[name]) for name in _TEXTS)
    op, backend, status = (text[name] for name in ("op", "backend", "status"))
    n, max_error, tolerance = (table[name].to_numpy() for name in ("n", "max_error", "tolerance"))
    yield n < 1, lambda i: f"a row has n = {n[i]}"
    held = np.array([[name in told for name in op.different] for told in ops], dtype=np.bool_)
    yield ~held[file, op.codes], lambda i: f"a row is of the op {op.at(i)!r}"
    case = n, op.codes, text["span"].codes, text["dtype"].codes, backend.codes, file
    yield _repeat(case), lambda i: f"{backend.at(i)} at n = {n[i]} is there twice"
    count = rounds.per_cell
    yield count > MOST_ROUNDS, lambda i: f"a cell has {count[i]} rounds, and no run more than {MOST_ROUNDS}"
    timed = carry_time(table)
    no_round = np.bincount(rounds.cell, minlength=len(table)) == 0
    yield timed & no_round, lambda i: f"a cell is {status.at(i)} and has no round"
    yield (
        (max_error < 0) | (timed & (max_error > tolerance)),
        lambda i: f"a cell is {status.at(i)} with error {max_error[i]}, accepted {tolerance[i]}",
    )


def _round_rules(rounds: Rounds) -> Iterator[_Rule]:
    """Yield what no round may be, whatever its blocks."""
    yield from (_no_value("round", name, rounds.fields.field(name)) for name in _MEASURED)
    number, cores = rounds.numbers("number"), rounds.numbers("cores")
    yield number < 1, lambda i: f"a round has {number[i]:.0f} calls in a block"
    yield from (_no_such_figure(name, rounds) for name in _NOT_BELOW_0)
    yield (cores < 0) | (cores == np.inf), lambda i: f"a round used {cores[i]} cores"


def _block_rules(rounds: Rounds) -> Iterator[_Rule]:
    """Yield what the blocks of no round may be; each rule relies on those before it."""
    fields = rounds.fields
    yield from (_no_value("round", name, fields.field(name)) for name in BLOCKS)
    states, marks = fields.field("states"), fields.field("disturbed")
    state = states.flatten()
    yield _with_any(states, state.is_null()), lambda _: "a round has a state that is none"
    for name in ("sample", "reasons"):
        at_fault, sentence = _no_value("state of a device", name, state.field(name))
        yield _with_any(states, pa.array(at_fault)), sentence
    counts, marked = list_lengths(fields.field("samples")), list_lengths(marks)
    uneven = (counts < 1) | (counts != marked)
    yield uneven, lambda i: f"a round has {counts[i]} samples and {marked[i]} marks"
    unknown = _with_any(marks, marks.flatten().is_null())
    yield unknown, lambda _: "a round has a mark that is neither true nor false"
    samples, disturbed, _ = rounds.samples()
    yield _more_throttled(rounds, reduce_lists(np.add, disturbed, counts))
    # The least and the most of samples of which one is NaN are NaN too, and that is in no range.
    for extreme in (np.minimum, np.maximum):
        yield _no_such_sample(reduce_lists(extreme, samples, counts), rounds.numbers("floor"))


def _pass_rules(rounds: Rounds) -> Iterator[_Rule]:
    """Yield what the passes of no round may be; each rule relies on those before it."""
    lists = rounds.fields.field("passes")
    counts, told = list_lengths(rounds.fields.field("samples")), list_lengths(lists)
    yield (told > 0) & (told != counts), lambda i: f"a round has {counts[i]} samples and {told[i]} passes"
    unknown = _with_any(lists, lists.flatten().is_null())
    yield unknown, lambda _: "a round has a sample of an unknown pass"
    number, _ = rounds.passes()
    round_ = np.repeat(np.arange(len(told)), told)
    back = np.flatnonzero((number[1:] < number[:-1]) & (round_[1:] == round_[:-1]))
    turned = np.isin(np.arange(len(told)), round_[back])
    yield turned, lambda _: "a round has a sample of an earlier pass than the one before it"
    # No round goes back, so the ends of a list are its least and its most.
    last = np.zeros(len(told), dtype=np.int64)
    last[told > 0] = number[np.cumsum(told)[told > 0] - 1]
    first = np.zeros_like(last)
    first[told > 0] = number[(np.cumsum(told) - told)[told > 0]]
    yield first < 0, lambda i: f"a round has a pass {first[i]}"
    yield _too_many_passes(rounds, last)


def _figure_rules(rounds: Rounds) -> Iterator[_Rule]:
    """Yield what the figures of no round may be; each rule relies on those before it."""
    yield from (_no_value("round", name, rounds.fields.field(name)) for name in FIGURES)
    lists = rounds.fields.field("pass_seconds"), rounds.fields.field("pass_marked")
    for one in lists:
        yield _with_any(one, one.flatten().is_null()), lambda _: "a round has a pass without figures"
    told, floors, marks = stored_figures(rounds), rounds.numbers("floor"), list_lengths(lists[1])
    yield (
        (told.blocks < 1) | (told.marked < 0) | (told.marked > told.blocks),
        lambda i: f"a round has {told.marked[i]} disturbed blocks of {told.blocks[i]}",
    )
    yield _more_throttled(rounds, told.marked)
    yield (
        ~(told.seconds >= -floors),
        lambda i: f"a round took {told.seconds[i]} s per call, with a floor of {floors[i]} s",
    )
    yield (
        (told.passes < 1) | (told.passes != marks),
        lambda i: f"a round has {told.passes[i]} passes and {marks[i]} marks of passes",
    )
    yield _too_many_passes(rounds, told.passes - 1)
    short = np.zeros(len(floors), dtype=np.bool_)
    if np.fmin.reduce(told.pass_seconds, initial=0.0) < 0:  # one that is not there is NaN
        short[np.repeat(np.arange(len(floors)), told.passes)[_below(told, floors)]] = True
    yield short, lambda _: "a round has a pass that took less than the floor allows"


def _below(told: RoundFigures, floors: Floats) -> Marks:
    """Return which passes took less than the floor of their round allows."""
    below: Marks = told.pass_seconds < -np.repeat(floors, told.passes)
    return below


def _figures_of_blocks(rounds: Rounds) -> Iterator[_Rule]:
    """Yield where the figures of a round are others than those of its blocks."""
    told, found = stored_figures(rounds), figures_of(rounds)
    differ = (told.blocks != found.blocks) | (told.marked != found.marked) | (told.passes != found.passes)
    differ |= _unlike(told.seconds, found.seconds)
    if not differ.any():
        of_pass = _unlike(told.pass_seconds, found.pass_seconds) | (told.pass_marked != found.pass_marked)
        differ[np.repeat(np.arange(len(differ)), told.passes)[of_pass]] = True
    yield differ, lambda _: "the figures of a round are not those of its blocks"


def _unlike(a: Floats, b: Floats) -> Marks:
    """Return where figures differ; NaN is as NaN."""
    unlike: Marks = (a != b) & ~(np.isnan(a) & np.isnan(b))
    return unlike


def _more_throttled(rounds: Rounds, marked: Ints) -> _Rule:
    """Return the rule against more throttled blocks than disturbed ones."""
    throttled = rounds.numbers("throttled")
    return (
        (throttled < 0) | (throttled > marked),
        lambda i: f"a round has {throttled[i]:.0f} throttled blocks and {marked[i]} disturbed ones",
    )


def _too_many_passes(rounds: Rounds, last: Ints) -> _Rule:
    """Return the rule against more passes than a cell has, given the last of each round."""
    return (
        last >= MOST_PASSES // rounds.per_cell[rounds.cell],
        lambda i: f"a round has a pass {last[i]}, and no cell more than {MOST_PASSES} in all its rounds",
    )


def _no_value(owner: str, name: str, column: Any) -> _Rule:  # noqa: ANN401 - pyarrow ships no types
    """Return the rule against nulls in a column."""
    is_null = np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)
    return is_null, lambda _: f"a {owner} has no {name}"


def _no_such_text(name: str, column: Texts) -> _Rule:
    """Return the rule against texts that a column cannot have."""
    can_be, otherwise = _TEXTS[name]
    return ~column.mark(can_be), lambda i: f"a row has the {name} {column.at(i)!r:.40}, which is {otherwise}"


def _no_such_figure(name: str, rounds: Rounds) -> _Rule:
    """Return the rule against figures that a field of rounds cannot have."""
    figures, is_stored = rounds.numbers(name), np.asarray(rounds.fields.field(name).is_valid())
    return (
        is_stored & ~((figures >= 0) & (figures < np.inf)),
        lambda i: f"a round has {_NOT_BELOW_0[name].format(figures[i])}",
    )


def _no_such_sample(samples: Floats, floors: Floats) -> _Rule:
    """Return the rule against times that no clock says: the floor was taken off, and none is below 0."""
    return (
        ~((samples >= -floors) & (samples < np.inf)),
        lambda i: f"a sample is {samples[i]} s per call, with a floor of {floors[i]} s",
    )


def _with_any(lists: Any, marks: Any) -> Marks:  # noqa: ANN401 - as above
    """Return which lists have a value that is marked."""
    is_marked = np.zeros(len(lists), dtype=np.bool_)
    if not pc.any(marks).as_py():
        return is_marked
    is_marked[pc.list_parent_indices(lists).filter(marks).to_numpy()] = True
    return is_marked


def _repeat(keys: Sequence[Ints]) -> Marks:
    """Return which rows have all keys in common with an earlier one."""
    order = np.lexsort(keys)
    is_repeat = np.all([np.diff(key[order]) == 0 for key in keys], axis=0)
    marks = np.zeros(len(order), dtype=np.bool_)
    marks[order[1:][is_repeat]] = True
    return marks
