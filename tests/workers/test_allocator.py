"""The allocator of a round: large results are cut from a heap that is there, in whatever process."""

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from harness.workers.allocator import settle_allocator
if sys.argv[1] == "settled":
    settle_allocator()
result = np.empty(8 * 2**20, np.uint8)
heap = [line.split()[0].split("-") for line in open("/proc/self/maps") if line.rstrip().endswith("[heap]")]
print(any(int(begin, 16) <= result.ctypes.data < int(end, 16) for begin, end in heap))
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc learns")
@pytest.mark.parametrize(("before", "on_the_heap"), [("fresh", "False"), ("settled", "True")])
def test_a_large_result_has_no_fresh_pages_once_the_allocator_is_settled(
    before: str, on_the_heap: str
) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, before], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == on_the_heap
