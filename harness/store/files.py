"""Files of the store: written whole, sealed with their SHA-256, and read back only if undamaged.

It knows bytes and names, and nothing of what they mean.
"""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from harness.errors import CorruptStoreError, MeasureError, RemoteError
from harness.store.address import Address

LARGEST = 2**29
"""Bytes of the largest file that is read: a hundred times the largest that a run writes."""
SEAL = ".sha256"
"""What is added to the name of a file for that of its seal, which `sha256sum -c` can read."""


def write_whole(path: Path, content: Any) -> None:  # noqa: ANN401 - bytes, or a buffer of pyarrow's
    """Write a file whole: under a name that readers pass over, to the disk, then under its own."""
    if isinstance(path, Address):  # which writes whole, and renames nothing
        try:
            path.write_bytes(content)
        except FileNotFoundError:
            raise RemoteError(
                f"{path} cannot be written: there is no such bucket; make it, or choose --results"
            ) from None
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):  # a full disk needs the room; where the draft was never made there is none
            draft.unlink()
        raise MeasureError(
            f"{path} cannot be written ({error.strerror}); make room there or choose --results"
        ) from error


def check_writable(folder: Path) -> None:
    """Find out whether a folder can be written to, before anybody works for it; make it if missing."""
    write_whole(folder / ".probe", b"\0" * 4096)
    with suppress(RemoteError):  # who may write there need not be allowed to remove
        (folder / ".probe").unlink(missing_ok=True)


def check_address(place: Path) -> None:
    """Find out whether an address can be written to, before anybody measures for it."""
    if isinstance(place, Address):
        check_writable(place)


def write_sealed(path: Path, content: Any) -> None:  # noqa: ANN401 - as above
    """Write a file whole, its seal first: a file that is there has its seal."""
    write_whole(seal_of(path), _seal(path, content))
    write_whole(path, content)


def read_sealed(path: Path) -> bytes:
    """Read a file that has a seal; refuse one that is not what was sealed."""
    content, seal = read_whole(path), read_whole(seal_of(path))
    if seal != _seal(path, content):
        raise corrupt(path, f"it is not what {seal_of(path).name} says, so it was changed or damaged")
    return content


def read_whole(path: Path) -> bytes:
    """Read a file of the store; refuse one that cannot be of it by its kind or size."""
    try:
        if isinstance(path, Address):
            _refuse_large(path, path.size())
            return path.read_bytes()
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # to open a pipe would wait for its other end
            raise corrupt(path, "it is no regular file")
        _refuse_large(path, status.st_size)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise corrupt(path, "it is missing") from error
    except OSError as error:
        raise corrupt(path, f"the system says {error.strerror or error}") from error


def _refuse_large(path: Path, size: int) -> None:
    """Refuse a file that is larger than any of a run."""
    if size > LARGEST:
        raise corrupt(path, f"it has {size} bytes, and no file of a run more than {LARGEST}")


def list_folder(folder: Path) -> list[Path]:
    """Return what lies in a folder of the store by name, but for drafts; nothing where there is no folder."""
    try:
        return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise corrupt(folder, f"the system says {error.strerror}") from error


def seal_of(path: Path) -> Path:
    """Return where the seal of a file is."""
    return path.with_name(path.name + SEAL)


def corrupt(path: Path, fault: str) -> CorruptStoreError:
    """Return the error for a file that cannot be read; the fault follows "it cannot be read:"."""
    return CorruptStoreError(f"{path} cannot be read: {fault}; move it out of the store or restore it")


def foreign(path: Path) -> CorruptStoreError:
    """Return the error for something that is no part of a store."""
    return CorruptStoreError(f"{path} does not belong in the store; move it elsewhere")


def refuse(error: CorruptStoreError) -> NoReturn:
    """Raise what a reader may instead be told of and go on."""
    raise error


def _seal(path: Path, content: Any) -> bytes:  # noqa: ANN401 - as above
    """Return what the seal of a file says."""
    return f"{hashlib.sha256(content).hexdigest()}  {path.name}\n".encode()
