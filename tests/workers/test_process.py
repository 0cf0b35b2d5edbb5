"""A worker process seen from outside."""

from pathlib import Path

import pytest

from harness.errors import MeasureError
from harness.workers.process import WorkerProcess

pytestmark = pytest.mark.slow


def test_a_worker_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('a broken build')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        WorkerProcess(60.0) as worker,
        pytest.raises(MeasureError, match=r"could not start.*a broken build"),
    ):
        worker.hello()
