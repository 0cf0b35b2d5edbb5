"""Tables that describe: ops, backends, ceilings, diagnoses of this machine, acceptance tests."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from harness.backends.table import backend_named
from harness.model import Ceiling, Op, Span
from harness.terminal.looks import plain_table
from harness.units import byte_rate, flop_rate, seconds, size

if TYPE_CHECKING:
    from harness.machine.doctor import Diagnosis
    from harness.validation.check import Check


def op_table(ops: Iterable[Op]) -> Table:
    """Return one line per op with what is timed of it for the span `call`."""
    spelt_for = ("numpy", "torch-cuda")
    table = plain_table("", "op", "what is timed", *spelt_for, justify="left")
    for op in ops:
        table.add_row(op.name, op.summary, *(Text(_timed(op, name)) for name in spelt_for))
    return table


def _timed(op: Op, backend: str) -> str:
    """Return what is timed, with a user's function by the name that the user knows."""
    text = backend_named(backend).statement(op, Span.CALL)
    for name, carried in (op.function.calls if op.function else {}).items():
        text = text.replace(f"{name}(", f"{carried.name or 'function'}(")
    return text


def backend_table(missing: Mapping[str, str], origins: Mapping[str, str]) -> Table:
    """Return one line per backend: why this machine lacks it, if it does, and who else it comes from."""
    table = plain_table("", "backend", "on this machine", *(["from"] if origins else []), justify="left")
    for name, reason in missing.items():
        table.add_row(Text(name), Text(reason or "yes"), *([Text(origins.get(name, ""))] if origins else []))
    return table


def ceiling_table(ceilings: Iterable[Ceiling]) -> Table:
    """Return one line per device and number of threads."""
    heads = ("device", "threads", "in cache", "in memory", "from", "matmul", "empty call", "timer")
    table = plain_table("", *heads)
    for ceiling in ceilings:
        table.add_row(
            Text(ceiling.device),
            "all" if ceiling.threads is None else str(ceiling.threads),
            byte_rate(ceiling.in_cache),
            byte_rate(ceiling.in_memory),
            f"{size(ceiling.memory_from)}B",
            Text(", ".join(f"{flop_rate(rate)} {dtype}" for dtype, rate in ceiling.matmul.items())),
            seconds(ceiling.empty_call),
            seconds(ceiling.timer),
        )
    return table


def diagnosis_table(diagnoses: "Iterable[Diagnosis]") -> Table:
    """Return one line per diagnosis, with what to do where something could spoil a measurement."""
    table = plain_table("", "", "found", "verdict", "how to mend", justify="left")
    styles = {"ok": "green", "could spoil": "red", "cannot be read": "dim"}
    for diagnosis in diagnoses:
        health = Text(diagnosis.health, style=styles[diagnosis.health])
        mend = f"{diagnosis.harm}: {diagnosis.mend}" if diagnosis.mend else ""
        table.add_row(diagnosis.name, Text(diagnosis.reading), health, Text(mend))
    return table


def acceptance_table(checks: "Iterable[Check]") -> Table:
    """Return one line per acceptance test."""
    table = plain_table("", "part", "test", "measured", "limit", "", "to be known", justify="left")
    styles = {"pass": "green", "FAIL": "red", "cannot be told": "yellow", "": ""}
    part_above = None
    for check in checks:
        table.add_row(
            check.part if check.part != part_above else "",
            check.name,
            check.figure,
            check.limit or "–",
            Text(check.outcome or "–", style=styles[check.outcome]),
            Text(check.detail, style="dim"),
        )
        part_above = check.part
    return table
