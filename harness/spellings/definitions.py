"""What the source of a module defines, and what its functions take, read without running it."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from harness.errors import UsageError

_MOST_NAMES = 12
"""Functions that a sentence lists."""
_CALLED = ("__call__", "forward")
"""Methods whose parameters are those of an object that is called; the second is that of a Torch module."""
_UNSEEN = {"*", "__getattr__"}
"""By these a module has names that its source does not tell."""
Defined = Mapping[str, ast.AST | None]
"""What a module defines, by name; None where it is imported, or made in a way that nobody can read."""


def parameters_of(name: str, tree: ast.Module, shown: str) -> tuple[str, ...]:
    """
    Return the parameters without a default of what a module calls by a name, none where they cannot be read.

    `UsageError` says that there is no such function, what there is, and why it cannot be measured.
    """
    defined = definitions(tree.body)
    first, *rest = name.split(".")
    if first not in defined and not _UNSEEN & set(defined):
        raise UsageError(f"{shown} has no {first}; there are: {listed(defined)}")
    node = _resolved(defined.get(first), defined)
    for part in rest:
        if not isinstance(node, ast.ClassDef):
            return ()
        members = definitions(node.body)
        if part not in members and not node.bases:
            raise UsageError(f"{shown} has no {first}.{part}; there are: {listed(members)}")
        node = _resolved(members.get(part), members)
    if isinstance(node, ast.ClassDef):
        raise UsageError(
            f"{shown}:{name} is a class; name a function, or an object of that class which the file makes"
        )
    return _parameters(node, defined, f"{shown}:{name}")


def definitions(body: Iterable[ast.stmt]) -> dict[str, ast.AST | None]:
    """Return what statements define; the last definition of a name counts, as when they are run."""
    defined: dict[str, ast.AST | None] = {}
    for node in _flat(body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                defined[alias.asname or alias.name.partition(".")[0]] = None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
                defined |= dict.fromkeys(names, node.value if isinstance(target, ast.Name) else None)
    return defined


def listed(defined: Defined) -> str:
    """Return the functions among what is defined, or all of it where there are none."""
    functions = [
        name
        for name, node in defined.items()
        if isinstance(node, ast.FunctionDef | ast.Lambda) and not name.startswith("__")
    ]
    names = functions or [name for name in defined if name != "*"]
    more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more]) or "no functions"


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements with those inside of conditions and the like, but not inside of functions."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            yield from _flat(node.body)
            for handler in node.handlers if isinstance(node, ast.Try) else ():
                yield from _flat(handler.body)
            for part in ("orelse", "finalbody"):
                yield from _flat(getattr(node, part, ()))


def _resolved(node: ast.AST | None, defined: Defined) -> ast.AST | None:
    """Return what a name stands for, if it is another name's value."""
    for _ in defined:
        if not isinstance(node, ast.Name):
            break
        node = defined.get(node.id)
    return node


def _parameters(node: ast.AST | None, defined: Defined, shown: str) -> tuple[str, ...]:
    """Return the parameters of what is called, if it is a function or an object of a class of the module."""
    if isinstance(node, ast.AsyncFunctionDef):
        raise UsageError(f"{shown} is async, and only a plain function can be timed; name one that awaits it")
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        return _positional(node, shown, bound=0)
    if isinstance(node, ast.Call):
        made = _resolved(node.func, defined)
        methods = definitions(made.body) if isinstance(made, ast.ClassDef) else {}
        called = next((methods[name] for name in _CALLED if name in methods), None)
        if isinstance(called, ast.FunctionDef):
            return _positional(called, shown, bound=1)
    return ()


def _positional(node: ast.FunctionDef | ast.Lambda, shown: str, bound: int) -> tuple[str, ...]:
    """Return the parameters without a default but for those that are bound."""
    given = node.args
    keywords = [
        arg.arg for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None
    ]
    if keywords:
        raise UsageError(
            f"{shown} has to be given {keywords[0]} by its name, and operands are given by position; wrap it "
            "in a function that does so"
        )
    names = [arg.arg for arg in (*given.posonlyargs, *given.args)]
    return tuple(names[bound : len(names) - len(given.defaults)])
