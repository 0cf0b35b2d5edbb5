"""The ops of a project: what the package of its benchmarks declares."""

import pkgutil
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from traceback import walk_tb
from types import ModuleType

from harness.asv.benchmark import SweepBenchmark
from harness.asv.configuration import benchmark_folder
from harness.errors import HarnessError, UnknownNameError, UsageError
from harness.model import Op


def declared_ops(project: Path) -> dict[str, Op]:
    """Return the ops of a project by name, in the order of the files and of the defs in them."""
    declared: dict[str, type[SweepBenchmark]] = {}
    for benchmark in declared_benchmarks(project):
        name = benchmark.op.name
        if name in declared:
            raise UsageError(
                f"two ops are called {name}, {asv_name(declared[name])} and {asv_name(benchmark)}; rename one"
            )
        declared[name] = benchmark
    return {name: benchmark.op for name, benchmark in declared.items()}


def asked_ops(project: Path, names: Sequence[str]) -> list[Op]:
    """Return the ops of these names in the order of the project; no name means all."""
    declared = declared_ops(project)
    if not declared:
        raise UsageError(
            f"no op is declared in {benchmark_folder(project)}; declare one with @sweep from harness.asv"
        )
    for name in names:
        if name not in declared:
            raise UnknownNameError.of("op", name, declared)
    return [op for name, op in declared.items() if name in names or not names]


def asv_name(benchmark: type[SweepBenchmark]) -> str:
    """Return what asv calls a benchmark, such as ``elementwise.abs``; its methods' names follow a dot."""
    return ".".join([*benchmark.__module__.split(".")[1:], benchmark.__name__])


def declared_benchmarks(project: Path) -> list[type[SweepBenchmark]]:
    """Import the package as asv does, with all that it has inside, and return its benchmark classes."""
    folder = benchmark_folder(project)
    _prepare_import(folder)
    return [
        member
        for module in _modules(folder.name)
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, SweepBenchmark)
        and member.__module__ == module.__name__
    ]


def _prepare_import(folder: Path) -> None:
    """Make the package of a folder be found by its name, whatever else in this process bears that."""
    if sys.path[0] != str(folder.parent):
        sys.path.insert(0, str(folder.parent))
    loaded = getattr(sys.modules.get(folder.name), "__path__", [str(folder)])
    if str(folder) not in loaded:  # another project's
        for name in list(sys.modules):
            if name.partition(".")[0] == folder.name:
                del sys.modules[name]


def _modules(name: str) -> Iterator[ModuleType]:
    """Yield a module and all those inside it."""
    try:
        module = import_module(name)
    except HarnessError:
        raise
    except Exception as error:
        *_, (frame, line) = walk_tb(error.__traceback__)
        # Where a text has no syntax is said by the error itself, which is raised by what reads it.
        place = "" if isinstance(error, SyntaxError) else f" at {frame.f_code.co_filename}:{line}"
        raise UsageError(
            f"the benchmarks cannot be imported: {name} raises {type(error).__name__}{place}: {error}"
        ) from error
    yield module
    for inner in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
        yield from _modules(inner.name)
