"""The clocks of asynchronous devices, on devices whose durations are known."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from statistics import median

import pytest

from harness.backends.torch_device import TorchDevice
from harness.model import ON_DEVICE, WAITED_FOR, Span
from harness.timing.contender import Contender
from harness.timing.device_clock import HELD, HeldLoop, row_loop, timed_on_device
from harness.timing.loop import Timed, UnmeasurableError
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import Measurement, measure
from tests.support.devices import OnDevice, ScriptedDevice, ThreadedDevice
from tests.support.host import Scripted, constant

RULES = Rules()
SPANS = (*WAITED_FOR, *ON_DEVICE)
WORK = "device.launch(seconds)"
PRECISION = 0.02


def on(
    device: ScriptedDevice, span: Span, seconds: float, statement: str = WORK, *, cold: bool = False
) -> Timed:
    names = {"device": device, "seconds": seconds}
    return timed_on_device(statement, span, names, device, device.now, cold=cold)


def truth(device: ScriptedDevice, span: Span, seconds: float) -> float:
    """Return what a span is by its definition, of a call that is one piece of work."""
    if span is Span.DEVICE:
        return seconds
    if span is Span.PIPELINED:
        return max(seconds, device.launch_cost)
    return device.launch_cost + max(seconds, device.wait_cost)


def contender(timed: Timed, device: ScriptedDevice, backend: str = "gpu") -> Contender:
    return Contender(
        backend=backend,
        run=timed.run,
        enter=lambda: None,
        floor=timed.floor,
        subtract=timed.subtract,
        row=timed.row,
        ramps=timed.ramps,
        gauge=device.state,
    )


def host_contender(device: ScriptedDevice, seconds: float) -> Contender:
    """Return a backend of the host, during whose turns the device idles."""

    def run(number: int) -> float:
        device.host(number * seconds)
        return number * seconds

    return Contender(backend="host", run=run, enter=lambda: None, floor=0.0, subtract=True)


def measured(device: ScriptedDevice, *contenders: Contender, rules: Rules = RULES) -> Measurement:
    return measure(contenders, rules, OnDevice(device), seed=0)


@pytest.mark.parametrize("seconds", [2e-5, 3e-4, 8e-3])
@pytest.mark.parametrize("span", SPANS)
def test_every_span_reads_the_truth_though_launching_returns_at_once(span: Span, seconds: float) -> None:
    device = ScriptedDevice()
    sampled = measured(device, contender(on(device, span, seconds), device)).rounds[0]
    assert round_median(sampled) == pytest.approx(truth(device, span, seconds), rel=PRECISION)


@pytest.mark.parametrize("span", SPANS)
def test_every_span_reads_the_truth_on_a_device_whose_clock_has_to_rise_first(span: Span) -> None:
    device = ScriptedDevice(idle_speed=0.4)
    sampled = measured(device, contender(on(device, span, 1e-4), device)).rounds[0]
    assert round_median(sampled) == pytest.approx(truth(device, span, 1e-4), rel=PRECISION)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("host_seconds", [1e-5, 5e-3, 0.2])
def test_interleaved_with_a_backend_of_the_host_a_device_reads_as_alone(
    span: Span, host_seconds: float
) -> None:
    """While the host computes, the device falls to 40 % of its clock within 2 ms and needs 80 ms to rise."""
    alone, beside = ScriptedDevice(idle_speed=0.4), ScriptedDevice(idle_speed=0.4)
    expected = measured(alone, contender(on(alone, span, 1e-4), alone)).rounds[0]
    sampled = measured(
        beside,
        host_contender(beside, host_seconds),
        contender(on(beside, span, 1e-4), beside),
        host_contender(beside, host_seconds / 3),
    ).rounds[1]
    assert round_median(sampled) == pytest.approx(round_median(expected), rel=PRECISION)


def test_the_first_sample_after_every_turn_of_the_host_is_at_full_clock() -> None:
    device = ScriptedDevice(idle_speed=0.4)
    rules = replace(RULES, budget=0.3)
    sampled = measured(
        device,
        contender(on(device, Span.CALL, 1e-4), device),
        host_contender(device, 1e-3),
        rules=rules,
    ).rounds[0]
    assert max(sampled.samples) == pytest.approx(min(sampled.samples), rel=PRECISION)


def test_a_device_whose_clock_rises_late_is_led_in_until_it_runs_as_in_its_warm_up() -> None:
    """Steady is not enough: for 50 ms of load it is steady at 40 % of its clock."""
    device = ScriptedDevice(idle_speed=0.4, plateau=0.05, ramp=1e-3)
    rules = replace(RULES, budget=0.3)
    sampled = measured(
        device, contender(on(device, Span.CALL, 1e-4), device), host_contender(device, 5e-3), rules=rules
    ).rounds[0]
    assert max(sampled.samples) == pytest.approx(truth(device, Span.CALL, 1e-4), rel=PRECISION)


def test_a_device_warms_up_for_a_tenth_of_a_second_at_least() -> None:
    device = ScriptedDevice()
    assert measured(device, contender(on(device, Span.CALL, 1e-4), device)).warm_up >= 0.1


def test_a_device_that_idled_while_the_processor_was_looked_at_is_led_in_again() -> None:
    """Between two passes it is looked at for some milliseconds, though no other backend has its turn."""
    device = ScriptedDevice(idle_speed=0.4)
    sampled = measured(device, contender(on(device, Span.CALL, 1e-4), device)).rounds[0]
    assert len(set(sampled.passes)) > 1
    assert max(sampled.samples) == pytest.approx(min(sampled.samples), rel=PRECISION)


def test_the_turns_of_a_device_are_long_and_those_of_the_host_beside_it_are_not() -> None:
    device = ScriptedDevice()
    gpu, host = measured(
        device, contender(on(device, Span.CALL, 1e-4), device), host_contender(device, 1e-4)
    ).rounds
    for round_, turn in ((gpu, RULES.ramp_turn), (host, RULES.turn)):
        for in_pass in set(round_.passes):
            seconds = [
                s * round_.number for s, p in zip(round_.samples, round_.passes, strict=True) if p == in_pass
            ]
            assert 2 * turn <= sum(seconds) < 2 * turn + 2 * max(seconds)


def test_the_spans_of_a_device_follow_one_another_so_that_it_idles_once_in_a_pass() -> None:
    """Between the blocks of two other backends every span of the device is timed, or none is."""
    device, blocks = ScriptedDevice(), list[str]()
    gpu = [contender(on(device, span, 1e-4), device) for span in SPANS]
    host = [replace(host_contender(device, 1e-4), backend=name) for name in ("a", "b")]

    def logged(contender_: Contender, name: str) -> Contender:
        def run(number: int) -> float:
            blocks.append(name)
            return contender_.run(number) * (1 + 0.01 * (len(blocks) * 0.618 % 1))  # else it is soon known

        # What is run untimed goes by the pace, so the log has the timed blocks only.
        return replace(contender_, run=run, row=contender_.untimed)

    names = [str(span) for span in SPANS]
    every = [
        logged(contender_, name)
        for contender_, name in zip(
            (gpu[0], host[0], gpu[1], host[1], gpu[2], gpu[3]),
            (names[0], "a", names[1], "b", *names[2:]),
            strict=True,
        )
    ]
    measure(every, replace(RULES, passes=12, budget=5.0), OnDevice(device), seed=1)
    turns = [
        set(blocks_of_turn)
        for of_gpu, blocks_of_turn in groupby(blocks, lambda name: name in names)
        if of_gpu
    ]
    assert len(turns) > 10
    assert all(turn == set(names) for turn in turns[:10])


def test_many_spans_of_a_device_are_measured_in_the_same_moment() -> None:
    device = ScriptedDevice(idle_speed=0.4)
    rounds = measured(device, *(contender(on(device, span, 1e-4), device) for span in SPANS)).rounds
    read = {span: round_median(round_) for span, round_ in zip(SPANS, rounds, strict=True)}
    for span, value in read.items():
        assert value == pytest.approx(truth(device, span, 1e-4), rel=PRECISION)


def test_what_was_under_way_before_is_charged_to_no_span() -> None:
    for span in SPANS:
        device = ScriptedDevice()
        loop = on(device, span, 1e-3)
        device.launch(5.0)
        assert loop.run(4) / 4 == pytest.approx(truth(device, span, 1e-3), rel=PRECISION)
        device.launch(5.0)
        assert (loop.row or loop.run)(4) < 0.1


@pytest.mark.parametrize("span", [Span.CALL, Span.ROUND_TRIP, Span.PIPELINED])
def test_work_on_another_stream_is_waited_for(span: Span) -> None:
    device = ScriptedDevice()
    elsewhere = "with device.on_stream(7): device.launch(seconds)"
    sampled = measured(device, contender(on(device, span, 1e-3, elsewhere), device)).rounds[0]
    assert round_median(sampled) == pytest.approx(truth(device, span, 1e-3), rel=PRECISION)


def test_device_time_of_work_that_events_do_not_see_is_refused() -> None:
    elsewhere = "with device.on_stream(7): device.launch(seconds)"
    with pytest.raises(UnmeasurableError, match="another stream"):
        on(ScriptedDevice(), Span.DEVICE, 1e-3, elsewhere)


def test_device_time_of_less_than_10_us_is_refused() -> None:
    with pytest.raises(UnmeasurableError, match="busy for 6 us; events resolve calls of 10 us"):
        on(ScriptedDevice(), Span.DEVICE, 6e-6)


def test_device_time_of_a_call_that_waits_for_the_device_is_refused() -> None:
    with pytest.raises(UnmeasurableError, match="waits for the device itself"):
        on(ScriptedDevice(), Span.DEVICE, 1e-3, "device.launch(seconds)\ndevice.synchronize()")


def test_device_time_holds_no_wait_for_a_slow_host() -> None:
    """Launching takes 50 us, the work 20: unheld, events would read 50."""
    device = ScriptedDevice(launch_cost=5e-5)
    assert on(device, Span.DEVICE, 2e-5).run(10) / 10 == pytest.approx(2e-5, rel=PRECISION)


def test_device_time_holds_none_of_the_hosts_stalls() -> None:
    device = ScriptedDevice(stall_every=97)
    loop = on(device, Span.DEVICE, 2e-5)
    read = [loop.run(20) / 20 for _ in range(50)]
    assert max(read) == pytest.approx(2e-5, rel=PRECISION)


@pytest.mark.parametrize("cycle", [1e-11, 7e-10, 1e-7])
def test_the_hold_assumes_no_clock_rate(cycle: float) -> None:
    device = ScriptedDevice(cycle=cycle, launch_cost=5e-5)
    assert on(device, Span.DEVICE, 2e-5).run(32) / 32 == pytest.approx(2e-5, rel=PRECISION)


def test_the_hold_lasts_half_as_long_again_as_the_host_needs() -> None:
    device = ScriptedDevice(launch_cost=5e-5)
    loop = HeldLoop(WORK, {"device": device, "seconds": 2e-5}, device, device.now)
    loop(30)
    began, spins = device.clock, list[float]()
    spin = device.spin
    device.spin = lambda units: (spins.append(units * device.cycle), spin(units))[1]  # type: ignore[func-returns-value, method-assign]
    loop(30)
    enqueued = 30 * (device.launch_cost + 2 * device.mark_cost) + 8 * 2 * device.mark_cost
    assert spins == [pytest.approx(HELD * enqueued, rel=0.05)]
    assert device.clock > began


def test_a_long_block_is_held_in_parts_that_a_launch_queue_has_room_for() -> None:
    device, depth = ScriptedDevice(), list[int]()
    loop = on(device, Span.DEVICE, 2e-5)
    mark = device.mark

    def counted() -> object:
        depth[-1] += 1
        return mark()

    device.mark = counted  # type: ignore[method-assign, assignment] # to see how many there are between waits
    wait = device.synchronize
    device.synchronize = lambda: (depth.append(0), wait())[1]  # type: ignore[func-returns-value, method-assign]
    assert loop.run(200) / 200 == pytest.approx(2e-5, rel=PRECISION)
    assert max(depth) <= 2 * (32 + 8) + 2


def test_a_pipelined_call_holds_neither_the_first_launch_nor_the_last_wait() -> None:
    """Of a single call: in a long block the two would hardly show."""
    device = ScriptedDevice(launch_cost=5e-6, wait_cost=3e-6)
    assert on(device, Span.PIPELINED, 2e-5).run(1) == pytest.approx(2e-5, rel=1e-6)


def test_the_empty_pair_of_events_is_read_anew_in_every_block() -> None:
    """The clock falls to 40 % after the first block: what was read before would be too little."""
    device = ScriptedDevice(idle_speed=0.4)
    loop = on(device, Span.DEVICE, 2e-5)
    device.host(1.0)
    device.ramp = math.inf
    assert loop.run(8) / 8 == pytest.approx(2e-5 / 0.4, rel=PRECISION)


def test_a_short_call_does_not_pass_for_a_longer_one_at_the_clock_of_an_idle_device() -> None:
    """At 40 % of the clock 6 us are 15."""
    with pytest.raises(UnmeasurableError, match="events resolve calls of 10 us"):
        on(ScriptedDevice(idle_speed=0.4), Span.DEVICE, 6e-6)


@pytest.mark.parametrize("number", [1, 10, 100])
def test_every_call_begins_with_a_cold_cache_where_that_is_asked_for(number: int) -> None:
    """Colder is 3 times as long here; the writing over takes 30 us and is in no figure."""
    device = ScriptedDevice()
    loop = on(device, Span.DEVICE, 2e-5, cold=True)
    before = device.flushes
    assert loop.run(number) / number == pytest.approx(3 * 2e-5, rel=PRECISION)
    assert device.flushes - before >= number


def test_the_cache_is_written_over_behind_the_hold_and_outside_of_the_calls_events() -> None:
    device, queued = ScriptedDevice(), list[str]()
    loop = on(device, Span.DEVICE, 2e-5, cold=True)
    loop.run(2)

    def logged(name: str, queue: Callable[..., object]) -> Callable[..., object]:
        return lambda *words: (queued.append(name), queue(*words))[1]  # type: ignore[func-returns-value] # for its order

    for name in ("spin", "flush", "launch", "mark", "synchronize"):
        setattr(device, name, logged(name, getattr(device, name)))
    loop.run(2)
    hold, nothing = ["synchronize", "mark", "spin", "mark"], ["mark", "mark"] * 8
    call = ["flush", "mark", "launch", "mark"]
    assert queued == [*hold, *nothing, *call, *call, "synchronize"]


@pytest.mark.parametrize("span", SPANS)
def test_a_hot_cache_is_never_written_over_and_a_cold_one_for_the_device_span_only(span: Span) -> None:
    for cold in (False, True):
        device = ScriptedDevice()
        on(device, span, 1e-4, cold=cold).run(10)
        assert (device.flushes > 0) == (cold and span is Span.DEVICE)


def test_a_call_that_is_short_beside_the_writing_over_of_the_cache_is_not_taken_for_another_streams() -> None:
    device = ScriptedDevice(flush_work=1e-3)
    assert on(device, Span.DEVICE, 2e-5, cold=True).run(4) / 4 == pytest.approx(3 * 2e-5, rel=PRECISION)


def test_the_floors_are_the_empty_wait_and_the_empty_pair_of_events() -> None:
    device = ScriptedDevice()
    for span in SPANS:
        timed = on(device, span, 1e-4)
        expected = device.mark_work if span is Span.DEVICE else device.wait_cost
        assert timed.floor == pytest.approx(expected)
        assert not timed.subtract


def test_enqueueing_is_told_beside_the_spans_that_do_not_wait_for_a_transfer() -> None:
    device = ScriptedDevice()
    for span in SPANS:
        enqueue = on(device, span, 1e-4).enqueue
        if span is Span.ROUND_TRIP:
            assert enqueue is None
        else:
            assert enqueue is not None
            assert enqueue() == pytest.approx(device.launch_cost)


def test_blocks_below_three_quarters_of_the_clock_are_disturbed_and_called_throttled() -> None:
    device = ScriptedDevice(throttle_from=0.13)
    rules = replace(RULES, budget=0.1)
    sampled = measured(device, contender(on(device, Span.CALL, 1e-4), device), rules=rules).rounds[0]
    slow = [sample > 1.5 * min(sampled.samples) for sample in sampled.samples]
    assert any(slow)
    assert not all(slow)
    assert all(bad for bad, is_slow in zip(sampled.disturbed, slow, strict=True) if is_slow)
    assert sampled.throttled == sum(sampled.disturbed)


def test_a_device_at_its_clock_is_told_and_nothing_is_marked() -> None:
    device = ScriptedDevice()
    sampled = measured(device, contender(on(device, Span.CALL, 1e-4), device)).rounds[0]
    assert {state.sm_clock for state in sampled.states} == {2e9}
    assert sampled.throttled == sum(sampled.disturbed) == 0
    assert {state.sample for state in sampled.states} < set(range(len(sampled.samples)))


def test_a_device_that_does_not_tell_its_clock_marks_nothing() -> None:
    device = ScriptedDevice(throttle_from=0.13)
    silent = replace(contender(on(device, Span.CALL, 1e-4), device), gauge=lambda: None)
    sampled = measured(device, silent).rounds[0]
    assert (sampled.throttled, sampled.states) == (0, ())


@pytest.mark.parametrize("error", [MemoryError("out of memory"), RuntimeError("device lost")])
@pytest.mark.parametrize("span", SPANS)
def test_an_error_of_the_device_comes_out_of_every_span(span: Span, error: Exception) -> None:
    device = ScriptedDevice()
    loop = on(device, span, 1e-4)

    def fail(_seconds: float) -> None:
        raise error

    device.launch = fail  # type: ignore[method-assign, assignment] # from now on
    with pytest.raises(type(error)):
        loop.run(3)


def test_a_call_that_is_only_launched_would_read_as_its_launch() -> None:
    """The simulation is asynchronous: without a wait the tests above could not pass."""
    device = ScriptedDevice()
    began = device.clock
    device.launch(1.0)
    assert device.clock - began == pytest.approx(device.launch_cost)
    assert row_loop(WORK, {"device": device, "seconds": 1e-3}, device, device.now)(10) > 1e-2


@pytest.mark.parametrize("span", SPANS)
def test_on_a_thread_and_the_real_clock_every_span_reads_what_the_device_recorded(span: Span) -> None:
    """Not a duration but a ratio, to the device's own record; a busy host gets several tries."""
    device = ThreadedDevice()
    timed = timed_on_device("device.launch(0.01)", span, {"device": device}, device)
    ratios = list[float]()
    for _ in range(20):
        device.busy.clear()
        seconds = timed.run(4) / 4
        recorded = [busy for busy in device.busy if busy < 0.02]
        ratios.append(seconds / median(recorded[-4:]))
        if abs(ratios[-1] - 1) <= PRECISION:
            break
    assert min(ratios, key=lambda ratio: abs(ratio - 1)) == pytest.approx(1.0, abs=PRECISION)


def test_the_scripted_host_of_the_other_tests_has_backends_that_do_not_ramp() -> None:
    host = Scripted()
    assert measure([host.contender("a", constant(1e-4))], RULES, host, seed=0).warm_up < 0.1


@pytest.mark.cuda
def test_on_a_gpu_the_spans_of_a_product_stand_in_their_order() -> None:
    import torch

    a = torch.randn(4096, 4096, device="cuda")
    device, read = TorchDevice("cuda"), dict[Span, float]()
    for span in (Span.DEVICE, Span.PIPELINED, Span.CALL):
        timed = timed_on_device("torch.mm(a, a)", span, {"torch": torch, "a": a}, device)
        (timed.row or timed.run)(50)
        read[span] = median(timed.run(5) / 5 for _ in range(20))
    assert read[Span.DEVICE] <= (1 + PRECISION) * read[Span.PIPELINED]
    assert read[Span.PIPELINED] <= (1 + PRECISION) * read[Span.CALL]


@pytest.mark.cuda
def test_on_a_gpu_events_do_not_see_another_stream_and_the_wait_does() -> None:
    import torch

    side = torch.cuda.Stream()  # type: ignore[no-untyped-call] # Torch leaves it untyped
    names = {"torch": torch, "side": side}
    elsewhere = "with torch.cuda.stream(side): torch.cuda._sleep(2_000_000)"
    device = TorchDevice("cuda")
    with pytest.raises(UnmeasurableError, match="another stream"):
        timed_on_device(elsewhere, Span.DEVICE, names, device)
    here = timed_on_device("torch.cuda._sleep(2_000_000)", Span.CALL, names, device)
    there = timed_on_device(elsewhere, Span.CALL, names, device)
    assert median(there.run(1) for _ in range(20)) > 0.9 * median(here.run(1) for _ in range(20))


@pytest.mark.cuda
def test_on_a_gpu_operands_that_fit_into_the_cache_are_read_faster_from_it() -> None:
    import torch

    names = {"torch": torch, "x": torch.randn(2**21, device="cuda")}
    device, read = TorchDevice("cuda"), dict[bool, float]()
    for cold in (False, True):
        timed = timed_on_device("torch.abs(x)", Span.DEVICE, names, device, cold=cold)
        read[cold] = median(timed.run(20) / 20 for _ in range(20))
    assert read[True] > read[False]
