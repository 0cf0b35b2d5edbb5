"""How the spans of a device were taken is said where it was not the usual way, and only then."""

from typing import Any

import pytest

from harness.answers.span_notes import cache_state, host_memory, span_notes, span_options

COLD_AND_PINNED: dict[str, object] = {"l2": "cold", "pinned": True}


def facts(*backends: str, settings: dict[str, object], missing: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return scripted facts of a run of these backends."""
    return {
        "settings": {"backends": list(backends), **settings},
        "libraries": {"missing": dict.fromkeys(missing, "no such device")},
    }


@pytest.mark.parametrize("backend", ["torch-cuda", "old@torch-cuda", "a backend of a later version"])
def test_a_cold_cache_and_pinned_memory_are_said_and_named_as_options(backend: str) -> None:
    run = facts("numpy", backend, settings=COLD_AND_PINNED)
    cache, memory = span_notes(run)
    assert cache.startswith("device: with a cold L2 cache")
    assert memory.startswith("round_trip to a GPU: through pinned host memory")
    assert span_options(run) == ["--l2 cold", "--pinned"]


@pytest.mark.parametrize("settings", [{}, {"l2": "hot", "pinned": False}], ids=["an older run", "as usual"])
def test_the_usual_way_is_not_said(settings: dict[str, object]) -> None:
    run = facts("numpy", "torch-cuda", settings=settings)
    assert (cache_state(run), host_memory(run)) == ("hot", "pageable")
    assert (span_notes(run), span_options(run)) == ([], [])


@pytest.mark.parametrize(
    "run",
    [
        facts("numpy", "torch-cpu", settings=COLD_AND_PINNED),
        facts("numpy", "torch-cuda", missing=("torch-cuda",), settings=COLD_AND_PINNED),
        facts("old@numpy", "old@torch-cpu-1t", settings=COLD_AND_PINNED),
    ],
    ids=["only CPUs", "the device is missing", "rivals on CPUs"],
)
def test_a_run_without_another_device_gets_no_sentence(run: dict[str, Any]) -> None:
    assert span_notes(run) == []
