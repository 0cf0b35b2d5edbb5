"""A fleet measured: an order to each host, and each run into the store as it arrives."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from harness.errors import CorruptStoreError, HarnessError
from harness.fleet.child import measure_as_told
from harness.fleet.order import TOPIC, Order, Receipt, unpack
from harness.fleet.record import Outcome, State
from harness.fleet.steps import Progress
from harness.names import one_line

if TYPE_CHECKING:
    from distributed import Client, Future

Tell = Callable[[Outcome], None]
"""Is told whenever something becomes of a host."""
_LOOK = 0.5
"""Seconds between looks at the cluster."""
_GONE = 30.0
"""Seconds without a scheduler after which it is given up."""
_PROFILERS = ("profile", "profile-cycle")
_WORKER_GONE = "its worker is gone"
_SCHEDULER_GONE = "the scheduler is gone"


def measure_fleet(
    client: "Client", orders: Mapping[str, Order], workers: Mapping[str, str], results: Path, tell: Tell
) -> None:
    """
    Send each host its order and put what comes back into the store.

    Parameters
    ----------
    client : distributed.Client
    orders : mapping of str to Order
        By host.
    workers : mapping of str to str
        The address of the worker of each host.
    results : Path
    tell : callable
        Gets an outcome whenever a host begins, says something, or is done; each host is done once, whatever
        happens to it. When this is interrupted the orders are called off, and what has arrived is kept.
    """
    said = _Said(tell)
    client.subscribe_topic(TOPIC, said)
    pending = {host: _sent(client, order, workers[host]) for host, order in orders.items()}
    for host in pending:
        tell(Outcome(host=host, state=State.WAITING))
    heard = time.monotonic()
    try:
        while pending:
            present = _present(client)
            heard = heard if present is None else time.monotonic()
            for host, future in list(pending.items()):
                outcome = _outcome(host, future, results) or _loss(host, workers[host], present, heard)
                if outcome:
                    said.over(host)
                    del pending[host]
                    tell(outcome)
            time.sleep(_LOOK if pending else 0.0)
    except KeyboardInterrupt:
        if client.status == "running":
            client.cancel(list(pending.values()), force=True)  # upon which workers end what they measure
        for host in pending:
            said.over(host)
            tell(Outcome(host=host, state=State.STOPPED, reason="stopped by hand"))
        raise


class _Said:
    """Takes what workers say while they measure, until they are done."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._over = tell, set[str]()

    def __call__(self, event: tuple[float, Any]) -> None:
        """Pass on what a host says."""
        _, told = event
        if isinstance(told, dict) and told.get("host") not in self._over:
            progress = Progress(**told["progress"]) if told["progress"] else None
            self._tell(Outcome(host=told["host"], state=State.MEASURING, progress=progress))

    def over(self, host: str) -> None:
        """Take no more of a host."""
        self._over.add(host)


def _sent(client: "Client", order: Order, worker: str) -> "Future[Receipt]":
    """Return the future of an order that only one worker may carry out, once."""
    return client.submit(
        _carry_out,
        order,
        workers=[worker],
        allow_other_workers=False,
        pure=False,
        retries=0,
        key=f"harness-{uuid4().hex}",
    )


def _carry_out(order: Order) -> Receipt:
    """Measure, in a thread of a worker, for as long as anybody waits for it."""
    from distributed import get_worker

    worker = get_worker()
    last: Progress | None = Progress(doing="")
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        # A worker that ends waits for its threads, and leaves the state of their tasks.
        return worker.status.name == "running" and task is not None and task.state == "executing"

    def tell(progress: Progress | None) -> None:
        nonlocal last
        if progress != last:
            far = asdict(progress) if progress else None
            worker.log_event(TOPIC, {"host": order.machine, "progress": far})
            last = progress

    # The worker's own profiler looks at its threads a hundred times a second.
    profilers = [worker.periodic_callbacks[name] for name in _PROFILERS if name in worker.periodic_callbacks]
    for one in profilers:
        worker.loop.add_callback(one.stop)
    try:
        return measure_as_told(order, wanted, tell)
    finally:
        for one in profilers:
            worker.loop.add_callback(one.start)


def _present(client: "Client") -> set[str] | None:
    """Return the addresses of the workers that are there; None where no scheduler answers."""
    if client.status != "running":
        return None
    try:
        return set(client.scheduler_info(n_workers=-1)["workers"])
    except (OSError, KeyError):
        return None


def _loss(host: str, worker: str, present: set[str] | None, heard: float) -> Outcome | None:
    """Return that a host is lost, if its worker is, or nothing was heard of a scheduler for long."""
    if present is not None and worker not in present:
        return Outcome(host=host, state=State.LOST, reason=_WORKER_GONE)
    if time.monotonic() - heard > _GONE:
        return Outcome(host=host, state=State.LOST, reason=_SCHEDULER_GONE)
    return None


def _outcome(host: str, future: "Future[Receipt]", results: Path) -> Outcome | None:
    """Return what has become of a host; None while it measures."""
    if not future.done():
        return None
    try:
        receipt = future.result(timeout=_GONE)
    except Exception as error:  # noqa: BLE001 - whatever another's worker raises, or its loss
        if type(error).__name__ == "KilledWorker":
            return Outcome(host=host, state=State.LOST, reason=_WORKER_GONE)
        lost = type(error).__name__ in {"CancelledError", "FutureCancelledError"}
        if lost and "scheduler" in str(error):  # as Dask gives the reason
            return Outcome(host=host, state=State.LOST, reason=_SCHEDULER_GONE)
        state = State.LOST if lost else State.FAILED
        return Outcome(host=host, state=state, reason=one_line(f"{type(error).__name__}: {error}"))
    return kept(host, receipt, results)


def kept(host: str, receipt: Receipt, results: Path) -> Outcome:
    """Put what came back into the store, if it is a run and whole; return what became of the host."""
    from harness.store.files import SEAL
    from harness.store.merge import merge
    from harness.store.runs import read_runs

    if not receipt.files:
        return Outcome(host=host, state=State.FAILED, reason=receipt.reason or "it measured nothing")
    try:
        for name in receipt.files:
            if name.removesuffix(SEAL) not in receipt.files:
                raise CorruptStoreError(f"{name} came without what it seals")
        results.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fleet-", dir=results) as place:
            unpack(receipt.files, Path(place))
            runs = [run.id for run in read_runs(Path(place))]
            merge([Path(place)], results)
    except (HarnessError, OSError) as error:
        return Outcome(host=host, state=State.FAILED, reason=one_line(f"what came back is not kept: {error}"))
    measured = Outcome(host=host, state=State.MEASURED, run=", ".join(runs), reason=receipt.reason)
    return measured if receipt.code == 0 else replace(measured, state=State.FAILED)
