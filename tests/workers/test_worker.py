"""What an op meets in the process that measures it: as fresh as a user's own, and nothing of the parent's."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from harness.model import Status
from harness.workers.process import Start, WorkerProcess
from tests.support.worker_tasks import FINE, answered, asked, pids, said, task

pytestmark = pytest.mark.slow
forks = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")


@pytest.fixture(scope="module")
def parent() -> Iterator[WorkerProcess]:
    """Start a parent that all tests share: whatever becomes of its forks, it goes on."""
    with WorkerProcess(60.0, "fork") as worker:
        worker.wait_until_ready()
        yield worker


@pytest.mark.parametrize("way", [pytest.param("fork", marks=forks), "spawn"])
def test_what_an_op_prints_does_not_get_between_the_values(way: Start) -> None:
    talk = (
        "import os, sys\nprint('x' * 100)\nsys.stdout.flush()\nos.write(1, b'junk')\nos.system('echo more')"
    )
    with WorkerProcess(60.0, way) as worker:
        worker.give(task(f"{talk}\n{FINE}", FINE))
        assert [answered(worker).status for _ in range(2)] == [Status.OK, Status.OK]


@pytest.mark.parametrize("way", [pytest.param("fork", marks=forks), "spawn"])
def test_an_op_that_reads_finds_nothing_and_takes_no_task_for_what_somebody_types(way: Start) -> None:
    with WorkerProcess(60.0, way) as worker:
        for reads in ("input()", "import os, sys\nos.read(0, 1)[0]"):
            worker.give(task(reads, FINE))
            assert answered(worker).reason.startswith(("EOFError", "IndexError"))
            assert answered(worker).status is Status.OK


@forks
def test_no_pool_is_started_and_no_device_is_touched_in_a_parent(parent: WorkerProcess) -> None:
    """OpenBLAS starts its threads at import, and stops them for a fork until it computes something."""
    product = "torch.randn(512, 512) @ torch.randn(512, 512)\nnp.ones((512, 512)) @ np.ones((512, 512))"
    assert asked(parent, f"import torch\nimport numpy as np\n{product}\nnp.abs(x)").status is Status.OK
    parent.libraries()
    _, warm = pids(parent)
    assert psutil.Process(warm).num_threads() == 1
    touched = "torch.cuda.is_initialized(), torch.cuda._is_in_bad_fork()"
    assert said(parent, touched, imports="torch") == "(False, False)"


@forks
def test_a_fork_has_the_threads_that_a_users_own_process_has(parent: WorkerProcess) -> None:
    script = """
        import json, numpy, torch
        from harness.machine.thread_pools import ThreadPools
        from harness.workers.libraries import describe_libraries
        print(json.dumps(describe_libraries(ThreadPools())))
    """
    own = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=True, capture_output=True, text=True
    )
    expected, described = json.loads(own.stdout), parent.libraries()
    assert described["threads"] == expected["threads"]
    assert by_file(described) == by_file(expected)
    assert by_file(parent.libraries()) == by_file(described)  # one fork leaves the next one nothing


def by_file(libraries: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the pools in an order of their own; threadpoolctl finds them in any."""
    return sorted(libraries["pools"], key=lambda pool: pool["file"])


@forks
def test_a_process_for_numpy_alone_never_imports_torch() -> None:
    with WorkerProcess(60.0, "fork", libraries=("numpy",)) as worker:
        assert asked(worker, FINE).status is Status.OK
        assert (
            said(worker, "'numpy' in sys.modules, 'torch' in sys.modules", imports="sys") == "(True, False)"
        )


@pytest.mark.cuda
def test_on_a_gpu_one_fork_after_another_uses_the_device_that_its_parent_never_touches() -> None:
    with WorkerProcess(60.0, "fork") as worker:
        for _ in range(2):
            assert asked(worker, "torch.abs(x)", backend="torch-cuda").status is Status.OK
            assert said(worker, "torch.cuda.is_initialized()", imports="torch") == "False"
