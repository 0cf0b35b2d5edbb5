"""What a project's asv.conf.json says."""

from pathlib import Path

import pytest

from harness.asv.configuration import benchmark_folder, configuration, project_folder
from harness.errors import UsageError
from tests.support.projects import PROJECT


def test_the_project_is_the_folder_of_asvs_configuration_here_or_above(tmp_path: Path) -> None:
    assert project_folder(PROJECT) == project_folder(PROJECT / "benchmarks") == PROJECT
    (tmp_path / "asv.conf.jsonc").touch()
    assert project_folder(tmp_path) == tmp_path


def test_outside_of_a_project_the_error_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="change to the project's folder, or begin one with `harness init --asv`"
    ):
        project_folder(tmp_path)


def test_the_configuration_is_read_as_asv_reads_it(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text('{"version": 1, "repo": ".", // a comment\n}')
    assert configuration(tmp_path).results_dir == "results"
    assert configuration(PROJECT).results_dir == "results/asv"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"version": 1}', '{"version": 2, "repo": "."}'])
def test_a_configuration_that_asv_cannot_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "asv.conf.json").write_text(text)
    with pytest.raises(UsageError, match=r"asv\.conf\.json cannot be read as asv's configuration: "):
        configuration(tmp_path)


def test_a_folder_of_benchmarks_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text('{"version": 1, "repo": ".", "benchmark_dir": "speed"}')
    with pytest.raises(UsageError, match=r"there is no folder .*speed to have the benchmarks; correct bench"):
        benchmark_folder(tmp_path)
    (tmp_path / "speed").mkdir()
    assert benchmark_folder(tmp_path) == (tmp_path / "speed").resolve()


def test_of_two_configurations_none_is_read(tmp_path: Path) -> None:
    for name in ("asv.conf.json", "asv.conf.jsonc"):
        (tmp_path / name).write_text('{"version": 1, "repo": "."}')
    with pytest.raises(UsageError, match=r"there are both .*asv\.conf\.json and asv\.conf\.jsonc"):
        configuration(tmp_path)
