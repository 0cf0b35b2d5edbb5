"""What a user's function is held to before it is timed: its result, its arguments, and whose result it is."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named
from harness.model import ON_HOST, Carried, Function, Op, Part, Span, Status
from harness.names import one_line
from harness.ops.domain import outside
from harness.ops.dtypes import dtype_name
from harness.ops.function_agreement import HARDLY, Expected, disagreement, expected, repeats
from harness.ops.operands import Operands, checksum
from harness.ops.parts import recorded
from harness.ops.statement import evaluate
from harness.ops.trees import leaves
from harness.spellings.carrier import load
from harness.timing.loop import copied
from harness.workers.failure import finding_of
from harness.workers.function_result import (
    counted_conversions,
    moved,
    not_comparable,
    not_computed,
    remarks,
    shares,
    to_host,
)
from harness.workers.gradient_check import gradients, part_of, wrong_gradient
from harness.workers.task import Finding, Lane

UNCHECKED = "its result is not checked"
"""What is said of a function that was measured with ``check=False``."""
KEPT = "it keeps its result, so that only the first of its calls computes anything: take its cache away"
"""What is said of a function that returns the same array for the same arguments, and others for others."""
RECORDED = "Torch records what a gradient needs, since parameters require one"
"""What is said of a module, or of what calls one, that is not measured for its gradient."""
RANDOM = "it gives another result at every call: {}, or pass check="
"""What is said of a function that does not repeat itself."""


@dataclass(kw_only=True)
class FunctionCheck:
    """The check of the lanes of a group, on the same operands."""

    op: Op
    function: Function
    host: Operands
    dtype: str
    baseline: str
    _sums: Mapping[str, int] = field(init=False)
    _judged_calls: dict[str, Finding] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._sums = self.host.checksums

    @cached_property
    def _expected(self) -> Expected:
        backend = backend_named(self.baseline)
        op = recorded(self.op) if self.function.part is Part.FORWARD else self.op

        def compute(host: Operands) -> Any:  # noqa: ANN401 - whatever a function returns
            names = prepare(backend, op, host)
            return self._host(evaluate(backend.statement(op, Span.CALL), names), backend, names)

        return expected(compute, self.host, self.dtype)

    @cached_property
    def _wrong_gradient(self) -> str:
        """Why the baseline's own gradient is wrong; empty if it is not, or where there is none in float64."""
        if not (self._is_gradient and self._expected.in_double):
            return ""
        return wrong_gradient(self.op, backend_named(self.baseline), self.host)

    @property
    def _is_gradient(self) -> bool:
        """Whether what is measured gives gradients."""
        return self.function.part in (Part.BACKWARD, Part.BOTH)

    def _host(self, result: Any, backend: Backend, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a result
        """Return a result with its arrays as NumPy's."""
        return gradients(result, names, backend) if self._is_gradient else to_host(result, backend)

    def finding(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> Finding:
        """Return what is found out about a lane before it is timed; what an error means is the caller's."""
        fresh, before = fresh_names(self.op, lane), _states(self.function, names)
        with counted_conversions(backend) as conversions:
            result = evaluate(lane.statement, _with_copies(names, fresh))
        # What a function writes its results into is written over by its next call, on whatever operands.
        on_host = self._host(result, backend, names)
        judged = isinstance(self.function.check, Carried)
        fault = not_computed(result) or self._changed_arguments(lane, backend, names)
        if not fault and self.function.check is True:
            fault = not_comparable(on_host)
        if fault:
            return Finding(status=Status.WRONG, reason=fault)
        seen = [*remarks(result, backend, conversions)] if _is_call(lane) else []
        seen += self._of_modules(result, names, before)
        bytes_moved = math.nan if self.function.part else moved(self.host, result, names)
        if self.function.check is False:
            return Finding(remark="; ".join([*seen, UNCHECKED]), moved=bytes_moved)
        try:
            in_double, wrong = self._expected.in_double, self._wrong_gradient
        except Exception as error:  # noqa: BLE001 - whatever the baseline raises
            return finding_of(error)
        again = evaluate(_anew(self.op, lane, backend), _with_copies(names, fresh))
        seen += self._shared(lane, names, result, again)
        if KEPT in seen or not (judged or repeats(on_host, self._host(again, backend, names), self.dtype)):
            mend = (
                "call the module's eval()"
                if _modules(self.function, names)
                else "take randomness from inputs="
            )
            return Finding(status=Status.WRONG, reason=KEPT if KEPT in seen else RANDOM.format(mend))
        if wrong:
            return Finding(status=Status.WRONG, reason=wrong)
        agreed = self._agreement(lane, on_host)
        if not (in_double or judged):
            seen.append(f"it takes no double precision, and was held against {self.baseline}'s result")
        if agreed.tolerance > HARDLY and not math.isinf(agreed.tolerance):
            seen.append("its result hangs on the last digits of its operands, so it is hardly checked")
        if told := outside(self.op, self.host, self._expected.exact):
            seen.append(told)
        return replace(agreed, remark="; ".join(seen), moved=bytes_moved)

    def _of_modules(
        self, result: object, names: Mapping[str, Any], before: Mapping[str, int]
    ) -> Iterator[str]:
        """Yield what must be known of the Torch modules that a call went through."""
        recorded_too = any(getattr(leaf, "requires_grad", False) for _, leaf in leaves(result))
        if recorded_too and not self.function.part:
            yield RECORDED
        states = _states(self.function, names)
        if changed := [name for name, state in states.items() if before[name] != state]:
            yield f"each call changes the module's {', '.join(changed)}"

    def _shared(self, lane: Lane, names: Mapping[str, Any], result: object, again: object) -> list[str]:
        """Return what must be known of two results that are the same memory, and no operand's."""
        operands = [names[x] for x in self.host.arrays if x in names]
        if self.function.part or not _is_call(lane) or not shares(result, again, operands):
            return []
        others = evaluate(lane.statement, _with_copies(names, self.function.parameters))
        return ["every call returns the same array, so that none is made" if shares(result, others) else KEPT]

    def _agreement(self, lane: Lane, result: Any) -> Finding:  # noqa: ANN401 - a result
        """Hold a result against the expected one."""
        parts = self._parts(lane, result)
        if isinstance(self.function.check, Carried):
            if _is_call(lane):
                self._judged_calls[lane.backend] = _judged(self.function.check, result, self._expected.exact)
            # A round trip brings back the parts of the same result, not what the check knows.
            return self._judged_calls.get(lane.backend, Finding())
        whole = self.function.part is None and _is_call(lane)
        error, accepted, fault = disagreement(parts, self._expected, by_all=self._is_gradient, whole=whole)
        if fault:
            return Finding(status=Status.WRONG, reason=fault)
        if not error <= accepted:
            return Finding(
                status=Status.WRONG,
                reason=f"error {error:.2g} against float64, accepted {accepted:.2g}: if both are right, "
                "pass check=",
                error=error,
                tolerance=accepted,
            )
        return Finding(error=error, tolerance=accepted)

    def _parts(self, lane: Lane, result: Any) -> dict[str, Any]:  # noqa: ANN401 - a result
        """Return the parts of a result by what gets at them, of those that a round trip brings back."""
        if self.function.part:
            return self._parts_of_gradient(lane, result)
        paths = [path.removeprefix(ON_HOST) for path in self.function.results.get(lane.backend, ("",))]
        if _is_call(lane) or not paths:
            return dict(leaves(result))
        return dict(zip(paths, (result,) if paths == [""] else result, strict=True))

    def _parts_of_gradient(self, lane: Lane, result: Any) -> dict[str, Any]:  # noqa: ANN401 - a result
        """Return the parts of a value that have a gradient, or the gradients that two functions share."""
        paths = self.function.results.get(lane.backend, ("",))
        parts = dict(leaves(result))
        if self.function.part is Part.FORWARD:
            if backend_named(lane.backend).library == "jax":  # which has them side by side
                return dict(zip(paths, parts.values(), strict=True))
            return {path: parts[path] for path in paths}
        own, others = (_spelled(self.op, name) for name in (lane.backend, self.baseline))
        # By operands of floating-point numbers; the parameters of two modules are not each other's.
        operands = sum("float" in dtype_name(array) for array in self.host.arrays.values())
        shared = len(dict(leaves(self._expected.exact))) if own == others else operands
        return dict(list(parts.items())[:shared])

    def _changed_arguments(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> str:
        """Return which argument a call has changed, as a sentence; empty if none."""
        ending = "" if _is_call(lane) else "_host"
        changed = [
            x for x in self.host.arrays if checksum(to_host(names[x + ending], backend)) != self._sums[x]
        ]
        changed += [
            argument
            for argument, text in self.host.arguments.items()
            if _identities(names[argument]) != _identities(eval(text, dict(names)))  # noqa: S307 - of names
        ]
        if not changed:
            return ""
        place = next(
            (
                index
                for index, argument in enumerate(self.function.parameters)
                if changed[0] == argument or changed[0].startswith(f"_{argument}_")
            ),
            0,
        )
        return (
            f"it changes its {_ordinal(place)} argument, so that each call works on what the last one left: "
            "pass fresh=True to give every call copies, made outside the clock"
        )


def _spelled(op: Op, name: str) -> str | None:
    """Return how an op is spelled for a backend."""
    return op.spelled(name, backend_named(name).library)


def _anew(op: Op, lane: Lane, backend: Backend) -> str:
    """Return the statement of a second call; of a gradient it records anew what chance may have a part in."""
    if op.function is None or op.function.part is not Part.BACKWARD:
        return lane.statement
    return backend.statement(part_of(op, Part.BOTH), Span.CALL)


def _modules(function: Function, names: Mapping[str, Any]) -> list[Any]:
    """Return the Torch modules that are called."""
    return [names[name] for name in function.torch_modules if name in names]


def _states(function: Function, names: Mapping[str, Any]) -> dict[str, int]:
    """Return sums of the buffers of a Torch module, which a call in training may change."""
    return {
        name: checksum(buffer.detach().cpu().float().numpy())
        for module in _modules(function, names)
        for name, buffer in module.named_buffers()
    }


def _identities(value: object) -> list[tuple[str, object]]:
    """Return which objects an argument is made of, and where."""
    return [(path, id(leaf)) for path, leaf in leaves(value)]


def fresh_names(op: Op, lane: Lane) -> tuple[str, ...]:
    """Return the names of which every call of a lane gets copies of its own."""
    if op.function is None or not op.function.fresh:
        return ()
    return op.function.parameters if _is_call(lane) else tuple(f"{x}_host" for x in op.operands)


def _with_copies(names: Mapping[str, Any], fresh: Iterable[str]) -> dict[str, Any]:
    """Return names, some of which stand for copies of what they stood for."""
    return {**names, **{name: copied(names[name]) for name in fresh}}


def _is_call(lane: Lane) -> bool:
    """Return whether a lane's operands lie on its device."""
    return lane.spans[0] is not Span.ROUND_TRIP


def _judged(check: Carried, result: Any, exact: Any) -> Finding:  # noqa: ANN401 - two results
    """Return what a user's own check says."""
    judge: Callable[[Any, Any], object] = load(check)  # type: ignore[assignment] # it was callable there
    try:
        passed = judge(result, exact)
    except AssertionError as error:
        return Finding(status=Status.WRONG, reason=f"the check says: {one_line(str(error)) or 'not equal'}")
    if passed is None or bool(np.all(np.asarray(passed))):
        return Finding()
    return Finding(
        status=Status.WRONG, reason=f"the check {one_line(check.source):.60} says that the result is wrong"
    )


def _ordinal(index: int) -> str:
    """Return the place of an argument in words."""
    words = ("first", "second", "third")
    return words[index] if index < len(words) else f"{index + 1}th"
