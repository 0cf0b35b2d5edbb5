"""What has to be seen on a GPU: its tests, the acceptance of its clock, then the full sweep.

Run as ``make gpu-check``. Ends with 69 where there is no GPU, else with the first code that is not 0.
"""

import math
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import torch

from harness.backends.table import backend_named
from harness.backends.torch_device import TorchDevice
from harness.machine.host_counters import Host
from harness.model import Span
from harness.validation.check import Check
from harness.validation.device_clock import PART, SPINS, Setting, checks, ratio_check

NO_GPU = 69
"""Exit code where there is nothing to check: EX_UNAVAILABLE of sysexits."""
COPY = {"H200": 4.3e12}
"""Bytes per second, read and written, that a chip is known to copy; see docs/gpu.md."""
PRODUCT = {"H200": 785e12}
"""Operations per second of a bfloat16 product of side 8192 that a chip is known to reach."""
SIDE, BYTES = 8192, 2**31


def main() -> int:
    """Check, and return the exit code."""
    reason = backend_named("torch-cuda").missing()
    if reason:
        sys.stderr.write(f"gpu-check: there is no GPU to check: {reason}\n")
        return NO_GPU
    sys.stdout.write(f"{torch.cuda.get_device_name()}, Torch {torch.__version__}\n")
    if code := subprocess.run([sys.executable, "-m", "pytest", "-m", "cuda"], check=False).returncode:
        return code
    setting = _setting()
    results = [*checks(setting), *_against_others(setting), *_against_the_chip(setting)]
    for check in results:
        sys.stdout.write(f"{line(check)}\n")
    failed = any(check.passed is False for check in results)
    sweep = [sys.executable, "-c", "from harness.cli.app import main; main()", "run"]
    return subprocess.run(sweep, check=False).returncode or int(failed)


def line(check: Check) -> str:
    """Return a check as a line of text."""
    mark = "FAIL" if check.passed is False else "ok  "
    limit = f" ({check.limit})" if check.limit else ""
    return f"{mark} {check.name}: {check.figure}{limit}, {check.detail}"


def _setting() -> Setting:
    """Return the first GPU with what the questions need."""
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call] # Torch leaves it untyped
    x = np.ones(100_000, dtype=np.float32)

    def host(number: int) -> float:
        began = time.perf_counter()
        for _ in range(number):
            np.sin(x)
        return time.perf_counter() - began

    rows = torch.randn(SIDE, SIDE, device="cuda", dtype=torch.bfloat16)
    return Setting(
        device=TorchDevice("cuda"),
        instruments=Host(),
        names={
            "torch": torch,
            "side": side,
            "a": rows,
            "b": torch.randn(SIDE, SIDE, device="cuda", dtype=torch.bfloat16),
            "source": torch.zeros(BYTES, device="cuda", dtype=torch.uint8),
            "target": torch.empty(BYTES, device="cuda", dtype=torch.uint8),
        },
        clock=time.perf_counter,
        elsewhere=f"with torch.cuda.stream(side): torch.cuda._sleep({SPINS[-1]})",
        host=host,
    )


def _against_others(setting: Setting) -> Iterator[Check]:
    """Compare the time of a product with what torch.profiler and Triton's do_bench say of it."""
    statement = "torch.mm(a, b)"
    ours = setting.seconds(setting.timed(statement, Span.DEVICE))[0]
    a, b = setting.names["a"], setting.names["b"]
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        for _ in range(50):
            torch.mm(a, b)
        torch.cuda.synchronize()
    total = sum(event.self_device_time_total for event in profile.key_averages()) * 1e-6 / 50
    yield ratio_check("device: a product against torch.profiler", ours, total, 0.03)
    if find_spec("triton"):
        from triton.testing import do_bench

        milliseconds = do_bench(lambda: torch.mm(a, b), warmup=200, rep=500, return_mode="median")
        yield ratio_check("device: a product against triton's do_bench", ours, milliseconds * 1e-3, 0.03)


def _against_the_chip(setting: Setting) -> Iterator[Check]:
    """Compare copy bandwidth and the rate of a product with what the chip is known for."""
    name = torch.cuda.get_device_name()
    for what, statement, amount, rates in (
        ("bytes copied per second", "target.copy_(source)", 2 * BYTES, COPY),
        ("operations per second of a bfloat16 product", "torch.mm(a, b)", 2 * SIDE**3, PRODUCT),
    ):
        rate = amount / setting.seconds(setting.timed(statement, Span.DEVICE))[0]
        expected = next((value for chip, value in rates.items() if chip in name), None)
        if expected is None:
            detail = f"{rate:.3g}, of which no figure is known on this chip"
            yield Check(part=PART, name=what, measured=math.nan, unit="ratio", detail=detail)
        else:
            detail = f"{rate:.3g} where {expected:.3g} is known"
            yield ratio_check(f"{what}, over what the chip is known for", rate, expected, 0.1, detail)


if __name__ == "__main__":
    sys.exit(main())
