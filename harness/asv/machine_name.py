"""The name of this machine: asv's own, or the one that the user's ``~/.asv-machine.json`` has for it."""

from asv import util
from asv.machine import Machine, MachineCollection

from harness.runs.job import check_machine_name


def known_machine(name: str | None = None) -> str:
    """Return the name under which asv stores this machine's results, and write nothing."""
    name = _wanted(name)
    return _stored(name) or name


def register_machine(name: str | None = None) -> str:
    """Return the same name, and make the machine known to asv, which measures on no other."""
    name = _wanted(name)
    stored = _stored(name)
    if stored is None:
        MachineCollection.save(name, Machine.get_defaults() | {"machine": name})
    return stored or name


def _wanted(name: str | None) -> str:
    """Return the name that was given, or asv's; raise `UsageError` if it cannot be a folder's."""
    name = name or Machine.get_unique_machine_name()
    check_machine_name(name)
    return name


def _stored(name: str) -> str | None:
    """Return the name that asv has stored for this one; None if there is none, or its file cannot be read."""
    try:
        return str(MachineCollection.load(name)["machine"])
    except util.UserError:
        return None
