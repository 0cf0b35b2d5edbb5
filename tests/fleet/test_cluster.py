"""What the address of a scheduler may be."""

import pytest

from harness.errors import UsageError
from harness.fleet.cluster import check_scheduler


@pytest.mark.parametrize("address", ["tcp://head:8786", "tls://10.0.0.1:8786", "tcp://[::1]:8786"])
def test_an_address_has_a_scheme_a_host_and_a_port(address: str) -> None:
    check_scheduler(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "head",
        "head:8786",
        "http://head:8786",
        "tcp://head",
        "tcp://:8786",
        "tcp://head:x",
        "tcp://head:1/a",
    ],
)
def test_anything_else_is_refused_before_dask_is_asked(address: str) -> None:
    with pytest.raises(UsageError, match="such as tcp://head:8786 or tls://head:8786"):
        check_scheduler(address)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        check_scheduler("tcp://me:secret@head:8786")
    assert "secret" not in str(refused.value)
