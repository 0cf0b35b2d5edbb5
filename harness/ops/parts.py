"""A function whose gradient is taken, as the three ops that are measured of it."""

from dataclasses import replace

from harness.errors import UsageError
from harness.model import Carried, Function, Op, Part
from harness.names import LONGEST_NAME, is_plain


def parts(op: Op) -> tuple[Op, ...]:
    """
    Return a function as its forward pass, its backward pass and both, as ops of their own.

    Raises
    ------
    UsageError
        If its operands are to be copied for every call, or its name leaves no room for that of a part.
    """
    function = op.function
    assert isinstance(function, Function)  # noqa: S101 - of no other op a gradient is asked for
    if function.fresh:
        raise UsageError(
            "fresh=True copies operands for a function that changes them, and what changes its operands has "
            "no gradient here; leave out one of the two"
        )
    if not is_plain(f"{op.name} {Part.BOTH}"):
        raise UsageError(
            f"the name {op.name[:40]!r} is too long to be followed by {str(Part.BOTH)!r} in "
            f"{LONGEST_NAME} bytes; give it another with name="
        )
    return tuple(_part(op, function, part) for part in Part)


def _part(op: Op, function: Function, part: Part) -> Op:
    """Return one part; a count or a check of the function itself holds for the forward pass alone."""
    is_function = part is Part.FORWARD
    judged = isinstance(function.check, Carried) and not is_function
    return replace(
        op,
        name=f"{op.name} {part}",
        requires_grad=True,
        function=replace(
            function,
            part=part,
            check=True if judged else function.check,
            flop=function.flop if is_function else None,
            moved=function.moved if is_function else None,
        ),
    )


def recorded(op: Op) -> Op:
    """Return the function itself that an op is a part of, with what its gradient needs recorded."""
    return replace(op, function=replace(op.function, part=None) if op.function else None)
