"""asv's own files, of a run that asv did not make: what ``asv run`` writes for the same times.

asv's classes write them, so that all of its commands find them; what is in them is asv's to know.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import chdir
from datetime import datetime
from itertools import product
from pathlib import Path

from asv import util
from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.machine import Machine
from asv.plugins.git import Git
from asv.repo import Repo, get_repo
from asv.results import Results, get_filename
from asv.runner import BenchmarkResult, fail_benchmark

from harness.asv.benchmark import TRACKS, samples_of, tracked
from harness.asv.catalogue import asv_name, declared_benchmarks
from harness.asv.configuration import configuration
from harness.asv.environment import CurrentEnvironment, checked_out
from harness.asv.machine_name import machine_card
from harness.asv.repository import check_history
from harness.asv.sweep_file import Samples
from harness.errors import MeasureError, UsageError
from harness.model import TIMED, Cell, Status


def write_results(
    project: Path,
    machine: str,
    commit: str | None,
    cells_by_op: Mapping[str, Sequence[Cell]],
    *,
    began: datetime,
    seconds_by_op: Mapping[str, float],
) -> Path | None:
    """
    Write the times of ops into asv's results of a commit, beside those of other ops, and return the file.

    None where asv keeps no history: in a folder that is not a git repository's.
    """
    try:
        with chdir(project):  # as asv does, whose paths begin at its configuration
            conf = configuration(Path())
            if not Git.url_match(conf.repo):
                return None
            if Path(conf.repo).is_dir() and not Path.cwd().is_relative_to(Path(conf.repo).resolve()):
                commit = checked_out(conf.repo)  # of what is measured, since the benchmarks lie elsewhere
            if commit is None:
                check_history(conf, Path())
                return None
            repo, environment = get_repo(conf), CurrentEnvironment(conf, "same", {}, {})
            known = _known_benchmarks(conf, repo, environment, machine, commit)
            results = _results_so_far(conf, repo, environment, machine, commit)
            by_op = {benchmark.op.name: benchmark.op for benchmark in declared_benchmarks(project)}
            swept = {name: tracked(by_op[name], cells_by_op[name]) for name in by_op if name in cells_by_op}
            for benchmark, method in product(declared_benchmarks(project), TRACKS):
                op, entry = benchmark.op.name, known.get(f"{asv_name(benchmark)}.{method}")
                if op not in cells_by_op or entry is None:  # such as one whose file was edited meanwhile
                    continue
                failed = _has_failed(cells_by_op[op])
                read = (
                    fail_benchmark(entry) if failed else _read_out(samples_of(benchmark, method, swept[op]))
                )
                results.add_result(entry, read, started_at=began)
                # As if the op had been measured by the `setup_cache` that asv knows by this key.
                results.set_setup_cache_duration(entry["setup_cache_key"], seconds_by_op[op])
            results.save(conf.results_dir)
            return project.joinpath(conf.results_dir, get_filename(machine, commit, environment.name))
    except UsageError as error:
        raise MeasureError(f"asv's history lacks these times: {error}") from error
    except (util.UserError, util.ProcessError, OSError) as error:
        raise MeasureError(f"asv's history lacks these times, as asv cannot write them: {error}") from error


def _known_benchmarks(
    conf: Config, repo: Repo, environment: CurrentEnvironment, machine: str, commit: str
) -> Benchmarks:
    """Write what asv knows of the machine and of all benchmarks, and return the latter."""
    description = Machine()
    vars(description).update(machine_card(machine))
    description.save(conf.results_dir)
    # asv finds them in a process of its own, in 0.3 s: too little for remembering them to pay.
    benchmarks = Benchmarks.discover(conf, repo, [environment], [commit])
    benchmarks.save()
    return benchmarks


def _results_so_far(
    conf: Config, repo: Repo, environment: CurrentEnvironment, machine: str, commit: str
) -> Results:
    """Return what asv has of this commit on this machine, if anything."""
    results = Results(
        {**machine_card(machine), "python": environment.python, **environment.requirements},
        environment.requirements,
        commit,
        repo.get_date(commit),
        environment.python,
        environment.name,
        environment.env_vars,
    )
    try:
        results.load_data(conf.results_dir)
    except (AttributeError, TypeError) as error:
        file = Path(conf.results_dir) / get_filename(machine, commit, environment.name)
        raise util.UserError(f"{file} is not of asv's making; remove it") from error
    return results


def _read_out(samples: Sequence[Samples]) -> BenchmarkResult:
    """Return what asv gets from calling a method at every point, each in a process of its own."""
    times = [None if isinstance(of_cell, str) else of_cell for of_cell in samples]
    return BenchmarkResult(
        # What was measured asv computes from the samples; None is a cell that has failed.
        result=[
            True if of_cell else math.nan if told is None else None
            for told, of_cell in zip(samples, times, strict=True)
        ],
        samples=times,
        number=[of_cell and 1 for of_cell in times],
        errcode=0,
        stderr="",
        profile=None,
    )


def _has_failed(cells: Sequence[Cell]) -> bool:
    """Whether an op has no time although it was tried."""
    statuses = {cell.status for cell in cells}
    return statuses.isdisjoint(TIMED) and statuses != {Status.SKIPPED}
