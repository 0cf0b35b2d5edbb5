"""The first look at a user's function in a worker: its arguments, its results, and how long it takes."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from types import FunctionType

import numpy as np

from harness.backends.backend import prepare
from harness.backends.table import backend_named
from harness.errors import UsageError
from harness.machine.thread_pools import ThreadPools
from harness.model import ON_HOST, THREADED, Function, Op, Span
from harness.names import one_line
from harness.ops.operands import Operands, operands
from harness.ops.parts import recorded
from harness.ops.statement import evaluate
from harness.ops.trees import is_array, leaves
from harness.spellings.carrier import load, load_all
from harness.spellings.digest import digest
from harness.workers.global_state import GlobalState
from harness.workers.heartbeat import Pulse
from harness.workers.task import Surveyed, SurveyTask

_SPARE = 0.8
"""Share of the free memory that the operands of a size may take with their copies."""
_COPIES = 8
"""Of the operands, in memory at a time: those of the host, each backend's, and in double precision."""
_OF_NUMPY = (np.ndarray, np.generic)
_LONG = 2e-3
"""Seconds from which on one call is enough to tell whether it runs on several threads."""


def survey(task: SurveyTask, pools: ThreadPools, pulse: Pulse, state: GlobalState) -> Iterator[Surveyed]:
    """Yield what is seen at each size, until one takes too long or too much memory."""
    seen: list[Surveyed] = []
    is_over = False
    try:
        with state.same_threads():
            load_all(task.op.function)
    except UsageError as error:
        yield from (Surveyed(n=n, reason=one_line(str(error))) for n in task.sizes)
        return
    # Before any call: a call may change what its module holds, and the rounds begin anew.
    digests = _digests(task.op.function) if task.op.function else {}
    for n in task.sizes:
        pulse.beat(None)
        if reason := _too_large(seen, n, task.memory):
            seen.append(Surveyed(n=n, reason=reason))
        elif is_over:
            seen.append(Surveyed(n=n, reason=""))
        else:
            seen.append(replace(_look(task, n, pools, pulse, state), digests=digests))
            is_over = seen[-1].making + sum(seen[-1].seconds.values()) > task.longest
        yield seen[-1]


def _look(task: SurveyTask, n: int, pools: ThreadPools, pulse: Pulse, state: GlobalState) -> Surveyed:
    """Make the arguments of a size, and call the function on every backend."""
    function = task.op.function
    assert isinstance(function, Function)  # noqa: S101 - of no other op there is a survey
    began = time.perf_counter()
    try:
        with state.unchanged("the inputs leave"):
            host = operands(task.op, n, function.dtype, task.seed)
    except Exception as error:  # noqa: BLE001 - whatever a user's code raises costs this size only
        said = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
        return Surveyed(
            n=n, reason=one_line(said if said.startswith("the inputs") else f"the inputs failed: {said}")
        )
    making = time.perf_counter() - began
    results: dict[str, tuple[str, ...]] = {}
    seconds: dict[str, float] = {}
    threaded = hangs = False
    op = recorded(task.op) if function.part else task.op
    for index, name in enumerate(task.backends):
        pulse.beat(index)
        backend = backend_named(name)
        pools.use(backend.threads)
        try:
            with state.same_threads():
                names = prepare(backend, op, host.copied())
            with state.unchanged("it leaves"):
                statement = backend.statement(op, Span.CALL)
                result = evaluate(statement, names)
                began, used = time.perf_counter(), time.process_time()
                backend.timed(statement, Span.CALL, names).run(1)
                seconds[name] = time.perf_counter() - began
                used = time.process_time() - used
        except Exception:  # noqa: BLE001, S112 - the rounds try it again, and say why it fails
            continue
        threaded |= index == 0 and seconds[name] > _LONG and used > THREADED * seconds[name]
        hangs |= any(getattr(leaf, "requires_grad", False) for _, leaf in leaves(result))
        if function.part:
            results[name] = tuple(path for path, leaf in leaves(result) if _has_gradient(leaf))
            continue
        results[name] = tuple(
            f"{ON_HOST if backend.library != 'numpy' and isinstance(leaf, _OF_NUMPY) else ''}{path}"
            for path, leaf in leaves(result)
            if is_array(leaf)
        )
    return Surveyed(
        n=n,
        operands=tuple(host.arrays),
        arguments=host.arguments,
        dtype=_dtype(task.op, host),
        results=results,
        hangs=hangs,
        seconds=seconds,
        making=making,
        threaded=threaded,
        bytes=host.bytes,
    )


def _has_gradient(leaf: object) -> bool:
    """Return whether a part of a result can be differentiated: Torch tells of each, JAX of its dtype."""
    if isinstance(leaf, _OF_NUMPY) or not is_array(leaf):
        return False
    return bool(getattr(leaf, "requires_grad", "float" in str(leaf.dtype)))  # type: ignore[attr-defined] # an array


def _digests(function: Function) -> dict[str, str]:
    """Return the digests of the functions that can be had here and have code."""
    digests: dict[str, str] = {}
    for name, carried in function.calls.items():
        with suppress(Exception):  # the rounds tell why it cannot be had
            found = load(carried)
            if isinstance(found, FunctionType):
                digests[name] = digest(found)
    return digests


def _dtype(op: Op, host: Operands) -> str:
    """Return the dtype by which the cells are called: what was asked for, or that of the first operand."""
    if op.function and op.function.dtype:
        return op.function.dtype
    arrays = list(host.arrays.values())
    floating = [array for array in arrays if array.dtype.kind in "fc"]
    return str((floating or arrays or [np.empty(0)])[0].dtype)


def _too_large(seen: list[Surveyed], n: int, memory: int) -> str:
    """Return why the operands of a size would not fit in memory, by how they grew; empty if they would."""
    told = [one for one in seen if one.bytes]
    if not told:
        return ""
    growth = n / told[-1].n
    if len(told) > 1 and told[-1].bytes > told[-2].bytes:
        power = np.log(told[-1].bytes / told[-2].bytes) / np.log(told[-1].n / told[-2].n)
        growth = growth ** max(1.0, float(power))
    needed = _COPIES * growth * told[-1].bytes
    if needed <= _SPARE * memory:
        return ""
    return f"needs about {needed:.2g} bytes of memory, {memory:.2g} are free"
