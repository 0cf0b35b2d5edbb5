"""In what two runs differ apart from their times."""

from typing import Any

import pytest

from harness.answers.differences import differences
from tests.support.functions import NORM, told_of


def test_differences_come_by_machine_libraries_and_settings_and_pools_by_name() -> None:
    def facts(cpu: str, threads: int, order: int, free: int) -> dict[str, object]:
        pools = [{"library": "openmp", "threads": 2}, {"library": "openblas", "threads": threads}]
        return {
            "settings": {"rounds": threads},
            "libraries": {"pools": pools[::order], "device_memory": {"torch-cuda": free}},
            "machine": {"cpu": cpu, "gpus": []},
        }

    differing = differences(facts("x", 2, 1, 7), facts("y", 4, -1, 8))
    assert [(d.name, d.a, d.b) for d in differing] == [
        ("machine.cpu", "x", "y"),
        ("libraries.pools.openblas.threads", "2", "4"),
        ("settings.rounds", "2", "4"),
    ]
    assert differences(facts("x", 2, 1, 7), facts("x", 2, -1, 8)) == []


def test_functions_of_one_name_and_different_code_or_inputs_are_told_apart() -> None:
    a = {"functions": {NORM: told_of("old", "new"), "dot": told_of("old")}, "settings": {}}
    changed = {**told_of("old", "new", inputs="ones"), "hashes": {"old": "0" * 64, "new": "1" * 64}}
    b = {"functions": {NORM: changed, "cross": told_of("old")}, "settings": {"baseline": "old@numpy"}}
    digests = a["functions"][NORM]["hashes"]

    assert [(d.name, d.a, d.b) for d in differences(a, b)] == [
        (f"functions.{NORM}.old", f"code {digests['old'][:12]}", "code 000000000000"),
        (f"functions.{NORM}.new", f"code {digests['new'][:12]}", "code 111111111111"),
        (f"functions.{NORM}.inputs", "one standard normal vector of n elements", "ones"),
        ("settings.baseline", "numpy", "old@numpy"),
    ]
    assert differences(a, a) == []


def card(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - facts
    """Return the card of a laptop with a GPU."""
    link = {"generation": changes.pop("generation", 1), "lanes": 16, "most_generation": 4, "most_lanes": 16}
    names = {name: changes.pop(name, "one") for name in ("uuid", "pci")}
    gpu = {"name": "RTX", **names, "link": link, "power_limit": 80.0}
    plain = {"name": "laptop", "os": "Linux 6.8", "affinity": 8, "ram": 33_400_000_000, "on_battery": False}
    return {**plain, "gpus": [gpu], **changes}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "3f6c1c0d8a57"},  # of a container
        {"uuid": "other", "pci": "00000000:81:00.0"},  # another card of the same make
        {"generation": 4},  # the link is busy
        {"ram": 33_399_000_000},  # after a start
        {"boost": None},  # which an older run does not have
    ],
)
def test_what_a_start_a_container_or_a_moment_changes_is_no_difference(other: dict[str, Any]) -> None:
    assert differences({"machine": card()}, {"machine": card(**other)}) == []


@pytest.mark.parametrize(
    ("name", "value"), [("on_battery", True), ("affinity", 4), ("ram", 16_000_000_000), ("os", "Linux 6.9")]
)
def test_what_changes_times_is_a_difference(name: str, value: object) -> None:
    (found,) = differences({"machine": card()}, {"machine": card(**{name: value})})
    assert found.name == f"machine.{name}"


def test_what_another_fact_tells_is_told_once() -> None:
    def facts(version: str, seconds: float | None) -> dict[str, Any]:
        libraries = {
            "torch": version,
            "pools": [{"library": "torch", "version": version, "threads": 2}],
            "missing": {"torch-cuda": f"this Torch ({version}) is built without CUDA"},
        }
        return {"libraries": libraries, "settings": {"seconds": seconds, "hang_limit": seconds}}

    (found,) = differences(facts("2.13.0+cpu", 58.7), facts("2.14.1+cpu", 57.9))
    assert (found.name, found.a, found.b) == ("libraries.torch", "2.13.0+cpu", "2.14.1+cpu")
    assert [one.name for one in differences(facts("2", 60.0), facts("2", 20.0))] == ["settings.seconds"]
    assert [one.name for one in differences(facts("2", 60.0), facts("2", None))] == ["settings.seconds"]


def test_a_backend_that_one_of_them_lacks_is_a_difference() -> None:
    a, b = ({"libraries": {"missing": missing}} for missing in ({"torch-cuda": "no GPU"}, {}))
    (found,) = differences(a, b)
    assert (found.name, found.a, found.b) == ("libraries.missing.torch-cuda", "missing", "")
