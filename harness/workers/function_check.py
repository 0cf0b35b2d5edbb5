"""What a user's function is held to before it is timed: its result, its arguments, and whose result it is."""

import math
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named
from harness.model import ON_HOST, Carried, Function, Op, Span, Status
from harness.ops.carrier import load
from harness.ops.function_agreement import HARDLY, Expected, disagreement, expected, repeats
from harness.ops.operands import Operands
from harness.ops.statement import evaluate
from harness.ops.trees import leaves
from harness.timing.loop import copied
from harness.workers.failure import finding_of
from harness.workers.function_result import (
    address,
    counted_conversions,
    moved,
    not_comparable,
    not_computed,
    remarks,
    shares,
    to_host,
)
from harness.workers.task import Finding, Lane

UNCHECKED = "its result is not checked"
"""What is said of a function that was measured with ``check=False``."""
KEPT = "it keeps its result, so that only the first of its calls computes anything: take its cache away"
"""What is said of a function that returns the same array for the same arguments, and others for others."""
RANDOM = "it gives another result at every call: take randomness from inputs=, or pass check="
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

    def __post_init__(self) -> None:
        self._sums = {name: _checksum(array) for name, array in self.host.arrays.items()}

    @cached_property
    def _expected(self) -> Expected:
        backend = backend_named(self.baseline)

        def compute(host: Operands) -> Any:  # noqa: ANN401 - whatever a function returns
            names = prepare(backend, self.op, host)
            return to_host(evaluate(backend.statement(self.op, Span.CALL), names), backend)

        return expected(compute, self.host, self.dtype)

    def finding(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> Finding:
        """Return what is found out about a lane before it is timed; what an error means is the caller's."""
        fresh = fresh_names(self.op, lane)
        with counted_conversions(backend) as conversions:
            result = evaluate(lane.statement, _with_copies(names, fresh))
        # What a function writes its results into is written over by its next call, on whatever operands.
        on_host = to_host(result, backend)
        judged = isinstance(self.function.check, Carried)
        fault = not_computed(result) or self._changed_arguments(lane, backend, names)
        if not fault and self.function.check is True:
            fault = not_comparable(result)
        if fault:
            return Finding(status=Status.WRONG, reason=fault)
        seen = [*remarks(result, backend, conversions)] if _is_call(lane) else []
        if self.function.check is False:
            return Finding(remark="; ".join([*seen, UNCHECKED]), moved=moved(self.host, result, names))
        try:
            in_double = self._expected.in_double
        except Exception as error:  # noqa: BLE001 - whatever the baseline raises
            return finding_of(error)
        again = evaluate(lane.statement, _with_copies(names, fresh))
        seen += self._shared(lane, names, result, again)
        if KEPT in seen or not (judged or repeats(on_host, to_host(again, backend), self.dtype)):
            return Finding(status=Status.WRONG, reason=KEPT if KEPT in seen else RANDOM)
        agreed = self._agreement(lane, on_host)
        if not (in_double or judged):
            seen.append(f"it takes no double precision, and was held against {self.baseline}'s result")
        if agreed.tolerance > HARDLY and not math.isinf(agreed.tolerance):
            seen.append("its result hangs on the last digits of its operands, so it is hardly checked")
        return replace(agreed, remark="; ".join(seen), moved=moved(self.host, result, names))

    def _shared(self, lane: Lane, names: Mapping[str, Any], result: object, again: object) -> list[str]:
        """Return what must be known of two results that are the same memory, and no operand's."""
        operands = {address(names[x]) for x in self.host.arrays if x in names}
        if not _is_call(lane) or not shares(result, again, operands):
            return []
        others = evaluate(lane.statement, _with_copies(names, self.function.parameters))
        return ["every call returns the same array, so that none is made" if shares(result, others) else KEPT]

    def _agreement(self, lane: Lane, result: Any) -> Finding:  # noqa: ANN401 - a result
        """Hold a result against the expected one."""
        parts = self._parts(lane, result)
        if isinstance(self.function.check, Carried):
            return _judged(self.function.check, result, self._expected.exact) if _is_call(lane) else Finding()
        error, accepted, fault = disagreement(parts, self._expected)
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
        paths = [path.removeprefix(ON_HOST) for path in self.function.results.get(lane.backend, ("",))]
        if _is_call(lane) or not paths:
            return dict(leaves(result))
        return dict(zip(paths, (result,) if paths == [""] else result, strict=True))

    def _changed_arguments(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> str:
        """Return which argument a call has changed, as a sentence; empty if none."""
        ending = "" if _is_call(lane) else "_host"
        changed = [
            x for x in self.host.arrays if _checksum(to_host(names[x + ending], backend)) != self._sums[x]
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
        return Finding(status=Status.WRONG, reason=f"the check says: {str(error).strip() or 'not equal'}")
    if passed is None or bool(np.all(np.asarray(passed))):
        return Finding()
    return Finding(status=Status.WRONG, reason=f"the check {check.source:.60} says that the result is wrong")


def _checksum(array: Any) -> int:  # noqa: ANN401 - of NumPy
    """Return a sum that changes with any figure of an array."""
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _ordinal(index: int) -> str:
    """Return the place of an argument in words."""
    words = ("first", "second", "third")
    return words[index] if index < len(words) else f"{index + 1}th"
