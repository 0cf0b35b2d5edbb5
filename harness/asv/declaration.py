"""How an op is declared in a benchmark file: a def under `sweep`, read as an `Op` and made into a benchmark.

It must not import NumPy, Torch or asv: asv forks its cells from a process that has imported this.
"""

import dis
import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from types import FunctionType
from typing import Any, TypedDict, Unpack, overload

from harness.asv.benchmark import SweepBenchmark, benchmark_of_body, benchmark_of_texts
from harness.errors import UsageError
from harness.model import EVERY, Count, Library, Op, Place
from harness.spellings.contenders import op_of
from harness.spellings.sizes import sizes_of
from harness.spellings.spelling import NAMESPACE, changed_operand, positional
from harness.spellings.text_names import assigned

Declare = Callable[[Callable[..., Any]], type[SweepBenchmark]]
"""What makes a def into a benchmark."""


class Texts(TypedDict, total=False):
    """What is timed, by library, where it is not the body of the def."""

    numpy: str
    torch: str
    jax: str
    spelling: Mapping[str, str]


class Facts(Texts, total=False):
    """What is said of an op whose texts are given: the fields of `Op`, by their own names."""

    setup: Mapping[Library, str]
    square: bool
    source: Place
    target: Place
    moved: Count | None
    flop: Count | None
    zero_copy: tuple[str, ...]
    requires_grad: bool
    detach: bool
    threaded: bool
    tolerance: float
    max_size: int
    notes: Mapping[str, str]


class Options(TypedDict, total=False):
    """What is said of a def whose body is what is timed."""

    sizes: str | int | Iterable[int | str]
    inputs: Callable[..., object] | str
    dtype: str
    check: Callable[..., object] | bool
    fresh: bool
    work: tuple[Callable[[int], float] | str | None, Callable[[int], float] | str | None]


_LIBRARIES = Texts.__annotations__.keys() - {"spelling"}


@overload
def sweep(function: Callable[..., Any], /) -> type[SweepBenchmark]: ...
@overload
def sweep(**said: Unpack[Facts]) -> Declare: ...
@overload
def sweep(**said: Unpack[Options]) -> Declare: ...
def sweep(function: Callable[..., Any] | None = None, /, **said: Any) -> type[SweepBenchmark] | Declare:
    """
    Declare an op by a def, and return its asv benchmark, which bears the name of the def.

    A def without a body is declared by texts: its name is the op's, its parameters are the operands, and its
    docstring says what it computes. A def with a body is what is timed itself.

    Parameters
    ----------
    numpy, torch, jax : str
        Statements over the operands, ``n``, and the library as ``np``, ``torch`` or ``jnp`` (and ``jax``), as
        a user would type them. The last line is the expression whose value is the result. That of NumPy is
        the definition; it has to be there.
    spelling : mapping of str to str
        The same for libraries of other backends, by library.
    setup, square, source, target, moved, flop, tolerance, max_size, notes
        What else is known of an op that is declared by texts, as in `harness.model.Op`.
    zero_copy, requires_grad, detach, threaded
        The same.
    sizes, inputs, dtype, check, fresh, work
        How a def with a body is measured, as in `harness.measure`. If its first parameter is ``xp``, it is
        given the array namespace of each backend.

    Returns
    -------
    type
        The benchmark, whose ``op`` is what was declared.

    Raises
    ------
    UsageError
        If the def and what is said of it do not make one op.

    Examples
    --------
    >>> from harness.asv import sweep
    >>> from harness.model import Count
    >>> @sweep(numpy="np.exp(x)", torch="torch.exp(x)", moved=Count(2), tolerance=4.0)
    ... def exp(x):
    ...     '''Exponential of n elements.'''
    >>> exp.op.operands
    ('x',)
    """
    if function is not None:
        return _declared(function, said)
    return lambda function: _declared(function, said)


def _declared(function: Callable[..., Any], said: Mapping[str, Any]) -> type[SweepBenchmark]:
    """Return the benchmark of a def."""
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>":
        raise UsageError(f"@sweep stands above a def, whose name is the op's; {function!r} is none")
    name = function.__name__
    _refuse_unknown(name, said)
    about_texts = [word for word in said if word in Facts.__annotations__]
    if not _is_empty(function):
        if about_texts:
            raise UsageError(
                f"{name} has a body, which is what is timed, and {about_texts[0]}=, which goes with none; "
                "take one of the two away"
            )
        return _of_body(function, said)
    if not about_texts:
        raise UsageError(
            f"{name} has neither a body nor a text; write what is to be timed into its body, or say it as in "
            '@sweep(numpy="np.abs(x)", torch="torch.abs(x)")'
        )
    about_body = [word for word in said if word in Options.__annotations__]
    if about_body:
        raise UsageError(
            f"{about_body[0]}= goes with a def that has a body, and {name} is declared by texts; leave it out"
        )
    return benchmark_of_texts(_op_of_texts(function, said), function)


def _refuse_unknown(name: str, said: Mapping[str, Any]) -> None:
    """Refuse what `sweep` cannot be told."""
    known = [*Facts.__annotations__, *Options.__annotations__]
    for word in said:
        if word not in known:
            near = get_close_matches(word, known, 1)
            meant = f"did you mean {near[0]}=?" if near else f"there are: {', '.join(known)}"
            raise UsageError(f"{name} is declared with {word}=, which @sweep does not know; {meant}")


def _op_of_texts(function: FunctionType, facts: Mapping[str, Any]) -> Op:
    """Return the op that a def without a body names."""
    name = function.__name__
    texts = {word: text for word, text in facts.items() if word in _LIBRARIES}
    spelling = {**texts, **facts.get("spelling", {})}
    if "numpy" not in spelling:
        raise UsageError(f"{name} has no text for NumPy, by which the others are checked; add numpy=")
    if not function.__doc__:
        raise UsageError(f"{name} has no docstring; say in a line what it computes")
    operands = _operands(function)
    for text in spelling.values():
        if changed := assigned(text) & set(operands):
            raise UsageError(f"{name}: {changed_operand(text, min(changed))}")
    others = {word: fact for word, fact in facts.items() if word not in Texts.__annotations__}
    return Op(name=name, summary=_summary(function), spelling=spelling, operands=operands, **others)


def _of_body(function: FunctionType, options: Mapping[str, Any]) -> type[SweepBenchmark]:
    """Return the benchmark of a def that is the op itself, on every backend."""
    if set(positional(function)) <= {NAMESPACE}:
        raise UsageError(f"{function.__name__} has no operand; name one in its parentheses, such as x")
    sizes = sizes_of(options["sizes"])[0] if "sizes" in options else None

    def op() -> Op:
        return op_of({EVERY: function}, name=function.__name__, summary=_summary(function), **options)

    return benchmark_of_body(op, sizes, function)


def _summary(function: FunctionType) -> str:
    """Return the first paragraph of a docstring as a line without a full stop."""
    paragraph = (inspect.getdoc(function) or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).removesuffix(".")


def _operands(function: FunctionType) -> tuple[str, ...]:
    """Return the parameters of a def, each of which is an operand."""
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.default is not parameter.empty:
            raise UsageError(
                f"{function.__name__} has the parameter {parameter}; "
                "an operand is a plain name, without a default, star or slash"
            )
        if parameter.name == "n":
            raise UsageError(f"{function.__name__} has an operand n, which is the size; give it another name")
    if not parameters:
        raise UsageError(f"{function.__name__} has no operand; name one in its parentheses, such as x")
    return tuple(parameter.name for parameter in parameters)


def _is_empty(function: FunctionType) -> bool:
    """Whether a def does nothing but return None: it has a docstring, ``pass`` or ``...``."""
    return _instructions(function) == _instructions(_nothing)


def _instructions(function: Callable[..., Any]) -> list[tuple[str, object]]:
    """Return what a function does, without the places of its constants."""
    return [(step.opname, step.argval) for step in dis.get_instructions(function)]


def _nothing() -> None:
    pass
