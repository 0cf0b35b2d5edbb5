"""The Dask clusters over which a fleet is measured, and what all of them are told; here one that stands."""

import ipaddress
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.errors import MeasureError, UsageError

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

_ANSWER = 15.0
"""Seconds within which a scheduler has to answer."""
_SCHEMES = ("tcp", "tls")
"""Of a scheduler's address."""
SETTINGS: Mapping[str, Any] = {
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.allowed-failures": 0,
}
"""What would move a measurement, or repeat it."""


def check_installed() -> None:
    """Refuse to go on without Dask, with what to do."""
    try:
        import distributed  # noqa: F401 - whether it is there
    except ImportError as error:
        raise UsageError(
            "a fleet is measured over Dask, which is not installed here; pip install "
            "'numpy-torch-harness[fleet]', on the hosts as well"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A cluster, and what was asked for and is not there."""

    client: "Client"
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why, by host."""

    def workers(self) -> set[str]:
        """Return the addresses of the workers that are there."""
        return set(self.client.scheduler_info(n_workers=-1)["workers"])


def check_scheduler(address: str) -> None:
    """Refuse what is no address of a scheduler: of one Dask's client is half made, and hangs at its end."""
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in _SCHEMES and bool(parts.hostname and parts.port) and "@" not in parts.netloc
    except ValueError:  # no number for a port
        is_one = False
    if not is_one or address != f"{parts.scheme}://{parts.netloc}":
        raise UsageError(
            "--scheduler takes the address of a Dask scheduler and nothing else, such as tcp://head:8786 or "
            "tls://head:8786"
        )


@contextmanager
def standing(address: str, security: "Security | None") -> Iterator[Reached]:
    """Yield a scheduler that stands; by TLS if there is something to be secure by."""
    from distributed import Client

    configure()
    try:
        client = Client(address, security=security, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise MeasureError(
            f"no scheduler answers at {address} ({error}); start one with `dask scheduler`, and on each host "
            f"`dask worker {address} --nthreads 1`"
        ) from error
    try:
        yield Reached(client=client)
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=5)


def security_of(address: str, files: Mapping[str, Path | None]) -> "Security | None":
    """Return what the certificates for a scheduler make, by Dask's names; None for one without TLS."""
    from distributed.security import Security

    given = {name: path for name, path in files.items() if path}
    if not given and urlsplit(address).scheme != "tls":
        return None
    if len(given) < len(files) or urlsplit(address).scheme != "tls":
        raise UsageError(
            "TLS takes a scheduler at tls:// and --tls-ca, --tls-cert and --tls-key, all of them"
        )
    for path in given.values():
        if not path.is_file():
            raise UsageError(f"there is no certificate or key {path}; name the file of one")
    return Security(**{f"tls_{name}": str(path) for name, path in given.items()}, require_encryption=True)


def is_open(address: str) -> bool:
    """Whether anybody who reaches an address can run what they like on its cluster: no TLS, not loopback."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or parts.hostname == "localhost":
        return False
    with suppress(ValueError):
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    return True


def configure() -> None:
    """Tell a scheduler started here what would spoil a measurement, and Dask to say nothing itself."""
    import dask

    dask.config.set(SETTINGS)
    # What a cluster does when it ends is told of each host, in a sentence.
    logging.disable(logging.CRITICAL)
