"""The checks of `make gpu-check`, on devices that are right and on one that is not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.validation.check import Check
from harness.validation.device_clock import SPINS, Setting, checks
from tests.support.devices import OnDevice, ScriptedDevice


def asked(device: ScriptedDevice) -> list[Check]:
    def host(number: int) -> float:
        device.host(number * 1e-4)
        return number * 1e-4

    setting = Setting(
        device=device,
        instruments=OnDevice(device),
        names={"gpu": device},
        clock=device.now,
        elsewhere=f"with gpu.on_stream(7): gpu.spin({SPINS[-1]})",
        host=host,
    )
    return checks(setting)


@pytest.mark.parametrize("device", [ScriptedDevice(), ScriptedDevice(idle_speed=0.4)])
def test_a_sound_device_passes_every_check(device: ScriptedDevice) -> None:
    assert [check for check in asked(device) if not check.passed] == []


def test_a_device_whose_events_count_wrong_fails_the_slope() -> None:
    class Wrong(ScriptedDevice):
        def seconds(self, first: object, last: object) -> float:
            return 1.05 * super().seconds(first, last)  # type: ignore[arg-type] # marks

    failed = {check.name for check in asked(Wrong()) if not check.passed}
    assert failed == {"pipelined: slope against device", "call: slope against device"}


def test_a_device_that_times_work_on_another_stream_fails_by_what_it_answered() -> None:
    class Seeing(ScriptedDevice):
        """A device whose events wait for every stream: nothing is there to refuse."""

        @contextmanager
        def on_stream(self, stream: int) -> Iterator[None]:
            del stream
            yield

    (failed,) = [check for check in asked(Seeing()) if not check.passed]
    assert failed.name == "device: work on another stream is refused"
    assert (failed.figure, failed.detail) == ("0 %", "it was given a time")


@pytest.mark.slow
def test_the_checks_of_a_clock_need_no_pandas() -> None:
    script = "import sys; import harness.validation.device_clock; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
