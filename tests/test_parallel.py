"""Calls side by side in threads."""

import threading

import pytest

from harness.parallel import in_threads


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_what_is_returned_is_in_the_order_of_the_items(count: int) -> None:
    assert in_threads(lambda item: item * item, range(count)) == [item * item for item in range(count)]


def test_one_alone_is_called_here_and_several_elsewhere() -> None:
    here = threading.get_ident()
    assert in_threads(lambda _: threading.get_ident(), [1]) == [here]
    assert here not in in_threads(lambda _: threading.get_ident(), [1, 2])


def test_an_error_of_one_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda item: 1 / item, [1, 0])
