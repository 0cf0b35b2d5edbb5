"""Which names a text of Python reads and assigns, told without running it."""

import ast
import symtable
from collections.abc import Collection, Iterator
from contextlib import suppress


def names_in(tree: ast.AST) -> tuple[list[str], set[str]]:
    """Return the names that a text reads, in their order, and those that it defines."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    loaded = dict.fromkeys(node.id for node in nodes if isinstance(node.ctx, ast.Load))
    stored = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            stored.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            stored.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            stored |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return list(loaded), stored


def outer_names(text: str) -> set[str]:
    """Return the names that a text reads or assigns, those of its functions' own parameters left out."""
    return {name for table in _tables(text) for name in _outer(table)}


def assigned(text: str) -> set[str]:
    """Return the names that a text assigns, those inside of its functions left out."""
    symbols = [symbol for table in _tables(text) for symbol in table.get_symbols()]
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def read_first(tree: ast.Module, given: Collection[str] = ()) -> list[str]:
    """Return the names that a text reads before it assigns them, if it does, in the order of statements."""
    known, found = set(given), dict[str, None]()
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) else node
        before = ast.unparse(value) if value else ""
        reads = outer_names(before) - assigned(before)
        if isinstance(node, ast.AugAssign):
            reads |= outer_names(ast.unparse(node.target))
        found |= dict.fromkeys(sorted(reads - known))
        known |= assigned(ast.unparse(node))
    return list(found)


def _tables(text: str) -> Iterator[symtable.SymbolTable]:
    """Yield what Python knows of the names of a text; nothing if it is no Python, which its cells say."""
    with suppress(SyntaxError, ValueError):
        yield symtable.symtable(text, "<text>", "exec")


def _outer(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names of the outermost scope, and those by which inner ones reach it."""
    for symbol in table.get_symbols():
        if table.get_type() == "module" or symbol.is_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _outer(inner)
