"""What makes operands, counts or checks of a size: a function, or the text of one."""

import ast
import builtins
from collections.abc import Callable
from typing import Any

from harness.errors import UsageError
from harness.model import Carried
from harness.names import one_line
from harness.spellings.carrier import carry
from harness.spellings.spelling import Reference
from harness.spellings.text_names import names_in

Maker = Callable[..., object] | str | Reference | None
_IN_TEXTS = ("np", "math")
"""What `harness.spellings.carrier.load` gives to the texts."""


def carried(maker: Maker, *names: str) -> Carried | None:
    """Return what makes operands or counts as it travels; a text is an expression of these names."""
    if maker is None:
        return None
    if isinstance(maker, Reference):
        return maker.carried
    return carry(maker) if callable(maker) else Carried(source=_function_text(maker, *names))


def _function_text(text: str, *names: str) -> str:
    """Return the text of a function of these names, of an expression of them or of such a function itself."""
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{one_line(text)!r} is no Python expression: {error}") from error
    if isinstance(body, ast.Lambda):
        return ast.unparse(body)
    loaded, stored = names_in(body)
    unknown = [name for name in loaded if name not in {*names, *_IN_TEXTS, *stored, *dir(builtins)}]
    if unknown:
        raise UsageError(
            f"{one_line(text)!r} names {unknown[0]}, which nothing defines; it may name "
            f"{', '.join([*names, *_IN_TEXTS])}"
        )
    return f"lambda {', '.join(names)}: {ast.unparse(body)}"


def check_of(check: Any) -> Carried | bool:  # noqa: ANN401 - what is neither is refused
    """Return how results are checked."""
    if isinstance(check, bool):
        return check
    if check == "reference":
        return True
    if callable(check) or isinstance(check, Reference | str):
        return carried(check, "result", "expected") or True
    raise UsageError(
        f"check is 'reference', a function of two results, the text of one, or False, and not {check!r:.40}"
    )
