"""How libraries take the gradient of a user's function: what is timed, and what is there before the clock.

It is that of the result's sum, weighed by figures of either sign: by ones alone that of a softmax is 0.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.model import Library, Op, Part
from harness.ops.statement import evaluate
from harness.timing.loop import UnmeasurableError

if TYPE_CHECKING:
    from harness.ops.dtypes import Array

DIFFERENTIATING: tuple[Library, ...] = ("torch", "jax")
"""The libraries that take gradients."""
NONE = "it has no gradient: nothing that is differentiated leads from its operands to its result"
IN_PLACE = "it changes an operand in place, of which no gradient is taken: write the result to a new array"
_TEXTS: Mapping[tuple[Library, Part], str] = {
    ("torch", Part.FORWARD): "{0}",
    ("torch", Part.BACKWARD): (
        "torch.autograd.grad(_graph, _by, _seed, retain_graph=True, allow_unused=True)"
    ),
    ("torch", Part.BOTH): "torch.autograd.grad({0}, _by, _seed, allow_unused=True)",
    # Compiled, as its users write it: without, JAX traces the function anew for every gradient.
    ("jax", Part.FORWARD): "_value, _pull = _linearized(_by, _rest)\n_value{0}",
    ("jax", Part.BACKWARD): "_pulled(_graph, _seed)",
    ("jax", Part.BOTH): "_value, _gradient = _differentiated(_by, _rest, _seed)\n_gradient",
}
_DISTINCT = 2**20
"""Figures of a seed after which they repeat."""


def part_text(op: Op, backend: str, library: Library) -> str:
    """Return the text of an op on a backend; of a part of a gradient what its library writes for it."""
    spelled = op.spelled(backend, library) or ""
    if op.function is None or op.function.part is None or library not in DIFFERENTIATING:
        return spelled
    text, paths = _TEXTS[library, op.function.part], _paths(op, backend)
    if library == "jax":
        return text.format("[0]" if paths == ("",) else "")
    if op.function.part is not Part.BOTH:
        return text.format(spelled)
    *body, result = spelled.splitlines()
    if paths != ("",):
        body.append(f"_result = {result}")
        result = f"({''.join(f'_result{path}, ' for path in paths)})"
    return "\n".join([*body, text.format(result)])


def gradient_names(
    op: Op, backend: str, library: Library, value: str, names: Mapping[str, Any], operands: Sequence[str]
) -> dict[str, Any]:
    """
    Return what the text of a part uses besides: what is differentiated by, the seed, and what was recorded.

    `value` is how the backend computes the function itself, perhaps compiled. `UnmeasurableError` if there is
    nothing to differentiate, or nothing to differentiate by.
    """
    if library not in DIFFERENTIATING:
        return {}
    if library == "torch":
        added = _of_torch(op, backend, value, names, operands)
    else:
        added = _of_jax(op, backend, names, operands)
    if not added["_by"]:
        raise UnmeasurableError("it has no operand of floating-point numbers to differentiate by")
    return added


def beside(
    op: Op, backend: str, library: Library, names: Mapping[str, Any]
) -> "Callable[[int, Array], Array]":
    """Return what gives the weighed results where the i-th of what it is taken by is moved by a step."""
    return (_beside_in_torch if library == "torch" else _beside_in_jax)(op, backend, names)


def _paths(op: Op, backend: str) -> tuple[str, ...]:
    """Return how the parts of a result are got at that have a gradient."""
    return op.function.results.get(backend, ("",)) if op.function else ("",)


def _parts(result: object, paths: Sequence[str]) -> tuple[Any, ...]:
    """Return the parts of a result that have a gradient."""
    return tuple(eval(f"_result{path}", {"_result": result}) for path in paths)  # noqa: S307 - from `leaves`


def _of_torch(
    op: Op, backend: str, value: str, names: Mapping[str, Any], operands: Sequence[str]
) -> dict[str, Any]:
    """Return a result recorded by Torch, with its seed."""
    import torch

    text, paths = op.spelled(backend, "torch") or "", _paths(op, backend)
    modules = op.function.torch_modules if op.function else ()
    named = {name: names[name] for name in operands if names[name].requires_grad}
    for module in modules:
        if f"{module}(" in text:
            parameters = names[module].named_parameters()
            named |= {f"parameter {name}": one for name, one in parameters if one.requires_grad}
    try:
        results = _parts(evaluate(value, dict(names)), paths)
    except RuntimeError as error:
        if "leaf Variable that requires grad" in str(error):
            raise UnmeasurableError(IN_PLACE) from error
        raise
    if named and not (results and all(getattr(one, "requires_grad", False) for one in results)):
        raise UnmeasurableError(NONE)
    _refuse_complex(one.is_complex() for one in results)
    seeds = tuple(torch.from_numpy(_seed(one.shape)).to(one) for one in results)
    alone = paths == ("",)
    keeps = op.function is not None and op.function.part is Part.BACKWARD
    return {
        "_by": tuple(named.values()),
        "_by_names": tuple(named),
        "_seed": seeds[0] if alone else seeds,
        "_graph": (results[0] if alone else results) if keeps else None,
    }


def _beside_in_torch(op: Op, backend: str, names: Mapping[str, Any]) -> "Callable[[int, Array], Array]":
    """Return the results beside a point; a parameter is moved where it lies, and back."""
    import torch

    text, paths = op.spelled(backend, "torch") or "", _paths(op, backend)
    seeds = names["_seed"] if isinstance(names["_seed"], tuple) else (names["_seed"],)

    def results(index: int, step: "Array") -> "Array":
        moved = names["_by"][index].detach()
        before = moved.clone()
        moved.add_(torch.from_numpy(step).to(moved))
        try:
            found = _parts(evaluate(text, dict(names)), paths)
            weighed = [(one.detach() * seed).reshape(-1) for one, seed in zip(found, seeds, strict=True)]
        finally:
            moved.copy_(before)
        figures: Array = torch.cat(weighed).cpu().numpy()
        return figures

    return results


def _of_jax(op: Op, backend: str, names: Mapping[str, Any], operands: Sequence[str]) -> dict[str, Any]:
    """Return a result linearized by JAX, with its seed and its compiled functions."""
    import jax
    import jax.numpy as jnp

    value = _value_in_jax(op, backend, names, operands)
    by = {name: names[name] for name in operands if jnp.issubdtype(names[name].dtype, jnp.floating)}
    rest = {name: names[name] for name in operands if name not in by}
    linearized = jax.jit(lambda by, rest: jax.vjp(lambda *by: value(by, rest), *by))

    def differentiated(by: Any, rest: Any, seed: Any) -> Any:  # noqa: ANN401 - trees of JAX's
        result, pull = jax.vjp(lambda *by: value(by, rest), *by)
        return result, pull(seed)

    result, pull = linearized(tuple(by.values()), rest)
    if not result:
        raise UnmeasurableError(NONE)
    _refuse_complex(jnp.iscomplexobj(one) for one in result)
    return {
        "_by": tuple(by.values()),
        "_by_names": tuple(by),
        "_rest": rest,
        "_seed": tuple(jnp.asarray(_seed(one.shape), one.dtype) for one in result),
        "_graph": pull,
        "_linearized": linearized,
        "_pulled": jax.jit(lambda pull, seed: pull(seed)),
        "_differentiated": jax.jit(differentiated),
        "_value_of": value,
    }


def _value_in_jax(
    op: Op, backend: str, names: Mapping[str, Any], operands: Sequence[str]
) -> Callable[[Any, Any], Any]:
    """Return a user's function of what is differentiated by, and of the rest."""
    text, paths = op.spelled(backend, "jax") or "", _paths(op, backend)
    arguments = op.function.arguments if op.function else {}

    def value(by: tuple[Any, ...], rest: Mapping[str, Any]) -> tuple[Any, ...]:
        left = iter(by)
        scope = {**names, **{name: rest[name] if name in rest else next(left) for name in operands}}
        for argument, built in arguments.items():
            scope[argument] = eval(built, scope)  # noqa: S307 - made of names alone
        return _parts(evaluate(text, scope), paths)

    return value


def _beside_in_jax(_op: Op, _backend: str, names: Mapping[str, Any]) -> "Callable[[int, Array], Array]":
    """Return the results beside a point."""
    import numpy as np

    def results(index: int, step: "Array") -> "Array":
        by = list(names["_by"])
        by[index] = by[index] + step
        found = names["_value_of"](tuple(by), names["_rest"])
        return np.concatenate(
            [np.asarray(one * seed).reshape(-1) for one, seed in zip(found, names["_seed"], strict=True)]
        )

    return results


def _refuse_complex(are_complex: Any) -> None:  # noqa: ANN401 - an iterable of bool
    """Raise if a result is complex."""
    if any(are_complex):
        raise UnmeasurableError("its result is complex, of which no gradient is taken: return a real one")


def _seed(shape: Sequence[int]) -> "Array":
    """Return what the parts of a result are weighed by: eighths of either sign, exact in every dtype."""
    import numpy as np

    if not shape:
        return np.ones(())
    count = math.prod(shape)
    chance = np.random.default_rng(0)
    drawn = min(count, _DISTINCT)
    eighths = chance.integers(1, 9, drawn) * chance.choice([-1, 1], drawn) / 8
    return np.resize(eighths, tuple(shape))
