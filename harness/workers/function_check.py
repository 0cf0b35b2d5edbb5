"""What a user's function is held to before it is timed: its result, its arguments, and whose result it is."""

import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named
from harness.model import ON_HOST, Carried, Function, Op, Part, Span, Status
from harness.ops.carrier import load
from harness.ops.dtypes import dtype_name
from harness.ops.function_agreement import Expected, disagreement, expected, repeats
from harness.ops.operands import Operands
from harness.ops.parts import recorded
from harness.ops.statement import evaluate
from harness.ops.trees import is_array, leaves
from harness.timing.loop import copied
from harness.workers.failure import finding_of
from harness.workers.gradient_check import gradients, on_host, part_of, wrong_gradient
from harness.workers.task import Finding, Lane

UNCHECKED = "its result is not checked"
"""What is said of a function that was measured with ``check=False``."""
RECORDED = "Torch records what a gradient needs, since parameters require one"
"""What is said of a module, or of what calls one, that is not measured for its gradient."""
_LIBRARIES = {"jaxlib": "jax"}
"""By the package of an array's type, the library, if that is called otherwise."""


_LEAVING = ("__array__", "numpy", "tolist", "item", "__dlpack__", "__float__", "__int__", "__complex__")
"""What Torch calls its methods by which figures leave it."""


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
        self._sums = {name: _checksum(array) for name, array in self.host.arrays.items()}

    @cached_property
    def _expected(self) -> Expected:
        backend = backend_named(self.baseline)
        op = recorded(self.op) if self.function.part is Part.FORWARD else self.op

        def compute(host: Operands) -> Any:  # noqa: ANN401 - whatever a function returns
            names = prepare(backend, op, host)
            return _host_result(evaluate(backend.statement(op, Span.CALL), names), op, backend, names)

        return expected(compute, self.host, self.dtype)

    @cached_property
    def _fault(self) -> str:
        """Why the baseline's own gradient is wrong; empty if it is not, or where there is none."""
        if self.function.part in (None, Part.FORWARD):
            return ""
        return wrong_gradient(self.op, backend_named(self.baseline), self.host)

    def finding(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> Finding:
        """Return what is found out about a lane before it is timed; what an error means is the caller's."""
        fresh = fresh_names(self.op, lane)
        before = _states(self.function, names)
        with _counted_conversions(backend) as conversions:
            result = evaluate(lane.statement, _with_copies(names, fresh))
        told = _host_result(result, self.op, backend, names)
        states = _states(self.function, names)
        if fault := self._changed_arguments(lane, backend, names):
            return Finding(status=Status.WRONG, reason=fault)
        remarks = [*_remarks(result, backend, conversions, lane)]
        if not self.function.part and any(
            getattr(leaf, "requires_grad", False) for _, leaf in leaves(result)
        ):
            remarks.append(RECORDED)
        if changed := [name for name, state in states.items() if before[name] != state]:
            remarks.append(f"each call changes the module's {', '.join(changed)}")
        moved = math.nan if self.function.part else _moved(self.host, result, names)
        if self.function.check is False:
            return Finding(remark="; ".join([*remarks, UNCHECKED]), moved=moved)
        if result is None or (type(result) is tuple and not result):
            return Finding(
                status=Status.WRONG,
                reason="it returns None, which cannot be checked: return the result, or pass check=False",
            )
        try:
            fault = self._fault if self._expected else ""
        except Exception as error:  # noqa: BLE001 - whatever the baseline raises on double precision
            return finding_of(error)
        if fault := self._other_result(lane, backend, names, told) or fault:
            return Finding(status=Status.WRONG, reason=fault)
        agreed = self._agreement(lane, told)
        return Finding(
            status=agreed.status,
            reason=agreed.reason,
            error=agreed.error,
            tolerance=agreed.tolerance,
            remark="; ".join(remarks),
            moved=moved,
        )

    def _other_result(
        self,
        lane: Lane,
        backend: Backend,
        names: Mapping[str, Any],
        told: Any,  # noqa: ANN401 - a result
    ) -> str:
        """Return that a second call gives another result, as a sentence; empty if it does not."""
        text = _anew(self.op, lane, backend)
        result = evaluate(text, _with_copies(names, fresh_names(self.op, lane)))
        if isinstance(self.function.check, Carried) or repeats(
            told, _host_result(result, self.op, backend, names)
        ):
            return ""
        mend = (
            "call the module's eval()" if _modules(self.function, names) else "take randomness from inputs="
        )
        return f"it gives another result at every call: {mend}, or pass check="

    def _agreement(self, lane: Lane, result: Any) -> Finding:  # noqa: ANN401 - a result
        """Hold a result against the expected one."""
        parts = self._parts(lane, result)
        if isinstance(self.function.check, Carried):
            if _is_call(lane):
                self._judged_calls[lane.backend] = _judged(self.function.check, result, self._expected.exact)
            # A round trip brings back the parts of the same result, not what the check knows.
            return self._judged_calls.get(lane.backend, Finding())
        by_all = self.function.part in (Part.BACKWARD, Part.BOTH)
        error, accepted, fault = disagreement(parts, self._expected, by_all=by_all)
        if fault:
            return Finding(status=Status.WRONG, reason=fault)
        if not error <= accepted:
            return Finding(
                status=Status.WRONG,
                reason=f"error {error:.2g} against float64, accepted {accepted:.2g}",
                error=error,
                tolerance=accepted,
            )
        return Finding(error=error, tolerance=accepted)

    def _parts(self, lane: Lane, result: Any) -> dict[str, Any]:  # noqa: ANN401 - a result
        """Return the parts of a result by what gets at them, of those that a round trip brings back."""
        if self.function.part:
            return self._parts_of_gradient(lane, result)
        if _is_call(lane):
            return dict(leaves(result))
        paths = [path.removeprefix(ON_HOST) for path in self.function.results.get(lane.backend, ("",))]
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
        shared = len(dict(leaves(self._expected.exact))) if own == others else self._operands
        return dict(list(parts.items())[:shared])

    @property
    def _operands(self) -> int:
        """The operands that are differentiated by: those of floating-point numbers."""
        return sum("float" in dtype_name(array) for array in self.host.arrays.values())

    def _changed_arguments(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> str:
        """Return which argument a call has changed, as a sentence; empty if none."""
        ending = "" if _is_call(lane) else "_host"
        changed = [
            x for x in self.host.arrays if _checksum(on_host(names[x + ending], backend)) != self._sums[x]
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


def fresh_names(op: Op, lane: Lane) -> tuple[str, ...]:
    """Return the names of which every call of a lane gets copies of its own."""
    if op.function is None or not op.function.fresh:
        return ()
    return op.function.parameters if _is_call(lane) else tuple(f"{x}_host" for x in op.operands)


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
        name: _checksum(buffer.detach().cpu().float().numpy())
        for module in _modules(function, names)
        for name, buffer in module.named_buffers()
    }


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


def _remarks(result: object, backend: Backend, conversions: list[str], lane: Lane) -> Iterator[str]:
    """Yield what must be known of whose result it is."""
    if not _is_call(lane):
        return
    count = f"{len(conversions)} conversion{'' if len(conversions) == 1 else 's'} in a call"
    for _, leaf in leaves(result):
        if not is_array(leaf):
            continue
        library = type(leaf).__module__.partition(".")[0]
        library = _LIBRARIES.get(library, library)
        place = getattr(getattr(leaf, "device", None), "type", None)
        if library != backend.library:
            yield f"the result is {library}'s, not {backend.library}'s ({count})"
            return
        if backend.library == "torch" and place != backend.device.partition(":")[0]:
            yield f"the result lies on {place}, not on {backend.device} ({count})"
            return
    if conversions:
        yield f"it leaves {backend.library} on the way ({count}: {', '.join(dict.fromkeys(conversions))})"


def _moved(host: Operands, result: object, names: Mapping[str, Any]) -> float:
    """Return the bytes of operands and result, each moved once; NaN where a result is an operand's memory."""
    arrays = [leaf for _, leaf in leaves(result) if is_array(leaf)]
    held = {_address(names[name]) for name in host.arrays if name in names}
    if any(_address(array) in held for array in arrays):
        return math.nan
    return float(host.bytes + sum(array.dtype.itemsize * math.prod(array.shape) for array in arrays))


def _address(array: Any) -> object:  # noqa: ANN401 - of any library
    """Return where the figures of an array begin, or something else that is its own."""
    if hasattr(array, "data_ptr"):
        return array.data_ptr()
    return array.__array_interface__["data"][0] if hasattr(array, "__array_interface__") else id(array)


def _host_result(result: Any, op: Op, backend: Backend, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return a result of an op with its arrays as NumPy's."""
    is_gradient = op.function is not None and op.function.part in (Part.BACKWARD, Part.BOTH)
    return gradients(result, names, backend) if is_gradient else on_host(result, backend)


def _checksum(array: Any) -> int:  # noqa: ANN401 - of NumPy
    """Return a sum that changes with any figure of an array."""
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _ordinal(index: int) -> str:
    """Return the place of an argument in words."""
    words = ("first", "second", "third")
    return words[index] if index < len(words) else f"{index + 1}th"


@contextmanager
def _counted_conversions(backend: Backend) -> Iterator[list[str]]:
    """Note what a function calls to leave Torch, while it runs on one of its backends."""
    seen: list[str] = []
    if backend.library != "torch":
        yield seen
        return
    from torch.overrides import TorchFunctionMode

    class Counting(TorchFunctionMode):
        def __torch_function__(
            self,
            func: Callable[..., object],
            _types: object,
            args: tuple[object, ...] = (),
            kwargs: dict[str, object] | None = None,
        ) -> object:
            name = getattr(func, "__name__", "")
            if name in _LEAVING or (backend.device != "cpu" and name == "cpu"):
                seen.append(name)
            return func(*args, **(kwargs or {}))

    with Counting():
        yield seen
