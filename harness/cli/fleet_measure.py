"""What the commands that measure many machines are asked: which machines, and what on each."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.fleet_outcomes import measure_and_tell
from harness.cli.options import Results
from harness.errors import UsageError
from harness.store.files import check_address
from harness.terminal.console import err

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.fleet.cluster import Reached

_NO_READER = ("--no-plots", "--no-report")
"""What a run leaves out that nobody reads where it is measured."""
Scheduler = Annotated[
    str | None,
    typer.Option(help="A Dask scheduler that stands, such as tcp://head:8786.", show_default=False),
]
Hosts = Annotated[
    str | None, typer.Option(help="Hosts that SSH reaches without a password: a,b,c.", show_default=False)
]
RemotePython = Annotated[
    str | None, typer.Option(help="The Python of the hosts that has the harness.", show_default="as here")
]
Slurm = Annotated[bool, typer.Option("--slurm", help="Whole nodes of Slurm.")]
Nodes = Annotated[int, typer.Option(min=1, help="How many nodes of the batch system.")]
Partition = Annotated[str | None, typer.Option(help="Of the batch system.", show_default=False)]
Wait = Annotated[float, typer.Option(min=1, help="Seconds in which nodes of the batch system have to come.")]
Limit = Annotated[float, typer.Option(min=1, help="Seconds after which a host is given up.")]
Send = Annotated[
    list[Path] | None,
    typer.Option(help="A file of this folder that is needed and not imported; several times."),
]
Anew = Annotated[
    bool, typer.Option("--anew", help="Also hosts that measured the same in a fleet that was cut off.")
]
Tls = Annotated[
    Path | None, typer.Option(help="Certificate or key, for a scheduler at tls://.", show_default=False)
]


def measure_hosts(  # noqa: PLR0913 - a parameter per option
    context: typer.Context,
    *,
    scheduler: Scheduler = None,
    hosts: Hosts = None,
    remote_python: RemotePython = None,
    slurm: Slurm = False,
    nodes: Nodes = 1,
    partition: Partition = None,
    wait: Wait = 600.0,
    limit: Limit = 1800.0,
    send: Send = None,
    anew: Anew = False,
    tls_ca: Tls = None,
    tls_cert: Tls = None,
    tls_key: Tls = None,
    results: Results = Path("results"),
) -> None:
    """Measure on each host what a command line of the harness says."""
    words = command_line(str(context.info_name), context.args)
    files = _files(words, send or ())
    tls = {"ca_file": tls_ca, "client_cert": tls_cert, "client_key": tls_key}
    check_address(results)
    with _cluster(
        scheduler, hosts, remote_python, partition, tls, nodes=nodes if slurm else 0, limit=limit, wait=wait
    ) as reached:
        measure_and_tell(reached, words, files, results, limit=limit, anew=anew)


def command_line(command: str, given: Sequence[str]) -> list[str]:
    """Return a command line for each host, refused here where it would be refused there."""
    from harness.asv.catalogue import asked_ops
    from harness.asv.configuration import project_folder
    from harness.backends.table import backend_named
    from harness.cli.measure import measure as of_measure
    from harness.cli.measure import op_asked, options_named
    from harness.cli.run import run as of_run
    from harness.cli.run import settings_asked
    from harness.spellings.references import NotInstalledError

    for word in given:
        if word.partition("=")[0] == "--machine":
            raise UsageError("--machine names one machine; in a fleet HARNESS_HOST does, set on each host")
        if word.partition("=")[0] == "--results":
            raise UsageError("--results is the fleet's own; name the results folder before all else")
    alone = typer.Typer(add_completion=False)
    alone.command()(of_run if command == "run" else of_measure)
    asked = typer.main.get_command(alone).make_context(f"harness {command}", list(given)).params
    if command == "run":
        _ask(settings_asked, asked)
        with suppress(UsageError):  # what cannot be imported here may be there
            asked_ops(project_folder(Path.cwd()), asked["op"] or ())
    else:
        for name in filter(None, map(str.strip, (asked["on"] or "").split(","))):
            backend_named(name)
        with options_named(), suppress(NotInstalledError):
            _ask(op_asked, asked)
    return [command, *given, *(_NO_READER if command == "run" else ())]


def _ask(what: Callable[..., object], options: Mapping[str, object]) -> None:
    """Call a function with those of a command's options that it takes."""
    what(**{name: options[name] for name in signature(what).parameters})


def _files(words: Sequence[str], others: Sequence[Path]) -> dict[str, bytes]:
    """Return what a command line needs on a host, and what else is to be sent, by path."""
    from harness.fleet.order import project_files, sent_files

    if words[0] == "measure":
        return sent_files(Path.cwd(), words, others)
    from harness.asv.configuration import benchmark_folder, project_folder

    project = project_folder(Path.cwd())
    return {**project_files(project, benchmark_folder(project)), **sent_files(project, (), others)}


def _cluster(
    scheduler: str | None,
    hosts: str | None,
    remote_python: str | None,
    partition: str | None,
    tls: "dict[str, Path | None]",
    *,
    nodes: int,
    limit: float,
    wait: float,
) -> "AbstractContextManager[Reached]":
    """Return what yields the one cluster that is asked for."""
    from harness.fleet.cluster import check_installed, check_scheduler, is_open, security_of, standing
    from harness.fleet.slurm import by_slurm
    from harness.fleet.ssh import by_ssh

    if (scheduler is not None) + (hosts is not None) + (nodes > 0) != 1:
        raise UsageError(
            "name the machines in one way: --scheduler ADDRESS, --hosts a,b,c or --slurm --nodes N"
        )
    names = [name.strip() for name in (hosts or "").split(",") if name.strip()]
    if hosts is not None and not names:
        raise UsageError("--hosts names no host; give those that SSH reaches, as in a,b,c")
    check_installed()
    if scheduler is not None:
        check_scheduler(scheduler)
        if is_open(scheduler):
            err.print(
                f"warning: whoever reaches {scheduler} can run what they like on its hosts; use tls:// there"
            )
        security = security_of(scheduler, tls)
        err.print(f"asking {scheduler} for its hosts")
        return standing(scheduler, security)
    if hosts is not None:
        err.print(f"reaching hosts by SSH, for a minute at most: {', '.join(names)}", markup=False)
        return by_ssh(names, remote_python)
    err.print(f"waiting for nodes of Slurm, for {wait:.0f} s at most: {nodes}")
    return by_slurm(nodes, partition, limit, wait)
