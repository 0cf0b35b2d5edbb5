"""The instruments: what the kernel says of this process's threads."""

import subprocess
import sys

import pytest

SCRIPT = """
import os, threading, zlib
from harness.machine.host_counters import Host

def work(calls):
    for _ in range(calls):
        zlib.crc32(block)

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
block, host = bytes(2**20), Host()
before = host.delay()
threads = [threading.Thread(target=work, args=(CALLS,)) for _ in range(THREADS)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(host.delay() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long a thread waited")
def test_threads_that_wait_for_one_another_on_one_processor_are_seen_to_wait() -> None:
    """Three share one processor, so that each waits twice as long as it works, whatever else runs there."""
    script = SCRIPT.replace("THREADS", "3").replace("CALLS", "1000")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(done.stdout.split()[0]) > 0.05
