"""Which computers stand behind workers, and which take part."""

from dataclasses import replace

import harness
from harness.fleet.hosts import Facts, facts_here, hosts_of

HOME = Facts(host="home", identity="h", harness="1.0", libraries={"numpy": "2.4.6", "torch": "2.13.0+cpu"})


def at(name: str, **other: object) -> Facts:
    """Return the facts of another computer."""
    return replace(HOME, host=name, identity=name, **other)  # type: ignore[arg-type]


def test_of_several_workers_of_a_computer_one_measures() -> None:
    hosts = hosts_of({"tcp://b:1": at("a"), "tcp://a:1": at("a"), "tcp://c:1": at("c")}, HOME)
    assert [(host.name, host.worker, host.refusal) for host in hosts] == [
        ("a", "tcp://a:1", ""),
        ("c", "tcp://c:1", ""),
    ]


def test_computers_of_one_name_are_told_apart() -> None:
    hosts = hosts_of({"1": at("a"), "2": replace(at("a"), identity="other")}, HOME)
    assert [host.name for host in hosts] == ["a", "a-2"]


def test_hosts_are_in_the_order_of_their_names() -> None:
    names = ("node10", "node9", "b", "node1-2", "a")
    hosts = hosts_of({f"tcp://{at_}:1": at(name) for at_, name in enumerate(names)}, HOME)
    assert [host.name for host in hosts] == ["a", "b", "node1-2", "node9", "node10"]


def test_another_harness_takes_no_part() -> None:
    (host,) = hosts_of({"1": at("a", harness="0.9")}, HOME)
    assert host.refusal == "its harness is 0.9, and the one here 1.0; install the same on both"


def test_other_libraries_are_told_and_a_build_is_none() -> None:
    (host,) = hosts_of({"1": at("a", libraries={"numpy": "2.3.5", "torch": "2.13.0+cu130"})}, HOME)
    assert (host.refusal, host.note) == ("", "numpy 2.3.5, here 2.4.6")


def test_a_computer_without_torch_takes_no_part() -> None:
    (host,) = hosts_of({"1": at("a", libraries={"numpy": "2.4.6"})}, HOME)
    assert host.refusal == "torch is not installed there"


def test_a_worker_that_cannot_import_the_harness_is_told_with_its_reason() -> None:
    (host,) = hosts_of({"tcp://a:1": ModuleNotFoundError("No module named 'harness'")}, HOME)
    assert host.name == "tcp://a:1"
    assert "cannot import the harness: ModuleNotFoundError: No module named 'harness'" in host.refusal


def test_this_computer_knows_its_versions() -> None:
    here = facts_here()
    assert here.harness == harness.__version__
    assert set(here.libraries) == {"numpy", "torch"}
    assert here == facts_here()
