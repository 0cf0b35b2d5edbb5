"""Tables that describe: ops, backends, ceilings, what could spoil a measurement, acceptance tests."""

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from harness.backends.table import backend_named
from harness.model import Span
from harness.terminal.tables import plain_table
from harness.units import byte_rate, flop_rate, seconds, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.machine.doctor import Check
    from harness.model import Ceiling, Op
    from harness.validation.check import Check as AcceptanceTest


def ceiling_table(ceilings: "Iterable[Ceiling]") -> RenderableType:
    """
    Return one line per device and number of threads.

    Parameters
    ----------
    ceilings : iterable of Ceiling
        Of one run.

    Returns
    -------
    Rich renderable
    """
    table = plain_table(
        "", "device", "threads", "in cache", "in memory", "from", "matmul", "empty call", "timer"
    )
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


def op_table(ops: "Iterable[Op]") -> RenderableType:
    """
    Return one line per op with what is timed of it for the span `call`.

    Parameters
    ----------
    ops : iterable of Op
        In the order in which they are shown.

    Returns
    -------
    Rich renderable
    """
    table = plain_table("", "op", "what is timed", "numpy", "torch-cuda", justify="left")
    for op in ops:
        texts = (backend_named(name).statement(op, Span.CALL) for name in ("numpy", "torch-cuda"))
        table.add_row(op.name, op.summary, *map(Text, texts))
    return table


def backend_table(missing: "Mapping[str, str]") -> RenderableType:
    """
    Return one line per backend.

    Parameters
    ----------
    missing : mapping of str to str
        By backend why this machine lacks it; empty where it is there.

    Returns
    -------
    Rich renderable
    """
    table = plain_table("", "backend", "on this machine", justify="left")
    for name, reason in missing.items():
        table.add_row(name, reason or "yes")
    return table


def check_table(checks: "Iterable[Check]") -> RenderableType:
    """
    Return one line per check, with what to do where something could spoil a measurement.

    Parameters
    ----------
    checks : iterable of Check
        From `harness.machine.doctor.diagnose`.

    Returns
    -------
    Rich renderable
    """
    table = plain_table("", "", "found", "verdict", "how to mend", justify="left")
    styles = {"ok": "green", "could spoil": "red", "cannot be read": "dim"}
    for check in checks:
        mend = f"{check.harm}: {check.mend}" if check.mend else ""
        table.add_row(
            check.name, Text(check.found), Text(check.verdict, style=styles[check.verdict]), Text(mend)
        )
    return table


def acceptance_table(checks: "Iterable[AcceptanceTest]") -> RenderableType:
    """
    Return one line per acceptance test.

    Parameters
    ----------
    checks : iterable of harness.validation.check.Check
        From `harness.validation`.

    Returns
    -------
    Rich renderable
    """
    table = plain_table("", "part", "test", "measured", "limit", "", "to be known", justify="left")
    before = None
    for check in checks:
        outcome = {True: Text("pass", style="green"), False: Text("FAIL", style="red"), None: Text("–")}
        table.add_row(
            check.part if check.part != before else "",
            check.name,
            check.figure,
            check.limit or "–",
            outcome[check.passed],
            Text(check.detail, style="dim"),
        )
        before = check.part
    return table
