"""An op's text, executed as timeit would execute it."""

from typing import Any


def evaluate(statement: str, namespace: dict[str, Any]) -> Any:  # noqa: ANN401 - each library has its own
    """Return the value of a statement's last line, which is an expression, in the library's own type."""
    *body, result = statement.splitlines()
    scope = dict(namespace)
    exec("\n".join([*body, f"_result = {result}"]), scope)  # noqa: S102 - the op's own text, as timeit runs it
    return scope["_result"]
