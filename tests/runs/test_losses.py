"""Which backends of an op have no time in a run that others have one in."""

from dataclasses import replace

import pytest

from harness.model import TIMED, Cell, Status
from harness.runs.losses import lost_backends
from tests.support.runs import scripted_cell
from tests.support.sweeps import ABS

NUMPY = [scripted_cell("numpy", n, [1.0]) for n in (16, 64)]
FAILURES = [status for status in Status if status not in (*TIMED, Status.SKIPPED)]


def torch(*statuses: Status) -> list[Cell]:
    """Return cells of a backend, one size after another."""
    return [
        scripted_cell("torch-cpu", 4**at, [1.0] if status in TIMED else [], status=status, reason=f"why {at}")
        for at, status in enumerate(statuses, start=2)
    ]


@pytest.mark.parametrize("status", FAILURES)
def test_a_backend_that_failed_wherever_it_was_tried_is_told_with_the_reason(status: Status) -> None:
    (told,) = lost_backends(ABS, [*NUMPY, *torch(Status.SKIPPED, status, status)]).values()
    assert told == f"torch-cpu has no time of abs: {status}: why 3; mend it, or measure without this backend"


@pytest.mark.parametrize("statuses", [(Status.SKIPPED,), (Status.WRONG, Status.NOISY), (Status.OK,), ()])
def test_a_backend_with_a_time_somewhere_or_that_was_not_tried_is_not_lost(
    statuses: tuple[Status, ...],
) -> None:
    assert lost_backends(ABS, [*NUMPY, *torch(*statuses)]) == {}


def test_a_dtype_without_a_time_is_told_though_another_has_one() -> None:
    double = [replace(cell, case=replace(cell.case, dtype="float64")) for cell in torch(Status.WRONG)]
    told = lost_backends(ABS, [*NUMPY, *torch(Status.OK), *double])
    assert told["torch-cpu"].startswith("torch-cpu has no time of abs in float64: wrong: why 2;")
