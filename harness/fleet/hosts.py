"""Which computers stand behind the workers of a Dask cluster, and which of them can take part."""

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import harness
from harness.answers.versions import LIBRARIES, differing, installed
from harness.names import in_order

NAMED = "HARNESS_HOST"
"""A variable that says what a worker's computer is called, where a container has processors of its own."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""The same for all containers of a computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a worker says of the computer that it is on."""

    host: str
    identity: str
    harness: str
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A computer of the fleet."""

    name: str
    worker: str
    """The address of the one worker that measures there."""
    refusal: str = ""
    """Why it takes no part; empty where it does."""
    note: str = ""
    """What is to be known of it although it takes part."""


def facts_here() -> Facts:
    """Return what is to be known of this computer before anything is measured on it."""
    name = os.environ.get(NAMED)
    host = name or socket.gethostname()
    boot = _BOOT.read_text().strip() if _BOOT.exists() else host
    return Facts(host=host, identity=name or boot, harness=harness.__version__, libraries=installed())


def hosts_of(answers: Mapping[str, Facts | BaseException], home: Facts) -> list[Host]:
    """
    Return a host per computer, from what its workers answered, by address; and one per worker that did not.

    They are in the order of their names. Of several workers of a computer the one with the first address
    measures. A host with another version of the harness takes no part; one with other libraries does.
    """
    hosts: list[Host] = []
    computers: set[str] = set()
    for address, told in sorted(answers.items()):
        if isinstance(told, BaseException):
            reason = f"its worker cannot import the harness: {type(told).__name__}: {told}"
            hosts.append(Host(name=address, worker=address, refusal=reason))
        elif told.identity not in computers:
            computers.add(told.identity)
            hosts.append(_host(address, told, home))
    return sorted(_distinct(hosts), key=lambda host: in_order(host.name))


def _host(address: str, told: Facts, home: Facts) -> Host:
    """Return a host, held against the versions at home."""
    if told.harness != home.harness:
        refusal = f"its harness is {told.harness}, and the one here {home.harness}; install the same on both"
        return Host(name=told.host, worker=address, refusal=refusal)
    lacking = [name for name in LIBRARIES if name not in told.libraries]
    if lacking:
        return Host(name=told.host, worker=address, refusal=f"{' and '.join(lacking)} is not installed there")
    others = differing(told.libraries, home.libraries)
    note = ", ".join(f"{name} {there}, here {here}" for name, there, here in others)
    return Host(name=told.host, worker=address, note=note)


def _distinct(hosts: Iterable[Host]) -> list[Host]:
    """Return hosts with a number after each name but the first that is there already."""
    counts: dict[str, int] = {}
    found = []
    for host in hosts:
        counts[host.name] = counts.get(host.name, 0) + 1
        number = counts[host.name]
        name = host.name if number == 1 else f"{host.name}-{number}"
        found.append(replace(host, name=name))
    return found
