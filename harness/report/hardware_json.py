"""Machines side by side as the page's script reads them."""

from collections.abc import Iterable, Mapping, Sequence

from harness.report.columns_json import object_text, places_of, table_text, text_of
from harness.report.hardware import Board, Fact, Hardware

_NAMED = ("op", "status")
_FIGURES = ("seconds", "low", "high", "ceiling_share")


def hardware_text(hardware: Hardware, boards: Iterable[str]) -> str:
    """Return groups of equal machines and their facts as JSON, with texts of their boards."""
    return object_text(
        {
            "groups": text_of(hardware.groups),
            "facts": text_of([_coded(fact) for fact in hardware.facts]),
            "boards": f"[{','.join(boards)}]",
        }
    )


def board_text(board: Board, **content: str) -> str:
    """Return which board it is, with its rows or where they are, as JSON of texts of JSON."""
    told = {"backend": board.backend, "dtype": board.dtype, "span": board.span}
    return object_text({**{name: text_of(text) for name, text in told.items()}, **content})


def rows_text(board: Board, names: Mapping[str, Sequence[str]]) -> str:
    """Return the rows of a board as JSON: op, status, group, n, and the figures."""
    columns = {
        **{name: places_of(board.rows[name], names[name]) for name in _NAMED},
        **{name: board.rows[name].to_numpy() for name in ("group", "n", *_FIGURES)},
    }
    return table_text(columns)


def _coded(fact: Fact) -> tuple[str, Sequence[str], Sequence[int]]:
    """Return a fact's name, its values, and which of them each group has."""
    place = {text: at for at, text in enumerate(dict.fromkeys(fact.texts))}
    return fact.name, list(place), [place[text] for text in fact.texts]
