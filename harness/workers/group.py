"""One group of contenders in a worker: made ready, held against float64 if asked for, then timed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named, may_compile, without_rival
from harness.errors import UsageError
from harness.machine.gpus import gauge
from harness.machine.host_counters import Host
from harness.machine.thread_pools import ThreadPools
from harness.model import Op, Span, Status
from harness.ops.operands import Operands, operands
from harness.spellings.carrier import load_all
from harness.timing.contender import Contender
from harness.timing.loop import Timed
from harness.timing.sampling import Measurement, measure
from harness.workers.failure import finding_of
from harness.workers.function_check import FunctionCheck, fresh_names
from harness.workers.global_state import GlobalState
from harness.workers.heartbeat import Pulse
from harness.workers.task import Finding, Group, GroupFindings, Lane, Task
from harness.workers.text_check import TextCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What stays the same over a task's groups."""

    task: Task
    pools: ThreadPools
    pulse: Pulse
    host: Host
    state: GlobalState

    def backend(self, lane: Lane) -> Backend:
        """Return the backend of a lane as the task wants it."""
        return backend_named(lane.backend, cold=self.task.cold, pinned=self.task.pinned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A lane after its check; one without a clock has failed and is not timed."""

    finding: Finding
    clock: Timed | None = None
    first: float | None = None  # seconds of the first call


def measure_group(group: Group, equipment: Equipment) -> GroupFindings:
    """Make the lanes of a group ready, then time those that agree."""
    return time_lanes(group, equipment, make_ready(group, equipment))


def make_ready(group: Group, equipment: Equipment) -> list[Entrant]:
    """Make every lane ready, and hold its result against float64 where the task asks for it."""
    equipment.pulse.beat(None)
    op, task, state = equipment.task.op, equipment.task, equipment.state
    try:
        with state.same_threads():
            load_all(op.function)
        with state.unchanged("the inputs leave"):
            host = operands(op, group.n, group.dtype, task.seed)
        check = _check_of(op, host, group.dtype, task) if task.check or group.check else None
    except Exception as error:  # noqa: BLE001 - a misspelled op costs its own cells, whatever it raises
        return [Entrant(finding=finding_of(error))] * len(group.lanes)
    if isinstance(check, Finding):
        return [Entrant(finding=check)] * len(group.lanes)
    entrants: list[Entrant] = []
    firsts: dict[tuple[str, str], float] = {}
    namespaces: dict[str, dict[str, Any]] = {}
    held: dict[str, dict[str, Any]] = {}
    refused: dict[str, Finding] = {}
    for index, lane in enumerate(group.lanes):
        equipment.pulse.beat(index)
        if lane.contender in refused:
            entrants.append(Entrant(finding=refused[lane.contender]))
            continue
        backend = equipment.backend(lane)
        equipment.pools.use(backend.threads)
        try:
            if lane.contender not in namespaces:
                # A user's function may change its arguments, and must not change the others'.
                own = host.copied() if lane.twin or op.function else host
                # Rivals work on the same memory: where it begins is worth 3 % at a thousand elements.
                place = without_rival(lane.backend) + lane.twin
                with state.same_threads():
                    namespaces[lane.contender] = prepare(backend, op, own, held.get(place))
                held.setdefault(place, _operands_in(namespaces[lane.contender], host))
            names, call = namespaces[lane.contender], (lane.contender, lane.statement)
            fresh = fresh_names(op, lane)
            # A user's function may compile; what records its graph before the clock has been called by then.
            first = not op.function.part if op.function else task.first
            with state.unchanged("it leaves"):
                if (first or may_compile(backend)) and call not in firsts:
                    firsts[call] = backend.timed(lane.statement, Span.CALL, names, fresh).run(1)
                finding = check(lane, backend, names) if check else Finding()
            clock = backend.timed(lane.statement, lane.spans[0], names, fresh)
        except Exception as error:  # noqa: BLE001 - whatever an op raises costs its own cell only
            entrants.append(Entrant(finding=finding_of(error, backend)))
            if isinstance(error, UsageError):  # of the text itself, whatever its span
                refused[lane.contender] = entrants[-1].finding
            continue
        agrees = finding.status is Status.OK
        if not agrees:  # it may have changed them
            held.pop(without_rival(lane.backend) + lane.twin, None)
        entrants.append(Entrant(finding=finding, clock=clock if agrees else None, first=firsts.get(call)))
    return [_with_remark(entrant, state.remark()) for entrant in entrants]


def _with_remark(entrant: Entrant, remark: str) -> Entrant:
    """Return a lane with what must be known of all that are measured beside it."""
    told = "; ".join(filter(None, (entrant.finding.remark, remark)))
    return replace(entrant, finding=replace(entrant.finding, remark=told))


def _operands_in(names: Mapping[str, Any], host: Operands) -> dict[str, Any]:
    """Return the operands among the names of a backend, wherever they lie."""
    lie = (f"{x}{ending}" for x in host.arrays for ending in ("", "_host", "_pinned"))
    return {name: names[name] for name in lie if name in names}


Check = Callable[[Lane, Backend, Mapping[str, Any]], Finding]
"""Says what is found out about a lane before it is timed."""


def _check_of(op: Op, host: Operands, dtype: str, task: Task) -> Check | Finding:
    """Return the check of a group's lanes, or why none of them can be timed."""
    if op.function:
        return FunctionCheck(
            op=op, function=op.function, host=host, dtype=dtype, baseline=task.baseline
        ).finding
    check = TextCheck(op, host, dtype, task.seed)
    if reason := check.undefined():
        return Finding(status=Status.SKIPPED, reason=reason)
    return check.finding


def time_lanes(group: Group, equipment: Equipment, entrants: list[Entrant]) -> GroupFindings:
    """Time the lanes that have a clock; one that raises costs its own cell, and the others start again."""
    findings = [entrant.finding for entrant in entrants]
    clocks = {lane: entrant.clock for lane, entrant in enumerate(entrants) if entrant.clock}
    while clocks:
        try:
            measured, enqueues = _measure(group, equipment, clocks)
        except Exception as error:
            if (lane := equipment.pulse.lane) is None:
                raise
            findings[lane] = finding_of(error, equipment.backend(group.lanes[lane]))
            del clocks[lane]
            entrants[lane] = replace(entrants[lane], clock=None)  # its operands make room for the others'
            continue
        for lane, sampled, enqueue in zip(clocks, measured.rounds, enqueues, strict=True):
            timing = replace(sampled, first=entrants[lane].first, enqueue=enqueue)
            findings[lane] = replace(findings[lane], round=timing)
        return GroupFindings(findings=tuple(findings), timed=measured.timed, warm_up=measured.warm_up)
    return GroupFindings(findings=tuple(findings), timed=0.0, warm_up=0.0)


def _measure(
    group: Group, equipment: Equipment, clocks: Mapping[int, Timed]
) -> tuple[Measurement, list[float | None]]:
    """Sample the lanes that have a clock together; return it with their seconds per call until enqueued."""
    task, beat, lanes = equipment.task, equipment.pulse.beat, list(clocks)
    contenders: list[Contender] = []
    for lane, clock in clocks.items():
        beat(lane)
        contenders.append(_contender(group.lanes[lane], clock, equipment))
    measured = measure(
        contenders,
        task.rules,
        equipment.host,
        hash((task.seed, task.order, group.n)),
        lambda index: beat(lanes[index]),
    )
    enqueues: list[float | None] = []
    for lane, clock in clocks.items():
        beat(lane)
        enqueues.append(clock.enqueue() if clock.enqueue else None)
    return measured, enqueues


def _contender(lane: Lane, clock: Timed, equipment: Equipment) -> Contender:
    """Return a lane as what is sampled."""
    backend = equipment.backend(lane)
    return Contender(
        backend=lane.contender,
        run=clock.run,
        enter=partial(equipment.pools.use, backend.threads),
        floor=clock.floor,
        subtract=clock.subtract,
        row=clock.row,
        ramps=clock.ramps,
        gauge=gauge(backend.uuid()),
    )
