"""In what two runs differ apart from their times."""

from harness.answers.differences import differences


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
