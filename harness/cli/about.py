"""Commands that describe: this machine, the ops, the backends."""

from pathlib import Path

from harness.cli.console import out, show


def machine() -> None:
    """
    Print what this computer is, as it is stored with every run.

    Example: harness machine
    """
    import json

    from harness.asv.machines import known_machine
    from harness.machine import card

    out.print_json(json.dumps(card(known_machine())))


def ops() -> None:
    """
    Print the ops that can be measured, with their spelling in each library.

    Example: harness ops
    """
    from harness.asv.catalogue import declared_ops
    from harness.cli.listings import op_table
    from harness.run import project_folder

    show(op_table(declared_ops(project_folder(Path.cwd())).values()))


def backends() -> None:
    """
    Print the backends, and why this machine lacks one.

    Example: harness backends
    """
    from harness.backends import BACKENDS
    from harness.cli.listings import backend_table

    show(backend_table({name: backend.missing() for name, backend in BACKENDS.items()}))
