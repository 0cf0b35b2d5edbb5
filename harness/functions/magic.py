"""The line magic ``%measure``: `harness.measure` over the names of a notebook. There is no cell magic.

A cell would be timed with the definitions in it.
"""

import argparse
import ast
import io
import re
import shlex
import tokenize
from collections.abc import Mapping
from inspect import cleandoc, signature
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from harness.errors import HarnessError
from harness.functions.measure import DEFAULT_SECONDS, MARGIN, measure
from harness.names import one_line

if TYPE_CHECKING:
    from harness.functions.result import Result

HELP = """
    Measure functions of this notebook, or texts, on NumPy, Torch and what else there is.

    Examples:

        %measure norm --sizes 1k:16M
        %measure old=f new=g --on numpy
        %measure xp.sqrt(xp.sum(x * x)) --on numpy,torch-cpu --seconds 20
        %measure numpy=np.linalg.norm(x) torch=torch.linalg.norm(x)
        %measure solve --inputs make --check off --save results
        r = %measure norm

    A name of this notebook is what it stands for there; anything else is a text, which is timed as it
    stands. `harness.measure?` says more of each option.
"""
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_NAMES = re.compile(rf"{_NAME.pattern}(?:\s+{_NAME.pattern})+")
_OPTION = re.compile(r"(?:^|\s)--(?=[a-z])")
_OPTIONS = {
    name for name, option in signature(measure).parameters.items() if option.kind is option.KEYWORD_ONLY
}
_NOTHING = object()
_OPENING, _CLOSING = "([{", ")]}"


def load(shell: Any) -> None:  # noqa: ANN401 - the shell of IPython
    """Give a notebook the magic."""

    def magic(line: str) -> "Result":
        return measure_line(line, shell.user_ns)

    magic.__doc__ = _parser().format_help()
    # Braces and dollars in a line are the user's, not names for IPython to fill in.
    shell.register_magic_function(no_var_expand(magic), magic_name="measure")


def measure_line(line: str, names: Mapping[str, object]) -> "Result":
    """Measure what a line says of a notebook's names; IPython's `UsageError` says what it cannot mean."""
    text, *options = _OPTION.split(line, maxsplit=1)
    given = _parser().parse_args(_words("".join(f"--{rest}" for rest in options)))
    spellings = _spellings(" ".join([text, *given.spelling]).strip(), names)
    try:
        return measure(
            spellings.pop("", None),
            on=given.on,
            inputs=given.inputs and _value(given.inputs, names),
            sizes=given.sizes,
            dtype=given.dtype,
            seconds=given.seconds,
            check=_check(given.check, names),
            fresh=given.fresh,
            grad=given.grad,
            setup=given.setup,
            name=given.name,
            margin=given.margin,
            save=given.save,
            **spellings,
        )
    except HarnessError as error:
        raise UsageError(str(error)) from None


class _Parser(argparse.ArgumentParser):
    """One that ends no process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `%measure?` lists the options")


def _parser() -> argparse.ArgumentParser:
    """Return what reads the options."""
    parser = _Parser(
        prog="%measure",
        description=cleandoc(HELP),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    told = "a function's name, a text such as xp.sin(x), or KEY= one of these"
    parser.add_argument("spelling", nargs="*", help=told)
    parser.add_argument("--on", help="backends, such as numpy,torch-cpu; default all that there are")
    parser.add_argument("--inputs", help="a function of n and a random generator that makes the operands")
    parser.add_argument("--sizes", help="a range such as 1k:16M, or sizes such as 1000,64Ki")
    parser.add_argument("--dtype", help="of floating-point operands; default float32")
    seconds = f"what all of it may take; default {DEFAULT_SECONDS:g}"
    parser.add_argument("--seconds", type=float, default=DEFAULT_SECONDS, help=seconds)
    parser.add_argument("--check", default="reference", help="off, or a function that judges a result")
    parser.add_argument("--fresh", action="store_true", help="give every call copies of its operands")
    parser.add_argument("--grad", action="store_true", help="measure the gradient, with Torch and JAX")
    parser.add_argument("--setup", default="", help="statements that are run once and not timed, for texts")
    parser.add_argument("--name", help="what to call it")
    margin = f"relative difference that is none; default {MARGIN:g}"
    parser.add_argument("--margin", type=float, default=MARGIN, help=margin)
    parser.add_argument("--save", metavar="DIR", help="a results folder that is to keep it")
    return parser


def _words(options: str) -> list[str]:
    """Return the words of options as a shell has them, but that a list goes on where a comma ends a word."""
    words: list[str] = []
    try:
        for word in shlex.split(options):
            if words and words[-1].endswith(","):
                words[-1] += word
            else:
                words.append(word)
    except ValueError as error:
        raise UsageError(f"{one_line(options)!r} cannot be read: {error}") from None
    return words


def _spellings(text: str, names: Mapping[str, object]) -> dict[str, Any]:
    """Return what is to be measured by its key, which is empty for what has none."""
    parts = [("", 0, 0), *_keys(text)]
    ends = [start for _, start, _ in parts[1:]] + [len(text)]
    spellings: dict[str, Any] = {}
    for (key, _, begin), end in zip(parts, ends, strict=True):
        value = text[begin:end].strip()
        if key in _OPTIONS:
            raise UsageError(f"{key} is an option; write it as --{key}, behind what is measured")
        if key in spellings:
            raise UsageError(f"{key}= is given twice; give each its own name")
        if value:
            spellings[key] = _value(value, names)
        elif key:
            raise UsageError(f"{key}= has nothing behind it; give a function of this notebook, or a text")
    return spellings


def _keys(text: str) -> list[tuple[str, int, int]]:
    """Return each ``KEY=`` that is no argument of a call: its name, and where it begins and ends."""
    keys: list[tuple[str, int, int]] = []
    depth = 0
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    except (tokenize.TokenError, SyntaxError) as error:
        raise UsageError(f"{one_line(text)!r} is no Python: {error.args[0]}") from None
    for word, sign in pairwise(tokens):
        depth += (word.string in _OPENING) - (word.string in _CLOSING) if word.type == tokenize.OP else 0
        if depth == 0 and word.type == tokenize.NAME and sign.string == "=" and word.end == sign.start:
            keys.append((word.string, word.start[1], sign.end[1]))
    return keys


def _value(text: str, names: Mapping[str, object]) -> Any:  # noqa: ANN401 - whatever a notebook has
    """Return what a name stands for in the notebook, a lambda as the function that it is, or a text."""
    if _NAME.fullmatch(text):
        first, *rest = text.split(".")
        value = names.get(first, _NOTHING)
        for part in rest:
            value = getattr(value, part, _NOTHING)
        if value is _NOTHING:
            raise UsageError(f"this notebook has no {text!r}; name one of its functions, or write a text")
        return value
    if _NAMES.fullmatch(text):
        raise UsageError(f"{one_line(text)!r} is more than one function; give each a name, as in old=f new=g")
    try:
        body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return text  # what is wrong with it is said where texts are known
    if isinstance(body, ast.Constant) and isinstance(body.value, str):
        return body.value
    return eval(text, dict(names)) if isinstance(body, ast.Lambda) else text  # noqa: S307 - the user's own


def _check(text: str, names: Mapping[str, object]) -> Any:  # noqa: ANN401 - as above
    """Return how results are checked."""
    return {"off": False, "reference": True}[text] if text in ("off", "reference") else _value(text, names)
