"""Many machines: measured at once over Dask, and held against one another."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import Results, TextForm
from harness.cli.remote import local_folder, put_there
from harness.cli.selection import machine_parts
from harness.errors import INTERRUPTED, EmptyStoreError, MeasureError, UsageError
from harness.store.address import Address
from harness.store.files import check_address
from harness.terminal.console import err, out
from harness.terminal.formats import FOR_PEOPLE, Format, print_frame, print_parts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.fleet.cluster import Reached
    from harness.fleet.hosts import Host

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Many machines: measured at once, and which of equal ones falls out.",
)
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""A command that takes the options of another as well."""
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
Anew = Annotated[
    bool, typer.Option("--anew", help="Also hosts that measured the same in a fleet that was cut off.")
]
Tls = Annotated[
    Path | None, typer.Option(help="Certificate or key, for a scheduler at tls://.", show_default=False)
]


@app.command(context_settings=_PASSED_ON)
def run(  # noqa: PLR0913 - a parameter per option
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
    anew: Anew = False,
    tls_ca: Tls = None,
    tls_cert: Tls = None,
    tls_key: Tls = None,
    results: Results = Path("results"),
) -> None:
    """
    Measure the ops on each host at once; what is not named here is for `harness run` there, such as --quick.

    Example: harness fleet run --scheduler tcp://head:8786 --quick --op sin
    """
    from harness.asv.configuration import benchmark_folder, project_folder
    from harness.fleet.order import project_files

    words = _words("run", context.args)
    project = project_folder(Path.cwd())
    files = project_files(project, benchmark_folder(project))
    tls = {"ca_file": tls_ca, "client_cert": tls_cert, "client_key": tls_key}
    check_address(results)
    with _cluster(
        scheduler, hosts, remote_python, partition, tls, nodes=nodes if slurm else 0, limit=limit, wait=wait
    ) as reached:
        _measure(reached, [*words, *_NO_READER], files, results, limit=limit, anew=anew)


@app.command(context_settings=_PASSED_ON)
def measure(  # noqa: PLR0913 - a parameter per option
    context: typer.Context,
    *,
    send: Annotated[
        list[Path] | None,
        typer.Option(help="A file that the functions need and do not import, of this folder; several times."),
    ] = None,
    scheduler: Scheduler = None,
    hosts: Hosts = None,
    remote_python: RemotePython = None,
    slurm: Slurm = False,
    nodes: Nodes = 1,
    partition: Partition = None,
    wait: Wait = 600.0,
    limit: Limit = 1800.0,
    anew: Anew = False,
    tls_ca: Tls = None,
    tls_cert: Tls = None,
    tls_key: Tls = None,
    results: Results = Path("results"),
) -> None:
    """
    Measure functions on each host at once; what is not named here is for `harness measure` there.

    Example: harness fleet measure --hosts a,b 'xp.tanh(x) * 2' --on numpy,torch-cuda
    """
    from harness.fleet.order import sent_files

    words = _words("measure", context.args)
    files = sent_files(Path.cwd(), words, send or ())
    tls = {"ca_file": tls_ca, "client_cert": tls_cert, "client_key": tls_key}
    check_address(results)
    with _cluster(
        scheduler, hosts, remote_python, partition, tls, nodes=nodes if slurm else 0, limit=limit, wait=wait
    ) as reached:
        _measure(reached, words, files, results, limit=limit, anew=anew)


@app.command(context_settings=_PASSED_ON)
def plan(
    context: typer.Context,
    *,
    nodes: Nodes = 1,
    partition: Partition = None,
    results: Results = Path("results"),
) -> None:
    """
    Print a script for sbatch that does the same where no scheduler of Dask's may stay.

    Example: harness fleet plan --nodes 8 --partition gpu --quick > harness.sbatch
    """
    from harness.fleet.batch_script import slurm_script

    if isinstance(results, Address):
        raise UsageError(
            "the nodes of a plan share a folder; leave out the address, and put the runs there afterwards: "
            f"harness merge FOLDER --results {results}"
        )
    words = [*_words("run", context.args), *_NO_READER]
    out.print(slurm_script(words, nodes, partition, results), end="", soft_wrap=True)


@app.command()
def status(*, results: Results = Path("results")) -> None:
    """
    Print what has become of each host of the last fleet.

    Example: harness fleet status
    """
    from harness.fleet.record import read_record
    from harness.terminal.fleet import host_table

    record = read_record(local_folder(results))
    if record is None:
        raise EmptyStoreError(f"no fleet was measured into {results} yet; see `harness fleet run --help`")
    asked = " ".join(["harness", *record.words])
    print_parts([f"begun {record.begun}: {asked}", host_table(record.outcomes)], Format.TABLE)


@app.command()
def report(*, results: Results = Path("results"), form: TextForm = Format.TABLE) -> None:
    """
    Print which machines are equal, how far apart their times are, and which of them falls out.

    Example: harness fleet report --format markdown
    """
    from harness.answers.equal_machines import equal_machines, equal_machines_frame
    from harness.sentences.equal_machines import group_sentences
    from harness.store.latest import cells_of_parts, rows_of

    by_machine = machine_parts(results)
    facts = {parts[0].run.machine: parts[0].run.facts for parts in by_machine}
    every = [part for parts in by_machine for part in parts]
    cells = cells_of_parts(every)
    groups = equal_machines(cells[rows_of(every, cells)], facts)
    if form not in FOR_PEOPLE:
        print_frame(equal_machines_frame(groups), form)
        return
    lines = [line for group in groups for line in group_sentences(group, facts[group.machines[0]])]
    alone = [name for name in facts if not any(name in group.machines for group in groups)]
    if alone:
        lines.append(f"without an equal: {', '.join(alone)}")
    print_parts(lines, form)


def _words(command: str, given: Sequence[str]) -> list[str]:
    """Return a command line for each host, refused here where it would be refused there."""
    from harness.cli.measure import measure as of_measure
    from harness.cli.run import run as of_run

    for word in given:
        if word.partition("=")[0] == "--machine":
            raise UsageError("--machine names one machine; in a fleet HARNESS_HOST does, set on each host")
        if word.partition("=")[0] == "--results":
            raise UsageError("--results is the fleet's own; name the results folder before all else")
    alone = typer.Typer(add_completion=False)
    if command == "run":
        alone.command()(of_run)
    else:
        alone.command()(of_measure)
    typer.main.get_command(alone).make_context(command, list(given))
    return [command, *given]


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
    from harness.fleet.cluster import check_installed, is_open, security_of, standing
    from harness.fleet.slurm import by_slurm
    from harness.fleet.ssh import by_ssh

    if (scheduler is not None) + (hosts is not None) + (nodes > 0) != 1:
        raise UsageError(
            "name the machines in one way: --scheduler ADDRESS, --hosts a,b,c or --slurm --nodes N"
        )
    check_installed()
    if scheduler is not None:
        if is_open(scheduler):
            err.print(
                f"warning: whoever reaches {scheduler} can run what they like on its hosts; use tls:// there"
            )
        return standing(scheduler, security_of(scheduler, tls))
    if hosts is not None:
        return by_ssh([name.strip() for name in hosts.split(",") if name.strip()], remote_python)
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
    from harness.fleet.record import DONE, Outcome, Record, State, read_record, write_record
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
    with fleet_progress(err) as tell:
        for host in found:
            if host.refusal:
                tell(Outcome(host=host.name, state=State.REFUSED, reason=host.refusal))
            elif host.name in done:
                tell(Outcome(host=host.name, state=State.HAS_IT, run=done[host.name].run))
        for name, why in reached.missing.items():
            tell(Outcome(host=name, state=State.REFUSED, reason=why))
        try:
            measure_fleet(
                reached.client, orders, {name: host.worker for name, host in free.items()}, local, tell
            )
        except KeyboardInterrupt:
            interrupted = True
        finally:
            try:
                write_record(local, Record(words=words, begun=begun, outcomes=tell.outcomes))
            except MeasureError as error:  # a full disk; the table says it then
                err.print(f"harness: {error}", markup=False)
    print_parts([host_table(tell.outcomes), *_notes(found)], Format.TABLE)
    arrived = {run for name in free if name in tell.outcomes for run in tell.outcomes[name].run.split(", ")}
    put_there((run for run in read_runs(local) if run.id in arrived), results)
    if interrupted:
        raise SystemExit(INTERRUPTED)
    missing = [name for name, one in tell.outcomes.items() if one.state not in DONE]
    if missing:
        raise MeasureError(
            f"{len(missing)} of {len(tell.outcomes)} hosts have no run: {', '.join(missing)}; the same "
            "command measures those alone"
        )


def _notes(hosts: "Sequence[Host]") -> list[str]:
    """Return what is to be known of hosts that took part."""
    return [f"{host.name}: {host.note}" for host in hosts if host.note]
