"""Which store a command means."""

import shutil
from pathlib import Path

import pytest

from harness.errors import EmptyStoreError
from tests.support.command_line import Harness
from tests.support.runs import MACHINE


def test_it_is_that_of_the_project_from_any_folder_in_it(
    call: Harness, results: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path_factory.mktemp("project")
    (project / "asv.conf.json").touch()
    (project / "benchmarks").mkdir()
    shutil.copytree(results, project / "results")
    for folder in (project, project / "benchmarks"):
        monkeypatch.chdir(folder)
        assert call("cells", "--machine", MACHINE).code == 0
    assert call("cells", "--machine", MACHINE, "--results", "results").code == EmptyStoreError.exit_code
    (project / "asv.conf.json").unlink()
    assert call("cells", "--machine", MACHINE).code == EmptyStoreError.exit_code
