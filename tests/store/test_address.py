"""A store at an address: what is an address, what is fetched, and what is told when it cannot be reached."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import harness
from harness.errors import CorruptStoreError, EmptyStoreError, RemoteError, UsageError
from harness.store.address import place_of
from harness.store.check import check
from harness.store.files import check_writable
from harness.store.merge import merge, put
from harness.store.op_files import join_ops
from harness.store.runs import read_runs
from tests.support.far_stores import SECRET, STORE
from tests.support.stores import write_machine

pytestmark = pytest.mark.usefixtures("memory")


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """Return a store with a finished run of many blocks."""
    join_ops(write_machine(tmp_path, "node", ops=("abs", "mean"), samples=100, jitter=0.01).folder)
    return tmp_path


def test_what_is_read_from_an_address_is_what_is_read_from_a_folder(local: Path) -> None:
    merge([local], place_of(STORE))
    there, here = harness.load(STORE), harness.load(local)
    assert len(next(harness.load_in_parts(STORE))) == len(here)
    assert there.equals(here)
    assert harness.blocks(STORE, there).equals(harness.blocks(local, here))
    assert not check(place_of(STORE)).faults


def test_a_run_comes_back_from_an_address_byte_by_byte(local: Path, tmp_path: Path) -> None:
    merge([local], place_of(STORE))
    back = tmp_path / "back"
    assert len(merge([place_of(STORE)], back).copied) == 1
    for path in (local / "runs").rglob("*.*"):
        if path.is_file():
            assert (back / path.relative_to(local)).read_bytes() == path.read_bytes()


def column(content: bytes | bytearray, name: str) -> range:
    """Return where a column lies in a Parquet file."""
    group = pq.read_metadata(io.BytesIO(content)).row_group(0)
    (chunk,) = (
        group.column(at) for at in range(group.num_columns) if name in group.column(at).path_in_schema
    )
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    return range(begin, begin + chunk.total_compressed_size)


def test_an_answer_fetches_no_blocks(
    local: Path, memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge([local], place_of(STORE))
    (path,) = (path for path in memory.find("bucket") if path.endswith(".parquet"))
    samples = column(memory.cat_file(path), ".samples.")
    fetched: list[range] = []
    fetch = MemoryFileSystem.cat_file

    def told(
        self: MemoryFileSystem, path: str, start: int | None = None, end: int | None = None, **named: object
    ) -> bytes:
        if path.endswith(".parquet"):
            fetched.append(range(start or 0, end or 2**40))
        return bytes(fetch(self, path, start=start, end=end, **named))

    def of_samples() -> int:
        return sum(max(0, min(r.stop, samples.stop) - max(r.start, samples.start)) for r in fetched)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", told)
    cells = harness.load(STORE)
    assert fetched
    assert of_samples() == 0
    harness.blocks(STORE, cells)
    assert of_samples() == len(samples)


def test_a_page_that_was_damaged_is_found_out_though_its_seal_is_not_read(
    local: Path, memory: MemoryFileSystem
) -> None:
    merge([local], place_of(STORE))
    (path,) = (path for path in memory.find("bucket") if path.endswith(".parquet"))
    content = bytearray(memory.cat_file(path))
    seconds = column(content, "pass_seconds")
    content[(seconds.start + seconds.stop) // 2] ^= 1
    memory.pipe_file(path, bytes(content))
    with pytest.raises(CorruptStoreError, match="CRC checksum"):
        harness.load(STORE)
    assert check(place_of(STORE)).faults


def test_a_file_without_its_seal_is_refused(local: Path, memory: MemoryFileSystem) -> None:
    merge([local], place_of(STORE))
    for path in memory.find("bucket"):
        if path.endswith(".sha256"):
            memory.rm_file(path)
    with pytest.raises(CorruptStoreError, match="missing"):
        harness.load(STORE)


def test_a_run_that_arrived_in_part_is_none_until_it_is_put_again(
    local: Path, monkeypatch: pytest.MonkeyPatch, memory: MemoryFileSystem
) -> None:
    write = MemoryFileSystem.pipe_file

    def cut(self: MemoryFileSystem, path: str, *args: Any, **named: Any) -> None:  # noqa: ANN401
        if path.endswith("run.json"):
            raise ConnectionResetError(SECRET)
        write(self, path, *args, **named)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", cut)
    with pytest.raises(RemoteError) as told:
        merge([local], place_of(STORE))
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", write)
    assert SECRET not in str(told.value)
    assert memory.find("bucket")
    with pytest.raises(EmptyStoreError):
        harness.load(STORE)
    assert "no run.json" in "".join(check(place_of(STORE)).faults)
    merge([local], place_of(STORE))
    assert not check(place_of(STORE)).faults
    assert len(harness.load(STORE)) == len(harness.load(local))


def test_merging_again_copies_nothing(local: Path) -> None:
    merge([local], place_of(STORE))
    again = merge([local], place_of(STORE))
    assert (again.copied, again.present) == ((), 1)


@pytest.mark.parametrize(
    "address",
    [f"s3://AKIA:{SECRET}@bucket/x", f"s3://bucket/x?secret={SECRET}", f"s3://bucket/x#{SECRET}"],
)
def test_an_address_with_a_secret_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UsageError, match="environment") as told:
        place_of(address)
    assert SECRET not in str(told.value)


@pytest.mark.parametrize("address", ["s3://", "gs:///", "memory://"])
def test_an_address_without_a_bucket_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=r"names no bucket; give SCHEME://BUCKET/FOLDER"):
        place_of(address)


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(UsageError, match="kind 's4'"):
        place_of("s4://bucket")


def test_a_package_that_is_missing_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_scheme: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", missing)
    with pytest.raises(UsageError, match=r"pip install 'numpy-torch-harness\[remote\]'"):
        place_of("s3://bucket")
    with pytest.raises(UsageError, match="pip install gcsfs"):
        place_of("gs://bucket")


def test_the_address_of_a_file_is_a_folder_of_this_computer(local: Path) -> None:
    assert place_of(local.as_uri()) == local
    assert len(harness.load(local.as_uri())) == len(harness.load(local))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(SECRET), "access is denied"),
        (type("NoCredentialsError", (Exception,), {})(SECRET), "no credentials"),
        (ConnectionError(SECRET), "the system says ConnectionError"),
        (FileNotFoundError(SECRET), "no such bucket"),
    ],
)
def test_what_goes_wrong_is_one_sentence_without_what_was_sent(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", fail)
    with pytest.raises(RemoteError, match=words) as told:
        check_writable(place_of(STORE))
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    assert "\n" not in str(told.value)


@pytest.mark.slow
def test_a_folder_needs_no_fsspec(local: Path) -> None:
    script = f"import sys, harness; harness.load({str(local)!r}); sys.exit('fsspec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_runs_are_told_by_their_whole_address(local: Path) -> None:
    (run,) = read_runs(local)
    assert str(put(run, place_of(STORE))) == f"{STORE}/runs/node/{run.id}"
