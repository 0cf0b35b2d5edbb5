"""A group of contenders with an asynchronous backend, in this process and on a device on a scripted clock."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.backends.backend import Backend, prepare
from harness.backends.table import BACKENDS, backend_named
from harness.machine.host_counters import Host
from harness.machine.thread_pools import ThreadPools
from harness.model import ON_DEVICE, WAITED_FOR, Function, Library, Op, Span, Status
from harness.ops.operands import Operands
from harness.timing.contender import Contender
from harness.timing.device_clock import WAIT, timed_on_device
from harness.timing.loop import Timed
from harness.timing.rules import Rules
from harness.timing.sampling import Measurement, measure
from harness.workers import group as module
from harness.workers.global_state import GlobalState
from harness.workers.group import Equipment, measure_group
from harness.workers.heartbeat import HEARTBEAT, Pulse
from harness.workers.task import Finding, Group, GroupFindings, Lane, Task
from tests.support.devices import ScriptedDevice
from tests.support.workers import BRIEF

SPANS = (*WAITED_FOR, *ON_DEVICE)


@dataclass(frozen=True, kw_only=True)
class ScriptedBackend:
    """A backend on a scripted device."""

    gpu: ScriptedDevice = field(default_factory=ScriptedDevice)
    name: str = "scripted"
    library: Library = "torch"
    device: str = "scripted"
    threads: int | None = None
    wait: str = WAIT
    spans: tuple[Span, ...] = SPANS
    cold: bool = False
    pinned: bool = False

    def missing(self) -> str:
        return ""

    def free_memory(self) -> int | None:
        return None

    def uuid(self) -> str | None:
        return None

    def is_lasting(self, error: BaseException) -> bool:
        return "lost" in str(error)

    def copies(self, _op: Op) -> int:
        return 0

    def namespace(self, _op: Op, host: Mapping[str, Any]) -> dict[str, Any]:
        return {"np": np, "gpu": self.gpu, **host}

    def statement(self, op: Op, _span: Span) -> str:
        return op.spelling["torch"]

    def timed(
        self, statement: str, span: Span, namespace: Mapping[str, Any], _fresh: Sequence[str] = ()
    ) -> Timed:
        return timed_on_device(statement, span, namespace, self.gpu, self.gpu.now, cold=self.cold)

    def to_host(self, result: Any) -> Any:  # noqa: ANN401 - an array
        return result


def raising(words: str) -> str:
    """Return a spelling that raises."""
    return f"exec({f'raise RuntimeError({words!r})'!r})\nnp.abs(x)"


def measured(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spelling: str,
    *,
    cold: bool = False,
    library: Library = "torch",
    order: int = 0,
    function: Function | None = None,
) -> GroupFindings:
    """Return what a worker finds of all spans of the scripted backend, and of NumPy as the last lane."""
    scripted = ScriptedBackend(library=library)

    def chosen(name: str, *, cold: bool, pinned: bool) -> Backend:
        return replace(scripted, cold=cold, pinned=pinned) if name == "scripted" else backend_named(name)

    monkeypatch.setattr(module, "backend_named", chosen)
    op = Op(name="abs", summary="", spelling={"numpy": "np.abs(x)", "torch": spelling}, tolerance=0.0)
    op = replace(op, function=function)
    lanes = [Lane(backend="scripted", spans=(span,), statement=spelling) for span in SPANS]
    lanes.append(Lane(backend="numpy", spans=(Span.CALL,), statement=op.spelling["numpy"]))
    group = Group(n=16, dtype="float32", lanes=tuple(lanes))
    (tmp_path / "pulse").write_bytes(bytes(HEARTBEAT.size))
    task = Task(
        op=op,
        groups=(group,),
        rules=replace(Rules(), warm_most=0.04),
        seed=0,
        order=order,
        check=order == 0,
        first=order == 0,
        cold=cold,
    )
    pulse = Pulse(tmp_path / "pulse")
    pools = ThreadPools()
    equipment = Equipment(task=task, pools=pools, pulse=pulse, host=Host(), state=GlobalState(pools))
    return measure_group(group, equipment)


def test_every_span_of_a_device_gets_its_round_with_first_call_and_enqueue_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = measured(tmp_path, monkeypatch, "gpu.launch(1e-4)\nnp.abs(x)").findings
    assert {finding.status for finding in findings} == {Status.OK}
    rounds = {span: finding.round for span, finding in zip(SPANS, findings[:-1], strict=True)}
    for span, round_ in rounds.items():
        assert round_ is not None
        assert np.median(round_.samples) == pytest.approx(1e-4, rel=0.05)
        assert round_.first == pytest.approx(1.04e-4)
        assert (round_.enqueue is None) is (span is Span.ROUND_TRIP)


@pytest.mark.parametrize(
    ("library", "function", "timed"),
    [("jax", None, True), ("torch", Function(dtype="float32"), True), ("torch", None, False)],
    ids=["a library that compiles", "a user's function", "an op of Torch"],
)
def test_a_first_call_that_may_compile_is_apart_from_the_warm_up_in_every_round(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    library: Library,
    function: Function | None,
    *,
    timed: bool,
) -> None:
    compiling = "gpu.launch(2e-5 if gpu.launches else 0.5)\nnp.abs(x)"
    findings = measured(
        tmp_path, monkeypatch, compiling, library=library, order=5, function=function
    ).findings
    first = findings[SPANS.index(Span.CALL)].round
    assert first is not None
    assert (first.first is not None) is timed


def test_a_cold_cache_is_asked_of_the_device_span_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = measured(tmp_path, monkeypatch, "gpu.launch(1e-4)\nnp.abs(x)", cold=True).findings
    for span, finding in zip(SPANS, findings[:-1], strict=True):
        assert finding.round is not None
        expected = 3e-4 if span is Span.DEVICE else 1e-4
        assert np.median(finding.round.samples) == pytest.approx(expected, rel=0.05)


def test_a_span_without_a_figure_is_skipped_with_the_reason_and_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = measured(tmp_path, monkeypatch, "gpu.launch(5e-6)\nnp.abs(x)").findings
    status = dict(zip(SPANS, (finding.status for finding in findings), strict=False))
    assert status == dict.fromkeys(SPANS, Status.OK) | {Span.DEVICE: Status.SKIPPED}
    assert "events resolve calls of 10 us" in findings[SPANS.index(Span.DEVICE)].reason


def test_memory_that_runs_out_on_a_device_costs_its_own_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = measured(
        tmp_path, monkeypatch, "exec(\"raise RuntimeError('out of memory')\")\nnp.abs(x)"
    ).findings
    assert [finding.status for finding in findings] == [Status.OOM] * 4 + [Status.OK]


def test_a_lane_that_runs_out_of_memory_gives_its_operands_back_before_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operands: list[weakref.ref[Any]] = []
    alive: list[bool] = []

    def prepared(backend: Backend, op: Op, host: Operands, _held: object = None) -> dict[str, Any]:
        names = prepare(backend, op, host.copied())
        operands.extend([weakref.ref(names["x"])] * (backend.name == "scripted"))
        return names

    def measured_alone(contenders: Sequence[Contender], *words: Any) -> Measurement:  # noqa: ANN401 - as measure
        alive.append(operands[0]() is not None)
        if len(contenders) > 1:
            words[-1](0)
            raise MemoryError
        return measure(contenders, *words)

    monkeypatch.setattr(module, "prepare", prepared)
    monkeypatch.setattr(module, "measure", measured_alone)
    findings = measured(tmp_path, monkeypatch, "gpu.launch(1e-4)\nnp.abs(x)").findings
    assert [finding.status for finding in findings] == [Status.OOM] * 4 + [Status.OK]
    assert alive == [True] * 4 + [False]


def test_a_lost_device_ends_the_process_with_the_reason_as_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr("os._exit", leave)
    with pytest.raises(SystemExit, match="70"):
        measured(tmp_path, monkeypatch, raising("the device is lost"))
    assert capfd.readouterr().err.splitlines()[-1] == "RuntimeError: the device is lost"


def of_numpy(tmp_path: Path, definition: str, *lanes: Lane, check: bool = True) -> list[Finding]:
    """Return what a worker finds of lanes of an op that is defined so."""
    op = Op(name="abs", summary="", spelling={"numpy": definition})
    group = Group(n=16, dtype="float32", lanes=lanes)
    (tmp_path / "pulse").write_bytes(bytes(HEARTBEAT.size))
    task = Task(op=op, groups=(group,), rules=BRIEF(), seed=0, order=0, check=check)
    pools, pulse = ThreadPools(), Pulse(tmp_path / "pulse")
    equipment = Equipment(task=task, pools=pools, pulse=pulse, host=Host(), state=GlobalState(pools))
    return list(measure_group(group, equipment).findings)


@pytest.mark.parametrize(
    ("definition", "status", "reason"),
    [
        ("-np.abs(x)", Status.WRONG, "error 2 against float64 NumPy"),
        ("np.abs(x)[1:]", Status.WRONG, "the result has shape (16,), expected (15,)"),
        ("np.abs(y)", Status.CRASHED, "the reference failed: NameError: name 'y' is not defined"),
    ],
)
def test_a_result_is_held_against_the_definition_where_the_task_asks_for_it_and_not_elsewhere(
    tmp_path: Path, definition: str, status: Status, reason: str
) -> None:
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement="np.abs(x)")
    (checked,) = of_numpy(tmp_path, definition, lane)
    assert (checked.status, checked.round) == (status, None)
    assert checked.reason.startswith(reason)
    (unchecked,) = of_numpy(tmp_path, definition, lane, check=False)
    assert (unchecked.status, unchecked.reason) == (Status.OK, "")
    assert unchecked.round is not None
    assert np.isnan([unchecked.error, unchecked.tolerance]).all()


def test_a_control_has_operands_and_turns_of_its_own_as_if_it_were_another_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operands, backends = list[Any](), list[str]()

    def prepared(backend: Backend, op: Op, host: Operands, _held: object = None) -> dict[str, Any]:
        names = prepare(backend, op, host)
        operands.append(names["x"])
        return names

    def measured_with(contenders: Sequence[Contender], *words: Any) -> Measurement:  # noqa: ANN401 - as measure
        backends.extend(contender.backend for contender in contenders)
        return measure(contenders, *words)

    monkeypatch.setattr(module, "prepare", prepared)
    monkeypatch.setattr(module, "measure", measured_with)
    call = Lane(backend="numpy", spans=(Span.CALL, Span.ROUND_TRIP), statement="np.abs(x)")
    control = replace(call, spans=(Span.CONTROL,), twin=" again")
    findings = of_numpy(tmp_path, "np.abs(x)", call, control, replace(call, statement="np.absolute(x)"))
    assert [finding.status for finding in findings] == [Status.OK] * 3
    assert backends == ["numpy", "numpy again", "numpy"]
    own, of_control = operands
    assert (own == of_control).all()
    assert not np.shares_memory(own, of_control)


def test_no_backend_has_the_control_among_its_spans() -> None:
    assert {span for backend in BACKENDS.values() for span in backend.spans} <= set(SPANS)
