"""What is handed over to be measured, as an op: a function for every backend, spellings, rivals.

A function without a name runs on every backend; one under a library's name is that library's spelling; under
any other name it is a rival.
"""

import keyword
import re
from collections.abc import Callable, Iterable, Mapping

from harness.errors import UnknownNameError, UsageError
from harness.model import EVERY, ITEMSIZE, RIVAL, Function, Op
from harness.names import LONGEST_NAME, is_plain, one_line
from harness.spellings.makers import Maker, carried, check_of
from harness.spellings.sizes import sizes_of
from harness.spellings.spelling import (
    KNOWN,
    LIBRARY_NAMES,
    Contender,
    Reference,
    Spelling,
    contender,
    defined_by,
    told,
)
from harness.spellings.torch_modules import is_torch_module

_LONGEST_KEY = 100
"""Bytes of a rival's name, which leave room for a backend's."""
_SIGNS = {"**": "^", "*": "×", "/": "÷"}
"""What stands in names for signs that no file's has."""
_SHORT = 40
"""Characters of a name made from a text."""


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
    spellings, given = _of_their_libraries(spellings), defined_by(setup)
    contenders = {
        key: contender(key, value, f"_f{index}", given)
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
        summary=summary or one_line(told(next(iter(spellings.values())))),
        spelling={key: _statement(one, parameters) for key, one in contenders.items()},
        setup={EVERY: setup} if setup else {},
        operands=parameters,
        threaded=True,
        sizes=chosen,
        function=Function(
            calls={f"_f{i}": one.function for i, one in enumerate(contenders.values()) if one.function},
            parameters=parameters,
            inputs=carried(inputs, "n", "rng"),
            check=check_of(check),
            fresh=fresh,
            flop=carried(flop, "n"),
            moved=carried(moved, "n"),
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


def _parameters(contenders: Mapping[str, Contender]) -> tuple[str, ...]:
    """Return the names of the operands: those of the spelling that names most; all have to take as many."""
    named = {key: one.parameters for key, one in contenders.items() if one.parameters}
    if not named:
        return ("x",)
    texts = [one for one in contenders.values() if one.function is None]
    (first, names), *others = named.items()
    if texts:
        names = tuple(dict.fromkeys(name for one in texts for name in one.parameters))
    for key, parameters in others:
        if contenders[key].function and len(parameters) != len(names):
            raise UsageError(
                f"{_shown(first)} takes {len(names)} operands ({', '.join(names)}) and {_shown(key)} takes "
                f"{len(parameters)} ({', '.join(parameters)}); they have to take the same"
            )
    taken = {*KNOWN, *keyword.kwlist} if not texts else set()
    return tuple(f"{name}_" if name in taken else name for name in names)


def _statement(one: Contender, parameters: tuple[str, ...]) -> str:
    """Return the text that is timed."""
    return one.text.format(", ".join(parameters)) if one.function else one.text


def _name(spellings: Mapping[str, Spelling]) -> str:
    """Return what to call what was handed over."""
    if set(spellings) & {EVERY, *LIBRARY_NAMES.values()}:
        return _short(told(next(iter(spellings.values()))))
    return " vs ".join(map(_short, spellings))


def _short(text: str) -> str:
    """Return a text as a short name, with signs that the name of a file can have."""
    for sign, other in _SIGNS.items():
        text = text.replace(sign, other)
    return re.sub(r"[^\w.()=+×÷^,-]+", " ", text).strip(" .")[:_SHORT].strip() or "function"


def _shown(key: str) -> str:
    """Return how a person is told of a spelling."""
    return "the function" if key == EVERY else key
