"""The names that asv knows this machine by, in the user's ``~/.asv-machine.json``."""

from asv import util
from asv.machine import Machine, MachineCollection

from harness.runs.job import check_machine_name


def known_machine(name: str | None = None) -> str:
    """
    Return the name under which asv stores this machine's results, and make the machine known to asv.

    Parameters
    ----------
    name : str, optional
        As given to asv; the default is asv's.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        If the name cannot be the name of a folder.
    """
    name = name or Machine.get_unique_machine_name()
    check_machine_name(name)
    try:
        return str(MachineCollection.load(name)["machine"])
    except util.UserError:
        MachineCollection.save(name, Machine.get_defaults() | {"machine": name})
        return name
