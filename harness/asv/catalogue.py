"""The ops of a project: what its ``benchmarks`` package declares."""

import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from harness.asv.benchmark import SweepBenchmark
from harness.errors import UnknownNameError, UsageError
from harness.model import Op


def project_folder(start: Path) -> Path:
    """Return the folder with ``asv.conf.json``, upwards from another."""
    for folder in (start, *start.parents):
        if (folder / "asv.conf.json").is_file():
            return folder
    raise UsageError(f"there is no asv.conf.json in {start} or above it; change to the project's folder")


def declared_ops(project: Path) -> dict[str, Op]:
    """Return the ops of a project by name, in the order of the files and of the classes in them."""
    return {benchmark.op.name: benchmark.op for benchmark in _benchmarks(project)}


def asv_patterns(project: Path, names: tuple[str, ...]) -> list[str]:
    """Return the patterns for ``asv run --bench`` that find the benchmarks of ops; no name means all."""
    by_op = {benchmark.op.name: benchmark for benchmark in _benchmarks(project)}
    for name in names:
        if name not in by_op:
            raise UnknownNameError.of("op", name, by_op)
    module = {name: by_op[name].__module__.removeprefix("benchmarks.") for name in names}
    return [rf"^{module[name]}\.{by_op[name].__name__}\." for name in names]


def _benchmarks(project: Path) -> list[type[SweepBenchmark]]:
    """Import the package and return its benchmark classes."""
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    package = import_module("benchmarks")
    modules = [
        import_module(f"benchmarks.{module.name}") for module in pkgutil.iter_modules(package.__path__)
    ]
    return [
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, SweepBenchmark)
        and member.__module__ == module.__name__
    ]
