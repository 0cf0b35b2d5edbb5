"""Many machines measured at once: how far each is, what became of it, and what is written down of that."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.remote import local_folder, put_there
from harness.errors import INTERRUPTED, MeasureError
from harness.terminal.console import err
from harness.terminal.formats import Format, print_parts

if TYPE_CHECKING:
    from harness.fleet.cluster import Reached
    from harness.fleet.hosts import Host
    from harness.fleet.record import Outcome, Record


def measure_and_tell(
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
            f"not done: {', '.join(missing)} (of {len(outcomes)} in all); the same command measures those "
            "alone"
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
