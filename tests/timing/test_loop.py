"""The timed loop, on a scripted device: a call reads until its result is there."""

from dataclasses import dataclass

import pytest

from harness.timing.loop import floor, timed_loop


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
