"""The commands that measure many machines at once: which, what on each, and what became of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import Results
from harness.cli.remote import local_folder, put_there
from harness.errors import INTERRUPTED, MeasureError, UsageError
from harness.store.files import check_address
from harness.terminal.console import err
from harness.terminal.formats import Format, print_parts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.fleet.cluster import Reached
    from harness.fleet.hosts import Host
    from harness.fleet.record import Outcome, Record

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
        _measure(reached, words, files, results, limit=limit, anew=anew)


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
        err.print(f"reaching {len(names)} hosts by SSH, for a minute at most")
        return by_ssh(names, remote_python)
    err.print(f"waiting for {nodes} nodes of Slurm, for {wait:.0f} s at most")
    return by_slurm(nodes, partition, limit, wait)


def _measure(
    reached: "Reached",
    words: Sequence[str],
    files: dict[str, bytes],
    results: Path,
    *,
    limit: float,
    anew: bool,
) -> None:
    """Measure on every host, show how far they are, and say what became of each."""
    from harness.fleet.hosts import facts_here, hosts_of
    from harness.fleet.measure import measure_fleet
    from harness.fleet.order import Order
    from harness.fleet.record import DONE, Outcome, Record, read_record
    from harness.store.runs import read_runs
    from harness.terminal.fleet import fleet_progress, host_table

    local = local_folder(results)
    answers = reached.client.run(facts_here, on_error="return")
    found = hosts_of(answers, facts_here())
    if not found and not reached.missing:
        raise MeasureError("the cluster has no worker; on each host: dask worker ADDRESS --nthreads 1")
    before = read_record(local)
    done = before.done(words) if before and not anew else {}
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    free = {host.name: host for host in found if not host.refusal and host.name not in done}
    orders = {name: Order(words=words, machine=name, files=files, limit=limit) for name in free}
    interrupted = False

    def note(outcome: Outcome) -> None:
        tell(outcome)
        if outcome.state in DONE:  # should this be killed, the same command measures the others
            _keep(local, Record(words=words, begun=begun, outcomes=tell.outcomes))

    with fleet_progress(err) as tell:
        for outcome in _unasked(found, reached.missing, done):
            tell(outcome)
        try:
            measure_fleet(
                reached.client, orders, {name: host.worker for name, host in free.items()}, local, note
            )
        except KeyboardInterrupt:
            interrupted = True
        finally:
            _keep(local, Record(words=words, begun=begun, outcomes=tell.outcomes))
    print_parts([host_table(tell.outcomes), *_notes(found)], Format.TABLE)
    arrived = {run for name in free if name in tell.outcomes for run in tell.outcomes[name].run.split(", ")}
    put_there((run for run in read_runs(local) if run.id in arrived), results)
    if interrupted:
        raise SystemExit(INTERRUPTED)
    _refuse_missing(tell.outcomes)


def _keep(results: Path, record: "Record") -> None:
    """Write what has become of each host; on a full disk the table alone says it."""
    from harness.fleet.record import write_record

    try:
        write_record(results, record)
    except MeasureError as error:
        err.print(f"harness: {error}", markup=False)


def _refuse_missing(outcomes: "Mapping[str, Outcome]") -> None:
    """End with an error if a host has no run."""
    from harness.fleet.record import DONE

    missing = [name for name, one in outcomes.items() if one.state not in DONE]
    if missing:
        raise MeasureError(
            f"{len(missing)} of {len(outcomes)} hosts are not done: {', '.join(missing)}; the same command "
            "measures those alone"
        )


def _unasked(
    hosts: "Sequence[Host]", missing: Mapping[str, str], done: "Mapping[str, Outcome]"
) -> "Iterator[Outcome]":
    """Yield what is known of hosts that are not to measure."""
    from harness.fleet.record import Outcome, State

    for host in hosts:
        if host.refusal:
            yield Outcome(host=host.name, state=State.REFUSED, reason=host.refusal)
        elif host.name in done:
            yield Outcome(host=host.name, state=State.HAS_IT, run=done[host.name].run)
    for name, why in missing.items():
        yield Outcome(host=name, state=State.REFUSED, reason=why)


def _notes(hosts: "Sequence[Host]") -> list[str]:
    """Return what is to be known of hosts that took part."""
    return [f"{host.name}: {host.note}" for host in hosts if host.note]
