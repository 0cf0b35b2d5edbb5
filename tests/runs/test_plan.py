"""The plan: which sizes and backends, and what is skipped for which reason."""

from dataclasses import replace

from harness.asv.catalogue import declared_ops
from harness.backends.table import backend_named
from harness.model import ON_DEVICE, WAITED_FOR, Op, Span, Status
from harness.runs.plan import SIZES, Means, Plan, plan, plan_size, sizes
from harness.runs.settings import DEFAULT, QUICK, Settings, checked
from tests.support.projects import PROJECT

OPS = declared_ops(PROJECT)
ABS, MM = OPS["abs"], OPS["mm"]
PLENTY = Means(memory=10**12)


def backends_of(op: Op, means: Means = PLENTY) -> set[str]:
    return {lane.backend for group in plan(op, DEFAULT, means).groups for lane in group.lanes}


def test_the_default_sizes_are_powers_of_4_from_16_to_16_million() -> None:
    assert sizes(ABS, DEFAULT) == SIZES == tuple(4**k for k in range(2, 13))


def test_an_op_caps_its_default_sizes_and_gives_way_to_a_request() -> None:
    assert sizes(MM, DEFAULT)[-1] == MM.max_size < SIZES[-1]
    assert sizes(MM, replace(DEFAULT, max_size=SIZES[-1]))[-1] == SIZES[-1]


def test_of_a_function_that_no_size_is_known_of_nothing_is_planned() -> None:
    assert plan(replace(ABS, sizes=()), DEFAULT, PLENTY) == Plan()


def test_a_quick_run_has_every_second_size_up_to_a_million() -> None:
    assert sizes(ABS, QUICK) == (16, 256, 4096, 65536, 1048576)


def test_the_range_of_sizes_can_be_chosen() -> None:
    assert sizes(ABS, replace(DEFAULT, min_size=64, max_size=1024)) == (64, 256, 1024)
    assert sizes(ABS, replace(DEFAULT, min_size=4**13)) == (4**13,)


def test_one_thread_numpy_takes_part_only_where_numpy_uses_threads() -> None:
    assert "numpy-1t" in backends_of(MM)
    assert "numpy-1t" not in backends_of(ABS)


def test_numpy_moves_nothing_so_that_one_lane_is_both_spans() -> None:
    lanes = plan(ABS, DEFAULT, PLENTY).groups[0].lanes
    assert next(lane.spans for lane in lanes if lane.backend == "numpy") == (Span.CALL, Span.ROUND_TRIP)
    assert [lane.spans for lane in lanes if lane.backend == "torch-cpu"] == [(Span.CALL,), (Span.ROUND_TRIP,)]


def test_a_missing_backend_is_skipped_with_its_reason_in_every_cell() -> None:
    planned = plan(ABS, DEFAULT, replace(PLENTY, missing={"torch-cuda": "no device"}))
    assert {cell.case.backend for cell in planned.skipped} == {"torch-cuda"}
    assert len(planned.skipped) == len(SIZES) * len((*WAITED_FOR, *ON_DEVICE))
    assert {(cell.status, cell.reason) for cell in planned.skipped} == {(Status.SKIPPED, "no device")}


def test_a_size_that_would_not_fit_is_skipped_before_it_is_tried() -> None:
    planned = plan(ABS, DEFAULT, Means(memory=10**8))
    assert {cell.case.n for cell in planned.skipped} == {4194304, 16777216}
    assert all("bytes of memory" in cell.reason for cell in planned.skipped)
    assert {group.n for group in planned.groups} == set(SIZES[:-2])


def test_a_size_that_would_not_fit_on_the_device_is_skipped_there_only() -> None:
    planned = plan(ABS, DEFAULT, replace(PLENTY, device_memory={"torch-cuda": 10**8}))
    assert {cell.case.backend for cell in planned.skipped} == {"torch-cuda"}
    assert all("device memory" in cell.reason for cell in planned.skipped)


def test_a_backend_in_whose_library_an_op_is_not_spelled_is_skipped_with_a_reason() -> None:
    op = replace(ABS, spelling={"numpy": "np.abs(x)", "torch": "torch.abs(x)"})
    planned = plan(op, replace(DEFAULT, backends=("numpy", "jax-cpu")), PLENTY)
    assert {lane.backend for group in planned.groups for lane in group.lanes} == {"numpy"}
    assert {cell.reason for cell in planned.skipped} == {"the op has no spelling for jax"}


def test_a_device_has_two_spans_of_its_own_and_each_is_timed_by_a_clock_of_its_own() -> None:
    spans = {
        name: [lane.spans for lane in plan(ABS, DEFAULT, PLENTY).groups[0].lanes if lane.backend == name]
        for name in DEFAULT.backends
    }
    assert spans["numpy"] == [(Span.CALL, Span.ROUND_TRIP), (Span.CONTROL,)]
    assert spans["torch-cpu"] == [(Span.CALL,), (Span.ROUND_TRIP,)]
    assert spans["torch-cuda"] == [(span,) for span in (*WAITED_FOR, *ON_DEVICE)]


def test_other_devices_and_one_of_several_are_measured_on_request() -> None:
    asked = ("torch-cuda:1", "torch-mps", "torch-cuda", "torch-cuda:GPU-5fd4f1b2-7a3c")
    chosen = checked(Settings(backends=asked)).backends
    assert chosen == ("numpy", "torch-cuda", "torch-cuda:1", "torch-mps", "torch-cuda:GPU-5fd4f1b2-7a3c")
    assert backend_named("torch-cuda:1").device == "cuda:1"
    assert backend_named("torch-xpu").device == "xpu"
    planned = plan(ABS, Settings(backends=chosen), replace(PLENTY, missing={"torch-cuda:1": "only one"}))
    assert {cell.case.backend for cell in planned.skipped} == {"torch-cuda:1"}


def test_of_a_function_that_cannot_be_measured_at_any_size_nothing_is_planned() -> None:
    assert plan(replace(ABS, sizes=()), DEFAULT, PLENTY) == Plan()


def test_the_baseline_stands_against_itself_at_the_smallest_middle_and_largest_size() -> None:
    controls = {
        group.n: lane
        for group in plan(MM, DEFAULT, PLENTY).groups
        for lane in group.lanes
        if Span.CONTROL in lane.spans
    }
    assert list(controls) == [16, 4**6, 4**10]
    assert {(lane.backend, lane.statement) for lane in controls.values()} == {("numpy", "np.matmul(a, b)")}
    assert {lane.contender for lane in controls.values()} != {"numpy"}  # it has operands of its own


def test_an_added_size_has_no_control_and_only_the_backends_that_are_asked_for() -> None:
    planned = plan_size(ABS, DEFAULT.only({"torch-cpu"}), PLENTY, 300, "float32")
    (group,) = planned.groups
    assert group.n == 300
    assert {lane.backend for lane in group.lanes} == {"numpy", "torch-cpu"}
    assert not any(Span.CONTROL in lane.spans for lane in group.lanes)


def test_pinned_memory_is_asked_for_by_the_round_trip_of_a_device_alone() -> None:
    def texts(*, pinned: bool) -> dict[tuple[str, Span], str]:
        settings = replace(DEFAULT, pinned=pinned)
        lanes = plan(ABS, settings, PLENTY).groups[0].lanes
        return {(lane.backend, span): lane.statement for lane in lanes for span in lane.spans}

    usual, pinned = texts(pinned=False), texts(pinned=True)
    assert {key for key in usual if usual[key] != pinned[key]} == {("torch-cuda", Span.ROUND_TRIP)}
    assert "pinned" in pinned["torch-cuda", Span.ROUND_TRIP]
