"""One spelling of what is measured: a function or a text as a statement, and the operands that it names."""

import ast
import builtins
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.model import EVERY, Carried
from harness.names import one_line
from harness.spellings.carrier import carry, carry_module
from harness.spellings.text_names import assigned, names_in, read_first
from harness.spellings.torch_modules import forward_of, is_torch_module

LIBRARY_NAMES: Mapping[str, str] = {
    "np": "numpy",
    "torch": "torch",
    "jnp": "jax",
    "jax": "jax",
    "cupy": "cupy",
    "cp": "cupy",
}
"""How a text names the libraries."""
NAMESPACE = "xp"
"""How a text or a function's first parameter names the array namespace of a backend."""
KNOWN = {*LIBRARY_NAMES, NAMESPACE, "n", *dir(builtins)}
"""Names that are no operand's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A function that a command line names: how it travels, and what its file says of its parameters."""

    carried: Carried
    name: str
    parameters: tuple[str, ...]


Spelling = Callable[..., object] | str | Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One spelling: its statements, the function that they call if any, and the names of its operands."""

    text: str
    parameters: tuple[str, ...]
    function: Carried | None = None


def contender(key: str, value: Spelling, call: str, given: Collection[str]) -> Contender:
    """Return one spelling, whose function is to be called by that name."""
    if isinstance(value, str):
        return _of_text(key, value, given)
    if isinstance(value, Reference):
        return _of_call(call, value.carried, value.parameters)
    if not callable(value):
        raise UsageError(
            f"{key} is a {type(value).__name__}, which cannot be called; give a function, or its text"
            if key != EVERY
            else f"a {type(value).__name__} cannot be called; give a function, or a text such as 'xp.sin(x)'"
        )
    promises = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    if any(promises_only(value) for promises_only in promises):
        raise UsageError(
            f"{told(value)} is a generator or a coroutine, whose call computes nothing; return its values"
        )
    if is_torch_module(value):
        return _of_call(call, carry_module(value), positional(forward_of(value)))
    return _of_call(call, carry(value), positional(value))


def _of_call(call: str, carried: Carried, parameters: tuple[str, ...]) -> Contender:
    """Return the spelling that calls a function."""
    takes_xp = parameters[:1] == (NAMESPACE,)
    return Contender(
        text=f"{call}({NAMESPACE}, {{}})" if takes_xp else f"{call}({{}})",
        parameters=parameters[1:] if takes_xp else parameters,
        function=carried,
    )


def _of_text(key: str, text: str, given: Collection[str]) -> Contender:
    """Return the spelling of a text, whose last line is the expression of the result."""
    text = inspect.cleandoc(text)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{one_line(text)!r} is no Python: {error}") from error
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise UsageError(f"{one_line(text)!r} has no result; its last line has to be an expression")
    # The result alone on the last line, as the timed loop has it.
    result = ast.unparse(tree.body[-1])
    text = "\n".join([*map(ast.unparse, tree.body[:-1]), result])
    loaded, stored = names_in(tree)
    for name in read_first(tree, {*KNOWN, *given}):
        if name in stored & assigned(text):
            raise UsageError(changed_operand(text, name))
    libraries = {LIBRARY_NAMES[name] for name in loaded if name in LIBRARY_NAMES}
    if key == EVERY and libraries and NAMESPACE not in loaded:
        written = next(name for name in loaded if name in LIBRARY_NAMES)
        (library, *_) = libraries
        raise UsageError(
            f"{one_line(text)!r} is {library}'s own spelling; write {NAMESPACE} for {written} to run it on "
            f"every backend, or say whose it is: {library}={one_line(text)!r}"
        )
    free = tuple(name for name in loaded if name not in {*KNOWN, *stored, *given})
    if not free:
        raise UsageError(
            f"{one_line(text)!r} names no operand; write a name for each, such as x, that is no library"
        )
    return Contender(text=text, parameters=free)


def changed_operand(text: str, name: str) -> str:
    """Return what is said of a text that gives an operand another value."""
    return (
        f"{one_line(text)!r} assigns {name}, an operand, which has to be the same for every call; give what "
        f"is made of it another name, as in y = {name} + 1"
    )


def defined_by(setup: str) -> set[str]:
    """Return the names that a setup defines; it is run before there is any operand."""
    try:
        tree = ast.parse(setup)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"the setup {one_line(setup)!r} is no Python: {error}") from error
    if unknown := [name for name in read_first(tree) if name not in {*KNOWN, "device"}]:
        raise UsageError(
            f"the setup {one_line(setup)!r} reads {unknown[0]}, which nothing defines; what is made of "
            "operands is part of the call, or is an operand itself that inputs= makes"
        )
    return assigned(setup)


def positional(function: Callable[..., object]) -> tuple[str, ...]:
    """Return the names of the parameters that have no default, none where they are not told."""
    if isinstance(nin := getattr(function, "nin", None), int):  # a function of NumPy's for every element
        return tuple(f"x{index}" for index in range(nin)) if nin > 1 else ("x",)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # such as many functions written in C
        return ()
    needed = [p for p in parameters if p.default is p.empty]
    keywords = [p.name for p in needed if p.kind is p.KEYWORD_ONLY]
    if keywords:
        raise UsageError(
            f"{keywords[0]} has to be given by its name, and operands are given by position; wrap the "
            "function in one that does so"
        )
    if not any(p.kind is not p.KEYWORD_ONLY and p.kind is not p.VAR_KEYWORD for p in parameters):
        raise UsageError(f"{told(function)} takes no operand; give it a parameter for each")
    return tuple(p.name for p in needed if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))


def told(spelling: Spelling) -> str:
    """Return how a spelling is called, or its text."""
    if isinstance(spelling, str):
        return spelling
    if isinstance(spelling, Reference):
        return spelling.name
    name = str(getattr(spelling, "__name__", None) or type(spelling).__name__)
    return "lambda" if name == "<lambda>" else name
