"""The three ops that are measured of a function whose gradient is taken."""

import pytest

from harness.errors import UsageError
from harness.model import Op, Part
from harness.ops.parts import parts, recorded
from harness.spellings.contenders import op_of


def op(**options: object) -> Op:
    """Return an op of somebody's function."""
    return op_of({"torch": "torch.sum(x)"}, name="f", **options)  # type: ignore[arg-type] # an option each


def test_a_function_has_three_parts_that_are_named_after_it() -> None:
    assert [part.name for part in parts(op())] == ["f forward", "f backward", "f forward and backward"]
    assert [part.function.part for part in parts(op()) if part.function] == list(Part)


def test_what_was_counted_and_judged_of_the_function_holds_for_its_forward_pass_alone() -> None:
    def right(_result: object, _expected: object) -> bool:
        return True

    forward, *gradients = (part.function for part in parts(op(work=("2 * n", "4 * n"), check=right)))
    assert forward is not None
    assert forward.flop
    assert forward.moved
    assert forward.check is not True
    for gradient in gradients:
        assert gradient is not None
        assert (gradient.flop, gradient.moved, gradient.check) == (None, None, True)


def test_no_check_is_no_check_of_the_gradient() -> None:
    assert [part.function.check for part in parts(op(check=False)) if part.function] == [False] * 3


def test_the_function_itself_is_no_part() -> None:
    for part in parts(op()):
        function = recorded(part).function
        assert function is not None
        assert function.part is None


def test_copies_for_every_call_are_refused() -> None:
    with pytest.raises(UsageError, match="fresh=True copies operands"):
        parts(op(fresh=True))


def test_a_name_that_has_no_room_for_a_part_is_refused() -> None:
    with pytest.raises(UsageError, match="too long to be followed by 'forward and backward'"):
        parts(op_of({"torch": "torch.sum(x)"}, name="f" * 190))
