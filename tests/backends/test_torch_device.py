"""Torch's devices, as far as a machine without one can tell."""

from types import SimpleNamespace

import pytest
import torch

from harness.backends.torch_device import TorchDevice
from harness.timing.loop import UnmeasurableError


def test_a_cache_is_written_over_by_as_many_bytes_as_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[torch.Tensor]()

    def empty(size: int, *, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        assert device.type == "cuda"
        made.append(torch.ones(size, dtype=dtype))
        return made[-1]

    monkeypatch.setattr(torch, "empty", empty)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda _device: SimpleNamespace(L2_cache_size=4096)
    )
    device = TorchDevice("cuda")
    for _ in range(2):
        device.flush()
        assert [(buffer.nbytes, int(buffer.sum())) for buffer in made] == [(4096, 0)]
        made[0].fill_(1)


def test_a_device_that_does_not_tell_the_size_of_its_cache_has_no_cold_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _device: SimpleNamespace())
    with pytest.raises(UnmeasurableError, match="does not tell how large its L2 cache is"):
        TorchDevice("cuda").flush()
