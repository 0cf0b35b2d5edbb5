"""The command that measures somebody's own functions, wherever it is called."""

import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import DEFAULT_MARGIN, Margin, OwnName, TextForm
from harness.errors import INTERRUPTED, HarnessError, MeasureError, UsageError
from harness.names import printable
from harness.store.address import place_of
from harness.store.files import check_address
from harness.terminal.console import err, out
from harness.terminal.formats import Format, print_frame

if TYPE_CHECKING:
    from harness.cli.stopping import Stop
    from harness.functions.contest import Contest
    from harness.functions.result import Result
    from harness.model import Op

DEFAULT_SECONDS = 60.0
"""As `harness.functions.measure` has it."""
_PROGRAM = "harness"
"""How the command line is installed."""
_LEAST_SECONDS = 0.5
"""That a measurement is given however long the program took to start."""
_NEEDED = ("functions.forms", "functions.gate", "functions.outcome")
"""What takes long to import, and is so before it is reckoned what time is left."""
_IN_A_SHELL: Mapping[str, str] = {
    r"check=False": "--check off",
    r"fresh=True": "--fresh",
    r"grad=True": "--grad",
    r"\b(on|inputs|name|check|sizes)=(?=$|[\s,;.:)])": r"--\1",
}
"""How what Python is told is called here."""


def measure(  # noqa: PLR0913 - a parameter per option
    functions: Annotated[
        list[str],
        typer.Argument(
            metavar="[KEY=]FUNCTION...",
            help="A text such as 'xp.sin(x)', FILE.py:NAME or MODULE:NAME. Without KEY it is for every "
            "backend; numpy=, torch= or jax= say for whose; any other KEY names a rival.",
            show_default=False,
        ),
    ],
    *,
    on: Annotated[
        str | None, typer.Option(help="Backends, such as numpy,torch-cpu; default all here.")
    ] = None,
    inputs: Annotated[
        str | None,
        typer.Option(help="What makes the operands: FILE.py:NAME of n and rng, or a text of these and np."),
    ] = None,
    sizes: Annotated[str | None, typer.Option(help="1k:16M, or 100,1000,64Ki; default from 16 on.")] = None,
    dtype: Annotated[str | None, typer.Option(help="Of floating-point operands; default float32.")] = None,
    seconds: Annotated[float, typer.Option(help="What all of it may take.")] = DEFAULT_SECONDS,
    check: Annotated[
        str | None,
        typer.Option(
            help="What says whether a result is right, of result and expected; off checks nothing. "
            "Default: NumPy in float64."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Copies for every call, of a function that changes its arguments.")
    ] = False,
    grad: Annotated[
        bool, typer.Option("--grad", help="The gradient: forward, backward, and both, with Torch and JAX.")
    ] = False,
    setup: Annotated[
        str, typer.Option(help="Statements that are run once, for texts.", show_default=False)
    ] = "",
    flop: Annotated[
        str | None, typer.Option(help="Operations of a call as a text of n, such as 2*n.")
    ] = None,
    moved: Annotated[
        str | None, typer.Option("--bytes", help="Bytes that a call has to move, as a text of n.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; default the function's name.")] = None,
    margin: Margin = DEFAULT_MARGIN,
    results: Annotated[
        Path | None,
        typer.Option(
            parser=place_of,
            metavar="FOLDER|ADDRESS",
            help="A results folder that keeps it, or its address such as s3://bucket/results; default none.",
            show_default=False,
        ),
    ] = None,
    machine: OwnName = None,
    form: TextForm = Format.TABLE,
    fail_on_slower: Annotated[
        float | None,
        typer.Option(
            "--fail-on-slower",
            metavar="PCT",
            min=0,
            help="Exit with 13 if anything is slower than the baseline by more than PCT, with 14 if a "
            "contender is wrong or fails, with 12 if nothing of one could be judged.",
        ),
    ] = None,
) -> None:
    """
    Measure functions of your own, from any folder; Ctrl-C ends it with what is there.

    \b
    Example:
    harness measure 'xp.sqrt(xp.sum(x * x))'
    harness measure numpy='np.linalg.norm(x)' torch='torch.linalg.norm(x)' --sizes 1k:16M
    harness measure model.py:forward --inputs model.py:make --on numpy,torch-cuda
    harness measure old=work.py:f new=work.py:g --on numpy --fail-on-slower 5 --format json
    """  # noqa: D301 - the character by which lines are kept apart
    if fail_on_slower is not None and not math.isfinite(fail_on_slower):
        raise UsageError(f"{fail_on_slower} is no share in per cent; give one such as 5")
    if results is not None:
        check_address(results)
    with options_named():
        from harness.cli.stopping import stoppable

        def asked() -> "Contest":
            from harness.functions.contest import contest

            op = op_asked(
                functions=functions,
                name=name,
                inputs=inputs,
                sizes=sizes,
                dtype=dtype,
                check=check,
                fresh=fresh,
                setup=setup,
                flop=flop,
                moved=moved,
            )
            return contest(op, on, seconds, grad=grad)

        with stoppable() as stop:
            result = _measured(asked, seconds, margin, stop, machine)
            try:
                if results is not None:
                    _keep(result, results)
            finally:
                _print(result, form)
        if result.is_stopped or stop.pressed:
            err.print("harness: stopped; this is the answer from what was measured until then")
            sys.exit(INTERRUPTED)
        if fail_on_slower is not None:
            from harness.functions.gate import refuse_slower

            err.print(f"harness: {refuse_slower(result, fail_on_slower / 100)}")


def op_asked(
    *,
    functions: list[str],
    name: str | None,
    inputs: str | None,
    sizes: str | None,
    dtype: str | None,
    check: str | None,
    fresh: bool,
    setup: str,
    flop: str | None,
    moved: str | None,
) -> "Op":
    """Return the op that a command line asks for; refuse what is not there or cannot be meant."""
    from harness.cli.spellings import check_of, maker_of, spellings_of
    from harness.spellings.contenders import op_of

    return op_of(
        spellings_of(functions),
        name=name,
        inputs=maker_of(inputs),
        sizes=sizes,
        dtype=dtype,
        check=check_of(check),
        fresh=fresh,
        setup=setup,
        work=(flop, moved),
    )


@contextmanager
def options_named() -> Iterator[None]:
    """Call options by their names here in whatever is refused."""
    try:
        yield
    except HarnessError as error:
        raise type(error)(_in_a_shell(str(error))) from error


def _measured(
    ask: Callable[[], "Contest"], seconds: float, margin: float, stop: "Stop", machine: str | None
) -> "Result":
    """Measure, and show how far it is, from before that is imported which takes long to be."""
    from harness.terminal.progress import progress

    try:
        with progress(err) as tell:
            asked = ask()
            for name in _NEEDED:
                import_module(f"harness.{name}")
            from harness.functions.outcome import measured

            left = max(seconds - since_the_start(), _LEAST_SECONDS)
            asked = replace(asked, settings=replace(asked.settings, seconds=left))
            return measured(asked, stop.listening(tell), margin, machine)
    except KeyboardInterrupt:
        err.print("harness: stopped before the first round; there is no answer")
        sys.exit(INTERRUPTED)


def _keep(result: "Result", results: Path) -> None:
    """Put a measurement into a store."""
    from harness.functions.kept import keep

    try:
        folder = keep(result, results)
    except OSError as error:
        raise MeasureError(
            f"{results} cannot keep it ({error.strerror}); give a folder that can be written to"
        ) from error
    err.print(f"kept in {folder}")


def _print(result: "Result", form: Format) -> None:
    """Print a measurement in a format."""
    from rich.text import Text

    from harness.functions import forms
    from harness.terminal.warnings import warn_of_threads

    if form is Format.TABLE:
        for part in forms.for_a_terminal(result, out.width):
            out.print(Text(_in_a_shell(part.plain), style=part.style) if isinstance(part, Text) else part)
        return
    warn_of_threads(result.run)
    if form is Format.CSV:
        print_frame(result.speedups, form)
    else:
        is_read = form is Format.MARKDOWN
        sys.stdout.write(_in_a_shell(forms.markdown(result)) if is_read else forms.as_json(result))


def _in_a_shell(text: str) -> str:
    """Return a sentence with the options by their names here."""
    for python, option in _IN_A_SHELL.items():
        text = re.sub(python, option, text)
    return printable(text)


def since_the_start() -> float:
    """Return the seconds since this program began, as far as the system tells; 0 in one that calls it."""
    if Path(getattr(sys.modules["__main__"], "__file__", None) or "").stem != _PROGRAM:
        return 0.0
    with suppress(OSError, ValueError, IndexError, AttributeError):  # not on Linux
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(time.clock_gettime(time.CLOCK_BOOTTIME) - began, 0.0)
    return 0.0
