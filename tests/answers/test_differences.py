"""In what two runs differ apart from their times."""

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
