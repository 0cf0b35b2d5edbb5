"""How asv calls and describes this machine: by itself, or as the user's ``~/.asv-machine.json`` has it."""

from errno import ENOENT
from pathlib import Path
from typing import Any

from asv import util
from asv.machine import Machine, MachineCollection

from harness.errors import MeasureError
from harness.runs.job import check_machine_name

_UNKNOWN = (
    "asv measures on no machine that it does not know, and {}, or use `harness run`, which does not need it"
)


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
    card = machine_card(_wanted(name))
    name = str(card["machine"])
    path = Path(MachineCollection.get_machine_file_path())
    try:
        if not path.is_absolute():  # asv would make a folder called ~ in the project
            raise FileNotFoundError(ENOENT, "nothing says where the home is")
        if path.is_file():  # one of a newer asv, say, would be written over
            util.load_json(str(path), MachineCollection.api_version)
        MachineCollection.save(name, card)  # also where it is known: asv itself will
    except OSError as error:
        fault = f"{path} cannot be written ({error.strerror}); set HOME to a folder that can"
        raise MeasureError(_UNKNOWN.format(fault)) from error
    except (util.UserError, ValueError, TypeError, AttributeError) as error:
        raise MeasureError(_UNKNOWN.format(f"{path} cannot be read ({error}); mend or remove it")) from error
    return name


def _wanted(name: str | None) -> str:
    """Return the name that was given, or asv's; raise `UsageError` if it cannot be a folder's."""
    name = Machine.get_unique_machine_name() if name is None else name
    check_machine_name(name)
    return name


def _stored(name: str) -> dict[str, Any] | None:
    """Return what asv has stored under this name; None if that is nothing, or its file cannot be read."""
    try:
        card = MachineCollection.load(name)
        return dict(card) if isinstance(card["machine"], str) and card["machine"] else None
    except (util.UserError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
