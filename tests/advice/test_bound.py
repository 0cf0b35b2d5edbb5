"""Bounds: what a device that nobody has can bring at most."""

import math

import pandas as pd
import pytest

from harness.advice.bound import Bound, bound
from harness.advice.device import Device
from harness.errors import UnknownNameError, UsageError
from harness.model import Ceiling
from tests.support.call_and_trip import cells_of_laws, host

CEILING = Ceiling(
    device="cuda",
    threads=None,
    in_cache=1e12,
    in_memory=1e12,
    memory_from=0,
    matmul={"float32": 1e13},
    empty_call=0.0,
    timer=0.0,
)
LINKED = Device(name="a card", ceiling=CEILING, link=1e10)
SIZE = 4**8


def cells(flop: float = math.nan) -> pd.DataFrame:
    """Return cells of an op that moves 8 bytes an element, of which NumPy needs 1 ns."""
    rows = cells_of_laws({"numpy": host(lambda n: n * 1e-9)})
    return rows.assign(
        baseline="numpy",
        high=1.1 * rows["seconds"],
        bytes_per_second=8 * rows["n"] / rows["seconds"],
        flop_per_second=flop * rows["n"] / rows["seconds"],
    )


def of(device: Device, n: int = SIZE, calls: int = 1, flop: float = math.nan) -> Bound:
    """Return the bound of a device on these cells."""
    return bound(cells(flop), "abs", n, calls, device=device)


@pytest.mark.parametrize("n", [SIZE, 3 * SIZE])
def test_calls_alone_are_bound_by_the_memory_and_those_with_a_transfer_by_the_link(n: int) -> None:
    # Of an element 1.1 ns by NumPy's upper end, 0.008 ns in memory and 0.8 ns over the link.
    found = of(LINKED, n)
    assert found.alone == pytest.approx(1.1 / 0.008)
    assert found.speedup == pytest.approx(1.1 / 0.808)
    assert found.pays == 1


def test_arithmetic_bounds_where_it_takes_longer() -> None:
    assert of(LINKED, flop=1000).alone == pytest.approx(1.1 / 0.1)


def test_more_calls_share_a_transfer() -> None:
    slow = Device(name="a card", ceiling=CEILING, link=1e9)
    assert of(slow, calls=100).speedup == pytest.approx(110 / (0.8 + 8))
    assert of(slow).speedup < 1
    assert of(slow).pays == pytest.approx(8 / 1.092)
    assert str(of(slow)) == (
        "on a card a call with its transfers is at most 0.14, calls alone 140 times as fast as numpy; it "
        "cannot pay below 8 calls per transfer (a bound, which no measurement need come near)"
    )


def test_without_a_link_transfers_are_said_to_be_unknown() -> None:
    found = of(Device(name="a card", ceiling=CEILING))
    assert math.isnan(found.speedup)
    assert "to which transfers come that are not known" in str(found)
    assert "cannot pay" not in str(found)


def test_a_device_that_shares_the_memory_moves_nothing() -> None:
    found = of(Device(name="this cpu", ceiling=CEILING, link=math.inf))
    assert found.speedup == found.alone
    assert str(found).startswith("on this cpu calls are at most 140 times as fast as numpy (")


def test_what_is_slower_without_any_transfer_can_never_pay() -> None:
    found = of(LINKED, flop=1e5)
    assert math.isinf(found.pays)
    assert "it can pay at no number of calls per transfer" in str(found)


def test_what_is_not_counted_has_no_bound() -> None:
    uncounted = cells().assign(bytes_per_second=math.nan)
    with pytest.raises(UsageError, match="nobody has counted what abs moves or computes"):
        bound(uncounted, "abs", SIZE, device=LINKED)


def test_beyond_the_sizes_that_were_measured_there_is_no_bound() -> None:
    with pytest.raises(UsageError, match="beyond the sizes at which abs was measured on numpy, 16 to"):
        of(LINKED, n=8)


def test_names_that_are_not_there_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no op is called 'tan'; there are: abs"):
        bound(cells(), "tan", SIZE, device=LINKED)
    with pytest.raises(UnknownNameError, match="no backend is called 'x'; there are: numpy"):
        bound(cells(), "abs", SIZE, baseline="x", device=LINKED)
