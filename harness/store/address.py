"""A store that is no folder of this computer: its address, and how its files are listed, read and written.

Credentials come from the environment of fsspec and of what it calls, and are never a part of an address.
"""

import io
from collections.abc import Generator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from harness.errors import RemoteError, UsageError

if TYPE_CHECKING:
    # For who checks types it is a path. For Python it is none: what it does not have itself is to fail,
    # rather than to make a folder called "s3:" here.
    _Base = Path
else:
    _Base = PurePosixPath

_PACKAGES = {"s3": "'numpy-torch-harness[remote]'", "gs": "gcsfs"}
"""What pip is told, by scheme."""
_NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError"}
"""Errors of boto and Google that say that nobody is signed in."""


class Address(_Base):
    """A place that fsspec reaches, such as ``s3://bucket/results``, with what a store needs of a path."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.parts[0]}//{'/'.join(self.parts[1:])}"

    def exists(self) -> bool:
        """Return whether there is a file or a folder."""
        return bool(self._ask("exists", str(self)))

    def is_file(self) -> bool:
        """Return whether there is a file."""
        return bool(self._ask("isfile", str(self)))

    def is_dir(self) -> bool:
        """Return whether there is a folder."""
        return bool(self._ask("isdir", str(self)))

    def iterdir(self) -> Generator["Address", None, None]:
        """Yield what lies in a folder, in no order."""
        names = self._ask("ls", str(self), detail=False)
        # Some list a folder as lying in itself.
        yield from (self / name for name in {PurePosixPath(name).name for name in names} - {self.name})

    def glob(self, pattern: str) -> Generator["Address", None, None]:
        """Yield what lies in a folder and is called so."""
        return (path for path in self.iterdir() if path.match(pattern))

    def size(self) -> int:
        """Return the bytes of a file."""
        return int(self._ask("size", str(self)))

    def read_bytes(self) -> bytes:
        """Read a file."""
        return bytes(self._ask("cat_file", str(self)))

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Read a file as text."""
        return self.read_bytes().decode(encoding or "utf-8", errors or "strict")

    def write_bytes(self, data: Any) -> int:  # noqa: ANN401 - as a path does
        """Write a file, which is there as a whole or not at all."""
        self._ask("pipe_file", str(self), bytes(data))
        return len(data)

    def unlink(self, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - as a path does
        """Remove a file."""
        if not missing_ok or self.exists():
            self._ask("rm_file", str(self))

    def ranges(self) -> io.RawIOBase:
        """Open a file of which only what is asked for is fetched."""
        return _Ranges(self)

    def read_range(self, begin: int, end: int) -> bytes:
        """Read some bytes of a file."""
        return bytes(self._ask("cat_file", str(self), start=begin, end=end))

    def _ask(self, what: str, *values: object, **named: object) -> Any:  # noqa: ANN401 - as of fsspec
        """Ask the file system; whatever goes wrong is told without what was sent, which may hold a secret."""
        try:
            return getattr(_file_system(self.parts[0].removesuffix(":")), what)(*values, **named)
        except (FileNotFoundError, NotADirectoryError):
            raise FileNotFoundError(f"{self} is missing") from None
        except Exception as error:  # noqa: BLE001 - of botocore, aiohttp, and whatever else fsspec calls
            fault = _fault(error)
        raise RemoteError(f"{self} cannot be reached: {fault}")


class _Ranges(io.RawIOBase):
    """A file at an address, read piece by piece."""

    def __init__(self, address: Address) -> None:
        self._address, self._at, self._size = address, 0, address.size()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        content = self._address.read_range(self._at, end) if self._at < end else b""
        self._at += len(content)
        return content


def place_of(results: str | Path) -> Path:
    """Return where a store is: a folder, or an address, of which any that cannot be meant is refused."""
    text = str(results)
    if isinstance(results, Address) or "://" not in text:
        return results if isinstance(results, Path | Address) else Path(results)
    if any(sign in text for sign in "@?#"):
        raise UsageError(
            "an address of a store has no user, password, query or fragment (no @, ? or #); give "
            "SCHEME://BUCKET/FOLDER, and credentials in the environment, such as AWS_ACCESS_KEY_ID"
        )
    scheme = text.partition("://")[0]
    if scheme == "file":
        from urllib.parse import urlsplit
        from urllib.request import url2pathname  # which takes long to import

        return Path(url2pathname(urlsplit(text).path))
    address = Address(text)
    if len(address.parts) == 1:
        raise UsageError(f"{text} names no bucket; give SCHEME://BUCKET/FOLDER, such as s3://bucket/results")
    _file_system(scheme).invalidate_cache()  # what others have written since is to be seen
    return address


def _file_system(scheme: str) -> Any:  # noqa: ANN401 - fsspec ships no types
    """Return what reaches the addresses of a scheme."""
    import fsspec

    try:
        return fsspec.filesystem(scheme)
    except ImportError:
        needed = _PACKAGES.get(scheme)
        how = f"pip install {needed}" if needed else f"fsspec's documentation says what {scheme}:// needs"
        raise UsageError(f"the package that reads {scheme}:// is not installed; {how}") from None
    except ValueError:
        raise UsageError(
            f"no store has an address of the kind {scheme[:20]!r}; there are s3://, gs://, file:// and what "
            "else fsspec knows"
        ) from None


def _fault(error: Exception) -> str:
    """Return in words what went wrong, and what to do; nothing is quoted of the error."""
    kind = type(error).__name__
    if kind in _NO_CREDENTIALS:
        return (
            "there are no credentials; set them in the environment, such as AWS_ACCESS_KEY_ID, and try again"
        )
    if isinstance(error, PermissionError):
        return "access is denied; look at the bucket, its rights and the credentials in the environment"
    return f"the system says {kind}; look at the address and the network, and try again"
