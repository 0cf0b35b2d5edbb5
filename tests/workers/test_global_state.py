"""What code that is measured may do to a whole process, and what is said of it; tried in this process."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.errors import UsageError
from harness.machine.thread_pools import ThreadPools
from harness.model import Span, Status
from harness.spellings.references import reference
from harness.spellings.spelling import Spelling
from harness.workers.global_state import GlobalState
from harness.workers.task import Finding
from tests.support.function_findings import asked, declared, every_finding

Anything = Any
SETTINGS = [
    ("torch.set_num_threads(torch.get_num_threads() + 1)", "Torch's threads ("),
    ("torch.set_float32_matmul_precision('high')", "Torch's precision of float32 products (highest to high)"),
    (
        "torch.backends.cuda.matmul.fp32_precision = 'tf32'",
        "Torch's precision of float32 products (highest to",
    ),
    ("torch.set_default_dtype(torch.float64)", "Torch's default dtype (torch.float32 to torch.float64)"),
    ("torch.set_default_device('meta')", "Torch's default device (cpu to meta)"),
    ("torch.set_grad_enabled(False)", "Torch's recording of gradients (True to False)"),
    (
        "torch.use_deterministic_algorithms(True)",
        "Torch's choice of deterministic algorithms (",
    ),
    ("torch.backends.cudnn.benchmark = True", "cuDNN's choice of algorithms (False to True)"),
    ("torch.set_flush_denormal(True)", "what becomes of denormals (False to True)"),
    ("import numpy\nnumpy.seterr(all='raise')", "NumPy's handling of errors (divide: warn to raise, "),
    ("import threadpoolctl\nthreadpoolctl.threadpool_limits(3, 'blas')", "the threads of BLAS ("),
    ("import os\nos.environ['OMP_NUM_THREADS'] = '77'", "the environment (OMP_NUM_THREADS: "),
]
ONCE = [(text, told) for text, told in SETTINGS if "threads" not in told]


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the process of the tests as it was."""
    with suppress(UsageError), GlobalState(ThreadPools()).unchanged("a test leaves"):
        yield


def found(spellings: Mapping[str, Spelling], **options: Anything) -> dict[tuple[str, Span], Finding]:
    """Return what is found out, by backend and span."""
    wanted = asked(dict(spellings), **{"on": "numpy, torch-cpu", "sizes": [16], **options})
    return {(backend, span): one for (_, backend, span, _), one in every_finding(wanted).items()}


@pytest.mark.parametrize(("text", "told"), SETTINGS)
@pytest.mark.parametrize("on", ["numpy, torch-cpu", "torch-cpu, torch-cpu-1t, numpy"])
def test_what_a_call_leaves_changed_is_set_back_and_refused_whatever_else_runs(
    text: str, told: str, on: str
) -> None:
    state, spellings = GlobalState(ThreadPools()), {"numpy": "np.sin(x)", "torch": f"{text}\ntorch.sin(x)"}
    for (backend, _), finding in found(spellings, on=on).items():
        if backend.startswith("numpy"):
            assert (finding.status, finding.remark) == (Status.OK, "")
        else:
            assert finding.status is Status.WRONG
            assert finding.reason.startswith(f"it leaves {told}")
            mend = "name a backend of one thread" if "threads" in told else "set it back before it returns"
            assert f"changed for all that is measured beside it: {mend}" in finding.reason
    assert state.remark() == ""


def test_what_a_call_sets_back_is_no_fault() -> None:
    text = "with torch.no_grad():\n    y = torch.sin(x)\ny"
    for finding in found({"numpy": "np.sin(x)", "torch": text}).values():
        assert (finding.status, finding.remark) == (Status.OK, "")


def test_inputs_that_leave_something_changed_are_refused_for_all() -> None:
    def made(n: int, rng: np.random.Generator) -> Anything:
        torch.set_num_threads(torch.get_num_threads() + 1)
        return rng.standard_normal(n)

    for finding in found({"numpy": np.sin, "torch": torch.sin}, inputs=made).values():
        assert finding.status is Status.SKIPPED
        assert finding.reason.startswith("the inputs leave Torch's threads (")


def of_file(tmp_path: Path, text: str) -> Spelling:
    """Return a function of Torch's in a file that runs a text when it is imported."""
    (tmp_path / "model.py").write_text(f"import torch\n{text}\ndef f(x):\n    return torch.sin(x)\n")
    named = reference(f"{tmp_path / 'model.py'}:f")
    assert named is not None
    return named


@pytest.mark.parametrize(("text", "told"), ONCE)
@pytest.mark.parametrize("on", ["numpy", "numpy, torch-cpu"])
def test_what_a_file_changes_is_told_of_all_that_is_measured_whatever_that_is(
    tmp_path: Path, text: str, told: str, on: str
) -> None:
    for finding in found({"numpy": "np.sin(x)", "torch": of_file(tmp_path, text)}, on=on).values():
        assert finding.status is Status.OK
        assert finding.remark.startswith(f"code that is measured here has changed {told}")


@pytest.mark.parametrize("on", ["numpy", "numpy, torch-cpu"])
def test_threads_that_a_file_changes_are_refused(tmp_path: Path, on: str) -> None:
    text, told = SETTINGS[0]
    for finding in found({"numpy": "np.sin(x)", "torch": of_file(tmp_path, text)}, on=on).values():
        assert finding.status is Status.SKIPPED
        assert finding.reason.startswith(f"it changes {told}")
        assert "when it is imported or set up: name a backend of one thread, such" in finding.reason


def test_the_setup_of_a_declared_op_may_change_what_is_told_and_no_threads() -> None:
    threads = declared("np.sin(x)", "torch.sin(x)", setup={"torch": SETTINGS[0][0]})
    precision = declared("np.sin(x)", "torch.sin(x)", setup={"torch": SETTINGS[1][0]})
    for (_, backend, *_), finding in every_finding(threads).items():
        assert finding.status is (Status.OK if backend == "numpy" else Status.WRONG)
    for finding in every_finding(precision).values():
        assert finding.status is Status.OK
        assert finding.remark == f"code that is measured here has changed {SETTINGS[1][1]}"
