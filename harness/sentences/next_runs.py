"""The commands that would decide what a run left undecided."""

from collections.abc import Collection, Mapping, Sequence

from harness.backends.table import BASELINE
from harness.sentences.curves import Curve, Key
from harness.sentences.stretches import open_points, stretches

ROUNDS = 20
"""Rounds that such a command asks for: twice what a run has at most by itself."""
_MOST = 3
"""Ops that get a command each; of more, one command measures all."""


def next_runs(
    curves: Mapping[Key, Curve], functions: Collection[str] = (), *, rounds: int = ROUNDS
) -> list[str]:
    """
    Return commands that measure the ops, backends and sizes without a verdict again, in so many rounds.

    Of somebody's functions nobody but their owner has the command.
    """
    own = dict.fromkeys(
        op
        for (_, _, op, *_), curve in curves.items()
        if op in functions and open_points(curve, stretches(curve))
    )
    again = [f"measure {', '.join(own)} again, for more seconds"] if own else []
    return [*_commands({key: curve for key, curve in curves.items() if key[2] not in own}, rounds), *again]


def _commands(curves: Mapping[Key, Curve], rounds: int) -> list[str]:
    """Return the commands for ops that `harness run` knows."""
    asked: dict[tuple[str, str], dict[str, list[int]]] = {}
    for (_, _, op, dtype, backend, _), curve in curves.items():
        sizes = [point.n for point in open_points(curve, stretches(curve))]
        if sizes:
            others = [backend] if curve.baseline == BASELINE else [backend, curve.baseline]
            for name in others:
                asked.setdefault((op, dtype), {}).setdefault(name, []).extend(sizes)
    if len(asked) > _MOST:
        ops, dtypes = zip(*asked, strict=True)
        backends = list(dict.fromkeys(backend for of_op in asked.values() for backend in of_op))
        sizes = [n for of_op in asked.values() for of_backend in of_op.values() for n in of_backend]
        return [_command(ops, dtypes, backends, sizes, rounds)]
    return [
        _command([op], [dtype], list(backends), [n for sizes in backends.values() for n in sizes], rounds)
        for (op, dtype), backends in asked.items()
    ]


def _command(
    ops: Sequence[str], dtypes: Sequence[str], backends: Sequence[str], sizes: Sequence[int], rounds: int
) -> str:
    """Return a command for these; its sizes are powers of 4, as those of a run are."""
    words = [*(f"--op {op}" for op in dict.fromkeys(ops)), *(f"--backend {name}" for name in backends)]
    if set(dtypes) != {"float32"}:
        words += [f"--dtype {dtype}" for dtype in dict.fromkeys(dtypes)]
    low, high = (min(sizes).bit_length() - 1) // 2, (max(sizes).bit_length() - 1) // 2
    high += 4**high < max(sizes)
    return f"harness run {' '.join(words)} --min-size {4**low} --max-size {4**high} --rounds {rounds}"
