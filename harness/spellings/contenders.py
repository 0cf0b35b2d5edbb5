"""What is handed over to be measured, as an op: a function for every backend, spellings, rivals.

A function without a name runs on every backend; one under a library's name is that library's spelling; under
any other name it is a rival.
"""

import ast
import builtins
import inspect
import keyword
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import UnknownNameError, UsageError
from harness.model import EVERY, ITEMSIZE, RIVAL, Carried, Function, Op
from harness.names import LONGEST_NAME, is_plain, one_line
from harness.spellings.carrier import carry, carry_module
from harness.spellings.sizes import sizes_of
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
_KNOWN = {*LIBRARY_NAMES, NAMESPACE, "n", *dir(builtins)}
_IN_TEXTS = ("np", "math")
"""What `harness.spellings.carrier.load` gives to the texts of makers, of counts and of checks."""
_LONGEST_KEY = 100
"""Bytes of a rival's name, which leave room for a backend's."""
_SIGNS = {"**": "^", "*": "×", "/": "÷"}
"""What stands in names for signs that no file's has."""
_SHORT = 40
"""Characters of a name made from a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A function that a command line names: how it travels, and what its file says of its parameters."""

    carried: Carried
    name: str
    parameters: tuple[str, ...]


Spelling = Callable[..., object] | str | Reference
Maker = Callable[..., object] | str | Reference | None
"""What makes operands or counts: a function, or the text of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contender:
    """One spelling: its statements, the function that they call if any, and the names of its operands."""

    text: str
    parameters: tuple[str, ...]
    function: Carried | None = None


def op_of(
    spellings: Mapping[str, Spelling],
    *,
    name: str | None = None,
    summary: str = "",
    inputs: Maker = None,
    sizes: "str | int | Iterable[int | str] | None" = None,
    dtype: str | None = None,
    check: "Callable[..., object] | Reference | str | bool" = True,
    fresh: bool = False,
    setup: str = "",
    work: "tuple[Maker, Maker] | None" = None,
) -> Op:
    """
    Return an op of what was handed over, by library, by a rival's name or for `EVERY`.

    Raises
    ------
    UsageError
        If a spelling, its parameters or an option cannot be meant.
    """
    if not spellings:
        raise UsageError("there is nothing to measure; give a function, a text such as 'xp.sin(x)', or both")
    _refuse_keys(spellings)
    if dtype is not None and dtype not in ITEMSIZE:
        raise UnknownNameError.of("dtype", dtype, ITEMSIZE)
    spellings, given = _of_their_libraries(spellings), _defined_by(setup)
    contenders = {
        key: _contender(key, value, f"_f{index}", given)
        for index, (key, value) in enumerate(spellings.items())
    }
    parameters = _parameters(contenders)
    called = name or _name(spellings)
    if not is_plain(called):
        raise UsageError(
            f"{called[:40]!r} cannot be the name of what is measured: it may have up to {LONGEST_NAME} bytes "
            'of printable characters, none of /\\:*?"<>| and no dot in front; give it another with name='
        )
    chosen, fixed = (None, False) if sizes is None else sizes_of(sizes)
    flop, moved = work or (None, None)
    return Op(
        name=called,
        summary=summary or one_line(_told(next(iter(spellings.values())))),
        spelling={key: _statement(one, parameters) for key, one in contenders.items()},
        setup={EVERY: setup} if setup else {},
        operands=parameters,
        threaded=True,
        sizes=chosen,
        function=Function(
            calls={f"_f{i}": one.function for i, one in enumerate(contenders.values()) if one.function},
            parameters=parameters,
            inputs=_carried(inputs, "n", "rng"),
            check=_check(check),
            fresh=fresh,
            flop=_carried(flop, "n"),
            moved=_carried(moved, "n"),
            fixed=fixed,
            dtype=dtype or ("" if inputs else "float32"),
            as_made=dtype is None and inputs is not None,
            torch_modules=tuple(f"_f{i}" for i, one in enumerate(spellings.values()) if is_torch_module(one)),
        ),
    )


def _of_their_libraries(spellings: Mapping[str, Spelling]) -> Mapping[str, Spelling]:
    """Return spellings with the Torch module of every backend as Torch's; refuse another library's."""
    for key, value in spellings.items():
        if is_torch_module(value) and key in {*LIBRARY_NAMES.values()} - {"torch"}:
            raise UsageError(f"{key} is a torch.nn.Module, which {key} cannot run; give it as torch=")
    if EVERY not in spellings or not is_torch_module(spellings[EVERY]):
        return spellings
    if "torch" in spellings:
        raise UsageError(
            "a torch.nn.Module is Torch's spelling already, and torch= is another; give both names of their "
            "own, as in old=, new="
        )
    return {"torch" if key == EVERY else key: value for key, value in spellings.items()}


def _refuse_keys(keys: Iterable[str]) -> None:
    """Refuse names of rivals that could not stand in front of a backend's, in a label of cells."""
    for key in keys:
        if key != EVERY and (not is_plain(key) or RIVAL in key or len(key.encode()) > _LONGEST_KEY):
            raise UsageError(
                f"{key[:_SHORT]!r} cannot be the name of a contender: it may have up to {_LONGEST_KEY} bytes "
                f"of printable characters, no {RIVAL} among them"
            )


def _contender(key: str, value: Spelling, call: str, given: Collection[str]) -> _Contender:
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
            f"{_told(value)} is a generator or a coroutine, whose call computes nothing; return its values"
        )
    if is_torch_module(value):
        return _of_call(call, carry_module(value), positional(forward_of(value)))
    return _of_call(call, carry(value), positional(value))


def _of_call(call: str, carried: Carried, parameters: tuple[str, ...]) -> _Contender:
    """Return the spelling that calls a function."""
    takes_xp = parameters[:1] == (NAMESPACE,)
    return _Contender(
        text=f"{call}({NAMESPACE}, {{}})" if takes_xp else f"{call}({{}})",
        parameters=parameters[1:] if takes_xp else parameters,
        function=carried,
    )


def _of_text(key: str, text: str, given: Collection[str]) -> _Contender:
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
    for name in read_first(tree, {*_KNOWN, *given}):
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
    free = tuple(name for name in loaded if name not in {*_KNOWN, *stored, *given})
    if not free:
        raise UsageError(
            f"{one_line(text)!r} names no operand; write a name for each, such as x, that is no library"
        )
    return _Contender(text=text, parameters=free)


def changed_operand(text: str, name: str) -> str:
    """Return what is said of a text that gives an operand another value."""
    return (
        f"{one_line(text)!r} assigns {name}, an operand, which has to be the same for every call; give what "
        f"is made of it another name, as in y = {name} + 1"
    )


def _defined_by(setup: str) -> set[str]:
    """Return the names that a setup defines; it is run before there is any operand."""
    try:
        tree = ast.parse(setup)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"the setup {one_line(setup)!r} is no Python: {error}") from error
    if unknown := [name for name in read_first(tree) if name not in {*_KNOWN, "device"}]:
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
        raise UsageError(f"{_told(function)} takes no operand; give it a parameter for each")
    return tuple(p.name for p in needed if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))


def _parameters(contenders: Mapping[str, _Contender]) -> tuple[str, ...]:
    """Return the names of the operands: those of the spelling that names most; all have to take as many."""
    told = {key: one.parameters for key, one in contenders.items() if one.parameters}
    if not told:
        return ("x",)
    texts = [one for one in contenders.values() if one.function is None]
    (first, names), *others = told.items()
    if texts:
        names = tuple(dict.fromkeys(name for one in texts for name in one.parameters))
    for key, parameters in others:
        if contenders[key].function and len(parameters) != len(names):
            raise UsageError(
                f"{_shown(first)} takes {len(names)} operands ({', '.join(names)}) and {_shown(key)} takes "
                f"{len(parameters)} ({', '.join(parameters)}); they have to take the same"
            )
    taken = {*_KNOWN, *keyword.kwlist} if not texts else set()
    return tuple(f"{name}_" if name in taken else name for name in names)


def _statement(one: _Contender, parameters: tuple[str, ...]) -> str:
    """Return the text that is timed."""
    return one.text.format(", ".join(parameters)) if one.function else one.text


def _carried(maker: Maker, *names: str) -> Carried | None:
    """Return what makes operands or counts as it travels; a text is an expression of these names."""
    if maker is None:
        return None
    if isinstance(maker, Reference):
        return maker.carried
    return carry(maker) if callable(maker) else Carried(source=_function_text(maker, *names))


def _function_text(text: str, *names: str) -> str:
    """Return the text of a function of these names, of an expression of them or of such a function itself."""
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{one_line(text)!r} is no Python expression: {error}") from error
    if isinstance(body, ast.Lambda):
        return ast.unparse(body)
    loaded, stored = names_in(body)
    unknown = [name for name in loaded if name not in {*names, *_IN_TEXTS, *stored, *dir(builtins)}]
    if unknown:
        raise UsageError(
            f"{one_line(text)!r} names {unknown[0]}, which nothing defines; it may name "
            f"{', '.join([*names, *_IN_TEXTS])}"
        )
    return f"lambda {', '.join(names)}: {ast.unparse(body)}"


def _check(check: Any) -> Carried | bool:  # noqa: ANN401 - what is neither is refused
    """Return how results are checked."""
    if isinstance(check, bool):
        return check
    if check == "reference":
        return True
    if callable(check) or isinstance(check, Reference | str):
        return _carried(check, "result", "expected") or True
    raise UsageError(
        f"check is 'reference', a function of two results, the text of one, or False, and not {check!r:.40}"
    )


def _name(spellings: Mapping[str, Spelling]) -> str:
    """Return what to call what was handed over."""
    if set(spellings) & {EVERY, *LIBRARY_NAMES.values()}:
        return _short(_told(next(iter(spellings.values()))))
    return " vs ".join(map(_short, spellings))


def _told(spelling: Spelling) -> str:
    """Return how a spelling is called, or its text."""
    if isinstance(spelling, str):
        return spelling
    if isinstance(spelling, Reference):
        return spelling.name
    name = str(getattr(spelling, "__name__", None) or type(spelling).__name__)
    return "lambda" if name == "<lambda>" else name


def _short(text: str) -> str:
    """Return a text as a short name, with signs that the name of a file can have."""
    for sign, other in _SIGNS.items():
        text = text.replace(sign, other)
    return re.sub(r"[^\w.()=+×÷^,-]+", " ", text).strip(" .")[:_SHORT].strip() or "function"


def _shown(key: str) -> str:
    """Return how a person is told of a spelling."""
    return "the function" if key == EVERY else key
