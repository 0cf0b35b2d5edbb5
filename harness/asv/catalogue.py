"""The ops of a project: what its ``benchmarks`` package declares."""

import pkgutil
import sys
from collections.abc import Sequence
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
    return {benchmark.op.name: benchmark.op for benchmark in declared_benchmarks(project)}


def asked_ops(project: Path, names: Sequence[str]) -> list[Op]:
    """Return the ops of these names in the order of the project; no name means all."""
    declared = declared_ops(project)
    for name in names:
        if name not in declared:
            raise UnknownNameError.of("op", name, declared)
    return [op for name, op in declared.items() if name in names or not names]


def asv_name(benchmark: type[SweepBenchmark]) -> str:
    """Return what asv calls a benchmark, such as ``elementwise.Abs``; its methods' names follow a dot."""
    return f"{benchmark.__module__.removeprefix('benchmarks.')}.{benchmark.__name__}"


def declared_benchmarks(project: Path) -> list[type[SweepBenchmark]]:
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
