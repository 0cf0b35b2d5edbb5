"""What a name means: a line of the table, a device on request, or a rival on a backend."""

from dataclasses import replace

import pytest

from harness.backends.half_precision import remark, undefined
from harness.backends.table import backend_named, in_order, is_on_device, listed, without_rival
from harness.errors import UnknownNameError, UsageError
from harness.model import Span
from tests.support.ops import OPS

NAMES = ["numpy", "numpy-1t", "torch-cpu", "torch-cuda", "torch-cuda:1", "torch-xpu", "jax-cpu"]


@pytest.mark.parametrize("name", NAMES)
def test_a_rival_is_its_backend_under_a_label_of_its_own(name: str) -> None:
    label = f"my old one@{name}"
    rival = backend_named(label)
    assert rival == replace(backend_named(name), name=label)  # type: ignore[type-var] # a dataclass
    assert (rival.name, listed(label), without_rival(label)) == (label, rival, name)
    assert is_on_device(label) is is_on_device(name) is ("cu" in name or "xpu" in name)


def test_a_rival_on_a_device_takes_its_spans_as_the_device_is_asked_to() -> None:
    given = backend_named("old@torch-cuda", cold=True, pinned=True)
    assert given == replace(backend_named("torch-cuda", cold=True, pinned=True), name="old@torch-cuda")  # type: ignore[type-var] # as above


def test_the_last_at_sign_is_that_before_the_backend() -> None:
    assert backend_named("me@home@numpy").library == "numpy"


@pytest.mark.parametrize("label", ["@numpy", "a/b@numpy", ".old@numpy", "a\n@numpy", "x" * 198 + "@numpy"])
def test_a_rival_without_a_name_that_can_be_stored_is_refused(label: str) -> None:
    with pytest.raises(UsageError, match="give it one, as in old@numpy"):
        backend_named(label)


@pytest.mark.parametrize(("label", "name"), [("old@numpi", "numpi"), ("old@", ""), ("numpi", "numpi")])
def test_an_unknown_backend_is_named_without_its_rival(label: str, name: str) -> None:
    assert listed(label) is None
    assert not is_on_device(label)
    with pytest.raises(
        UnknownNameError, match=f"^no backend is called {name!r}; there are: numpy, numpy-1t,"
    ):
        backend_named(label)


def test_labels_are_shown_in_the_order_of_their_backends_and_then_as_given() -> None:
    given = ["strange", "new@torch-cpu", "b@numpy", "torch-cpu", "a@numpy", "numpy"]
    assert in_order(given) == ["b@numpy", "a@numpy", "numpy", "new@torch-cpu", "torch-cpu", "strange"]


def test_what_numpy_cannot_do_in_two_bytes_no_rival_on_it_can() -> None:
    op = OPS["abs"]
    for label, dtype in (("old@numpy", "bfloat16"), ("old@numpy-1t", "float16")):
        expected = undefined(op, backend_named(without_rival(label)), dtype, Span.CALL)
        assert undefined(op, backend_named(label), dtype, Span.CALL) == expected != ""
    assert remark(op, "old@numpy", "float16") == remark(op, "numpy", "float16") != ""
