"""The script that asks a real GPU: what it prints, and that it says where there is none."""

import math
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pytest
import torch

from harness.model import Span
from harness.validation.check import Check
from scripts import gpu_check
from tests.support.projects import PROJECT

if TYPE_CHECKING:
    from harness.validation.device_clock import Setting


class Chip:
    """A setting in which every statement takes a second."""

    def timed(self, _statement: str, _span: Span) -> None:
        """Nothing is run."""

    def seconds(self, _run: None) -> list[float]:
        return [1.0]


def rates(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Check]:
    """Return the checks of the rates of a chip of that name which copies 4 GiB/s and computes 1.1 TFLOP/s."""
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: name)
    return list(gpu_check._against_the_chip(cast("Setting", Chip())))


def test_the_rates_of_a_chip_are_held_against_what_it_is_known_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_check, "COPY", {"H200": 4.3e9})
    copied, computed = rates(monkeypatch, "NVIDIA H200")
    assert copied.passed is True
    assert computed.passed is False
    assert "4.29e+09 where 4.3e+09 is known" in gpu_check.line(copied)
    assert gpu_check.line(computed).startswith("FAIL operations per second of a bfloat16 product")


def test_the_rates_of_a_chip_that_is_not_known_are_only_told(monkeypatch: pytest.MonkeyPatch) -> None:
    copied, _ = rates(monkeypatch, "another")
    assert copied.passed is None
    assert math.isnan(copied.measured)
    assert (
        gpu_check.line(copied)
        == "ok   bytes copied per second: –, 4.29e+09, of which no figure is known on this chip"
    )


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_gpu_check_says_in_a_sentence_that_there_is_no_gpu() -> None:
    run = subprocess.run(
        [sys.executable, "scripts/gpu_check.py"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 69
    assert run.stderr.startswith("gpu-check: there is no GPU to check: ")
    assert len(run.stderr.splitlines()) == 1
