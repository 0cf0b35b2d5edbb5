"""The two sides of a comparison over a column: the cells of one name in it against those of another."""

from collections.abc import Sequence
from dataclasses import replace

from harness.answers.compared_run import ComparedRun
from harness.errors import UnknownNameError, UsageError

_TWO = 2


def sides(
    a: ComparedRun, b: ComparedRun, column: str, names: Sequence[str]
) -> tuple[ComparedRun, ComparedRun]:
    """
    Return the cells of a dtype, an op or a backend of `a` and those of another of `b`, as if of the same.

    Without names there have to be two in all, of which the first is that of `a`.
    """
    chosen = list(dict.fromkeys(names or [*a.cells[column], *b.cells[column]]))
    if len(chosen) != _TWO:
        raise UsageError(
            f"--over {column} holds one {column} against another, and here are {len(chosen)} "
            f"({', '.join(chosen)}); name two, that of A first, each by --{column}"
        )
    for run, name in zip((a, b), chosen, strict=True):
        if name not in (present := dict.fromkeys(run.cells[column])):
            raise UnknownNameError.of(f"{column} of {run.name}", name, present)
    label = " / ".join(reversed(chosen))  # as the ratio of their times
    side_a, side_b = (
        replace(
            run,
            name=f"{run.name} {name}",
            cells=run.cells[run.cells[column] == name].assign(**{column: label}),
        )
        for run, name in zip((a, b), chosen, strict=True)
    )
    return side_a, side_b
