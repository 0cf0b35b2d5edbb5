"""The timed loop, on a scripted device: a call reads until its result is there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness.timing.loop import MOST_COPIED, copied, floor, fresh_loop, timed_loop

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Device:
    """An asynchronous device on a scripted clock: launching costs 10 us, the work goes on by itself."""

    clock: float = 0.0
    free_at: float = 0.0

    def now(self) -> float:
        return self.clock

    def launch(self, seconds: float) -> None:
        self.clock += 1e-5
        self.free_at = max(self.clock, self.free_at) + seconds

    def synchronize(self) -> None:
        self.clock = max(self.clock + 1e-6, self.free_at)


@pytest.mark.parametrize("seconds", [1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("number", [1, 7, 100])
def test_an_asynchronous_call_reads_until_its_result_is_there(seconds: float, number: int) -> None:
    device = Device()
    names = {"launch": device.launch, "synchronize": device.synchronize, "seconds": seconds}
    loop = timed_loop("launch(seconds)", "synchronize()", names, device.now)
    assert loop(number) / number == pytest.approx(seconds + 1e-5)


def test_work_under_way_before_a_block_is_not_charged_to_it() -> None:
    device = Device()
    names = {"launch": device.launch, "synchronize": device.synchronize}
    loop = timed_loop("launch(1e-3)", "synchronize()", names, device.now)
    device.launch(5.0)
    assert loop(1) == pytest.approx(1e-3 + 1e-5)


def test_without_the_wait_an_asynchronous_call_would_read_as_its_launch() -> None:
    device = Device()
    loop = timed_loop("launch(1e-3)", "", {"launch": device.launch}, device.now)
    assert loop(10) / 10 == pytest.approx(1e-5)


def test_the_floor_of_an_asynchronous_device_is_its_empty_wait() -> None:
    device = Device()
    assert floor("synchronize()", {"synchronize": device.synchronize}, device.now) == pytest.approx(1e-6)


@pytest.mark.cuda
def test_a_product_on_the_gpu_takes_longer_than_its_launch() -> None:
    import torch

    a = torch.randn(4096, 4096, device="cuda")
    names = {"torch": torch, "a": a, "synchronize": torch.cuda.synchronize}
    waited = timed_loop("torch.mm(a, a)", "synchronize()", names)
    launched = timed_loop("torch.mm(a, a)", "", names)
    waited(3)
    assert waited(10) > 2 * launched(10)


class Counted:
    """An operand that counts its copies, and each call's changes."""

    dtype, nbytes = "of its own", 0

    def __init__(self, device: Device) -> None:
        self.device, self.copies, self.calls = device, 0, 0

    def copy(self) -> "Counted":
        self.copies += 1
        self.device.clock += 1.0  # which no call may be charged with
        other = Counted(self.device)
        other.nbytes = self.nbytes
        return other

    def change(self) -> None:
        self.calls += 1
        assert self.calls == 1, "a call was given what another one left"
        self.device.clock += 1e-3


@pytest.mark.parametrize("nbytes", [0, 2**27, 2**40])
def test_every_call_of_a_fresh_loop_has_a_copy_of_its_own_made_outside_the_clock(nbytes: int) -> None:
    device = Device()
    operand = Counted(device)
    operand.nbytes = nbytes
    loop = fresh_loop("x.change()", "", {"x": operand}, ["x"], device.now)
    assert loop(5) == pytest.approx(5e-3)
    assert (operand.copies, operand.calls) == (5, 0)


def test_only_so_many_copies_lie_in_memory_together() -> None:
    device, alive, most = Device(), [0], [0]

    class Large(Counted):
        nbytes = MOST_COPIED // 2

        def copy(self) -> "Large":
            alive[0] += 1
            most[0] = max(most[0], alive[0])
            return Large(self.device)

        def __del__(self) -> None:
            alive[0] -= 1

    operand = Large(device)
    alive[0] = 0
    assert fresh_loop("x.change()", "", {"x": operand}, ["x"], device.now)(9) == pytest.approx(9e-3)
    assert most[0] <= 4


def _place_of_array(array: Any) -> int:  # noqa: ANN401 - of NumPy
    """Return where the figures of an array begin."""
    return int(array.ctypes.data)


def test_a_copy_shares_no_memory_whatever_it_is_of() -> None:
    import numpy as np
    import torch

    array, tensor = np.zeros(3), torch.zeros(3, requires_grad=True)
    places: list[tuple[Any, Callable[[Any], int]]] = [
        (array, _place_of_array),
        (tensor, torch.Tensor.data_ptr),
    ]
    for value, place in places:
        assert place(copied(value)) != place(value)
        assert place(copied([value])[0]) != place(value)
        assert place(copied({"a": (value,)})["a"][0]) != place(value)
    assert copied(tensor).is_leaf
    assert copied(tensor).requires_grad
