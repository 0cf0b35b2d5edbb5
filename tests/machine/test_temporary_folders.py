"""Where temporary files can lie: any TMPDIR is one that people have."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from harness.errors import MeasureError
from harness.machine.temporary_folders import (
    LONGEST_SOCKET,
    folder_for_sockets,
    kept_folder,
    temporary_folder,
)

ROOM = 40


def test_a_temporary_folder_lies_where_temporary_files_do_and_goes_with_its_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert Path(folder).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_where_no_temporary_file_can_be_written_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(MeasureError, match=r"^no temporary file can be written \(.*\); set TMPDIR to"):
        temporary_folder()


def test_where_python_finds_no_folder_for_temporary_files_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    for asked in (temporary_folder, lambda: folder_for_sockets(ROOM)):
        with pytest.raises(MeasureError, match="No usable temporary directory"):
            asked()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no sockets that are files")
def test_below_the_folder_for_sockets_one_can_be_opened_however_long_the_usual_path_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path, tmp_path / ("x" * 95)):
        folder.mkdir(exist_ok=True)
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        found = folder_for_sockets(ROOM)
        with tempfile.TemporaryDirectory(dir=found) as own, socket.socket(socket.AF_UNIX) as opened:
            opened.bind(f"{own}/socket")
    assert found != str(folder)


def test_a_folder_that_is_short_enough_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev")
    monkeypatch.setattr("os.access", lambda *_: True)
    assert folder_for_sockets(LONGEST_SOCKET - 4) == "/dev"
    assert folder_for_sockets(LONGEST_SOCKET - 3) is None


def test_there_is_no_folder_for_sockets_where_none_can_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert folder_for_sockets(ROOM) is None


def test_a_kept_folder_is_found_again_and_is_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = kept_folder("fonts")
    assert folder == kept_folder("fonts")
    assert folder != kept_folder("others")
    assert Path(folder or "").parent == tmp_path


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="every user has temporary files of his own")
def test_a_folder_that_somebody_else_made_in_ones_name_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as as_another:
        as_another.setattr("os.getuid", lambda: 54321)
        assert kept_folder("fonts") is None
    folder = Path(kept_folder("fonts") or "")
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert kept_folder("fonts") is None
    folder.unlink()
    folder.touch()
    assert kept_folder("fonts") is None
