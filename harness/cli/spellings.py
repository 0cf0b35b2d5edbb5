"""What is to be measured, as a command line says it: texts, files and modules, each perhaps under a name."""

from collections.abc import Iterable

from harness.backends.table import listed
from harness.errors import UsageError
from harness.model import EVERY
from harness.spellings.makers import Maker
from harness.spellings.references import reference
from harness.spellings.spelling import Spelling

_OFF = "off"
"""What turns the check off."""


def spellings_of(arguments: Iterable[str]) -> dict[str, Spelling]:
    """Return the spellings by library, by a rival's name or for every library."""
    spellings: dict[str, Spelling] = {}
    for argument in arguments:
        key, text = _key_and_text(argument)
        if key in spellings:
            raise UsageError(
                f"{key} is given twice; give each a name of its own"
                if key != EVERY
                else "two functions have no name; give each one, as in old=work.py:f new=work.py:g"
            )
        spellings[key] = reference(text) or text
    return spellings


def maker_of(text: str | None) -> Maker:
    """Return what makes operands or counts: what a text names, or the text."""
    return None if text is None else reference(text) or text


def check_of(text: str | None) -> Spelling | bool:
    """Return how results are checked."""
    if text is None or text == _OFF:
        return text is None
    return reference(text) or text


def _key_and_text(argument: str) -> tuple[str, str]:
    """Return the name in front of a text and the text, of which ``==`` is a part."""
    key, equals, text = argument.partition("=")
    if not equals or text.startswith("="):
        return EVERY, argument
    if key.isidentifier():
        return key, text
    if backend := listed(key):
        raise UsageError(
            f"{key} is a backend; a spelling is that of its library, as in {backend.library}={text!r:.60}, "
            f"and --on {key} says where it is measured"
        )
    return EVERY, argument
