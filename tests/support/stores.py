"""Synthetic stores: machines whose calls cost a start and a slope, with every way to have no time."""

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.model import WAITED_FOR, Case, Ceiling, Cell, Round, Span, Status
from harness.store.op_files import join_ops, write_op
from harness.store.runs import Run, read_run, read_runs, write_facts

OPS = ("mean_square", "mean_square_graph", "backward", "from_numpy", "to_numpy", "abs", "sin", "mm", "mean")
SIZES = tuple(4**power for power in range(2, 13))
# Seconds of a call and per element, and what a round trip adds to both.
COSTS = {
    "numpy": (4e-7, 5e-10, 0.0, 0.0),
    "numpy-1t": (4e-7, 9e-10, 0.0, 0.0),
    "torch-cpu": (2.2e-6, 1.9e-10, 1e-6, 0.0),
    "torch-cpu-1t": (1.6e-6, 3.7e-10, 1e-6, 0.0),
    "torch-cuda": (9e-6, 7e-12, 1.6e-5, 3.5e-10),
}
GONE = {
    ("abs", 1): (Status.WRONG, "differs from float64 NumPy by <b>0.5</b>"),
    ("sin", 2): (Status.TIMEOUT, "no sign of life for 60 s"),
    ("mean", 3): (Status.CRASHED, "the worker was ended by signal 11"),
    ("mm", 4): (Status.IMPLAUSIBLE, "faster than the memory can be read"),
    ("backward", 10): (Status.OOM, "needs 96 GiB, 78 GiB are free"),
}
"""By op and place of the size: why torch-cuda has no time there."""
CACHES = {"L1": 2**18, "L2": 2**21, "L3": 2**25}
CEILINGS = tuple(
    Ceiling(
        device=device,
        threads=threads,
        in_cache=4 * speed,
        in_memory=speed,
        memory_from=2**27,
        matmul={"float32": 50 * speed},
        empty_call=1e-8,
        timer=1e-8,
    )
    for device, threads, speed in (("cpu", None, 1e11), ("cpu", 1, 5e10), ("cuda", None, 4e12))
)


_CONTROLLED = (SIZES[0], SIZES[len(SIZES) // 2], SIZES[-1])
"""Sizes at which the baseline is measured once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scripted:
    """A machine, and how it is measured; see `write_machine`."""

    gpu: bool
    cores: int
    pace: float
    rounds: int
    samples: int
    jitter: float


def write_machine(
    results: Path,
    name: str,
    *,
    ops: Sequence[str] = OPS,
    gpu: bool = True,
    cores: int = 8,
    pace: float = 1.0,
    rounds: int = 3,
    samples: int = 4,
    backends: Sequence[str] = tuple(COSTS),
    jitter: float = 0.0,
) -> Run:
    """
    Write one machine with a full run.

    `pace` is how many times slower than the first machine it is, `jitter` by how much its samples differ
    at random: without any they follow a rule, which a file packs tightly. Two samples are a pass.
    """
    machine = _Scripted(gpu=gpu, cores=cores, pace=pace, rounds=rounds, samples=samples, jitter=jitter)
    folder = results / "runs" / name / "20260101T000000Z-000000"
    begin = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    gpus = [{"name": "scripted GPU", "memory": 80 * 2**30, "driver": "1.0", "cuda": "13.0"}] if gpu else []
    facts = {
        "harness": "0.1.0",
        "machine": {
            "name": name,
            "cpu": "a scripted clock",
            "cores": cores,
            "ram": 64 * 2**30,
            "caches": CACHES,
            "gpus": gpus,
        },
        "libraries": {"python": "3.11.0", "numpy": "2.0.0", "blas": "none 0", "torch": "2.6.0", "cuda": None},
        "settings": {"rounds": rounds},
        "seed": 0,
        "quick": False,
        "commit": "0123456789abcdef",
        "dirty": False,
        "begin": begin,
        "end": begin,
        "ceilings": [asdict(ceiling) for ceiling in CEILINGS[: 3 if gpu else 2]],
    }
    write_facts(folder, facts)
    # Those of the controls are others, so that the cells are the same with and without them.
    dice, others = random.Random(name), random.Random(f"{name}, control")  # noqa: S311 - scripted times
    for op in ops:
        measured = [backend for backend in backends if backend != "numpy-1t" or op == "mm"]
        cells = [
            _cell(Case(op=op, backend=backend, n=n, dtype="float32", span=span), at, machine, dice)
            for span in WAITED_FOR
            for at, n in enumerate(SIZES)
            for backend in measured
        ]
        controls = [
            Case(op=op, backend="numpy", n=n, dtype="float32", span=Span.CONTROL) for n in _CONTROLLED
        ]
        cells += [_cell(case, SIZES.index(case.n), machine, others) for case in controls]
        write_op(folder, op, cells, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})
    return read_run(folder)


def write_kind(run: Run, machine: Mapping[str, object], torch: str = "2.6.0") -> None:
    """Make the machine of a run another kind."""
    libraries = {**run.facts["libraries"], "torch": torch}
    write_facts(
        run.folder, {**run.facts, "machine": {**run.facts["machine"], **machine}, "libraries": libraries}
    )


def store_of_five(results: Path) -> Path:
    """Write five machines, one of them without a GPU and one with a name that an address encodes."""
    for at in range(3):
        write_machine(results, f"node-{at}", ops=("abs", "mm"), pace=1 + at / 4)
    write_machine(results, "laptop 50%é", ops=("abs", "mm"), gpu=False, cores=4)
    write_machine(results, "other", ops=("abs",), cores=64, pace=3)
    return results


def write_many(
    results: Path,
    machines: int,
    *,
    of: int = 10,
    rounds: int = 10,
    samples: int = 20,
    backends: Sequence[str] = tuple(COSTS),
) -> None:
    """Write many machines: `of` different ones, and copies of their figures under other names and cards."""
    made: list[Run] = []
    for at in range(machines):
        name = f"node-{at:04}"
        if at < of:
            made.append(
                write_machine(
                    results,
                    name,
                    pace=1 + at / 20,
                    cores=8 + at,
                    rounds=rounds,
                    samples=samples,
                    backends=backends,
                    jitter=0.01,
                )
            )
            join_ops(made[-1].folder)
            continue
        run = made[at % of]
        folder = results / "runs" / name / run.id
        shutil.copytree(run.folder, folder)
        machine = {**run.facts["machine"], "name": name, "cores": 8 + at % 50}
        write_facts(folder, {**run.facts, "machine": machine})


def runs_of(results: Path, **other: str) -> list[Run]:
    """Return the runs of a store; a machine may get a name that no store would take."""
    return [replace(run, machine=other.get(run.machine, run.machine)) for run in read_runs(results)]


def _cell(case: Case, at: int, machine: _Scripted, dice: random.Random) -> Cell:
    if case.backend == "torch-cuda":
        if not machine.gpu:
            return Cell(case=case, status=Status.SKIPPED, reason="Torch finds no CUDA device")
        if (case.op, at) in GONE:
            status, reason = GONE[case.op, at]
            return Cell(case=case, status=status, reason=reason)
    start, slope, more, rise = COSTS[case.backend]
    far = case.span is Span.ROUND_TRIP
    once = machine.pace * (start + more * far + case.n * (slope + rise * far)) * (1 + OPS.index(case.op) / 4)
    noisy = case.backend == "torch-cpu" and at == len(OPS) - OPS.index(case.op)
    threaded = case.backend == "torch-cpu" or (case.backend == "numpy" and case.op == "mm")
    rounds = []
    for _ in range(machine.rounds):
        seconds = once * dice.gauss(1, 0.01)
        rounds.append(
            Round(
                number=100,
                samples=tuple(
                    seconds * (1 + i * 1e-4 + (machine.jitter and machine.jitter * dice.random()))
                    for i in range(machine.samples)
                ),
                disturbed=(noisy,) * machine.samples,
                passes=tuple(i // 2 for i in range(machine.samples)),
                cores=float(machine.cores) if threaded else 1.0,
                floor=2e-9,
                faults_per_call=0.0,
                steady=True,
            )
        )
    return Cell(
        case=case,
        status=Status.NOISY if noisy else Status.OK,
        reason="in a round 100% of the blocks were disturbed by other work" if noisy else "",
        rounds=tuple(rounds),
        max_error=1e-7,
        tolerance=1e-6,
        moved=8 * case.n,
        flop=2 * case.n**1.5 if case.op == "mm" else float("nan"),
    )
