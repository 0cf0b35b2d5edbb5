"""How asv calls and describes this machine: by itself, or as the user's ``~/.asv-machine.json`` has it."""

from typing import Any

from asv import util
from asv.machine import Machine, MachineCollection

from harness.errors import MeasureError
from harness.runs.job import check_machine_name


def known_machine(name: str | None = None) -> str:
    """Return the name under which asv stores this machine's results, and write nothing."""
    name = _wanted(name)
    card = _stored(name)
    return str(card["machine"]) if card else name


def machine_card(name: str) -> dict[str, Any]:
    """Return what asv says of a machine, and write nothing."""
    return _stored(name) or Machine.get_defaults() | {"machine": name}


def register_machine(name: str | None = None) -> str:
    """Return the same name, and make the machine known to asv, which measures on no other."""
    name = _wanted(name)
    card = _stored(name)
    if card is None:
        card = machine_card(name)
        try:
            MachineCollection.save(name, card)
        except (OSError, util.UserError) as error:
            path = MachineCollection.get_machine_file_path()
            raise MeasureError(
                f"asv measures on no machine that it does not know, and {path} cannot be written ({error}); "
                "set HOME to a folder that can, or use `harness run`, which does not need it"
            ) from error
    return str(card["machine"])


def _wanted(name: str | None) -> str:
    """Return the name that was given, or asv's; raise `UsageError` if it cannot be a folder's."""
    name = name or Machine.get_unique_machine_name()
    check_machine_name(name)
    return name


def _stored(name: str) -> dict[str, Any] | None:
    """Return what asv has stored under this name; None if that is nothing, or its file cannot be read."""
    try:
        card = MachineCollection.load(name)
        return dict(card) if card["machine"] else None
    except (util.UserError, OSError, KeyError, TypeError, AttributeError):
        return None
