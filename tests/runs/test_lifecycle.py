"""How a run begins: with the libraries that its results will be labelled with, or not at all."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.errors import MeasureError
from harness.runs.sweep import sweep
from tests.support.sweeps import ABS, SMALL, begun_for, job_for

pytestmark = pytest.mark.slow


def file_under(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let asv have an environment of these labels, with the installed versions in their places."""
    versions = {name: version(name).partition("+")[0] for name in ("numpy", "torch")}
    monkeypatch.setenv("ASV_ENV_NAME", f"virtualenv-py3.11-{label.format(**versions)}")


def test_other_libraries_than_are_installed_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.runs.lifecycle.labels", lambda: {"numpy": "0.1"})
    with pytest.raises(MeasureError, match=r"numpy 0\.1 is installed but .* is imported"):
        sweep(ABS, job_for(tmp_path))


@pytest.mark.parametrize("label", ["numpy0.1-torch{torch}", "numpy{numpy}-torch0.1", "numpy>=2-torch"])
def test_other_versions_than_asv_files_them_under_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    file_under(label, monkeypatch)
    with pytest.raises(MeasureError, match=r"asv files this environment under .* is imported; put the"):
        sweep(ABS, job_for(tmp_path))


@pytest.mark.parametrize("label", ["numpy{numpy}-torch{torch}", "numpy-torch{torch}", "torch{torch}"])
def test_a_label_without_a_build_or_a_version_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    file_under(label, monkeypatch)
    assert sweep(ABS, begun_for(tmp_path, replace(SMALL, max_size=16, rounds=1)))
