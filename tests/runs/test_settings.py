"""Settings: what may be asked for, and how it is completed."""

import pytest

from harness.errors import UnknownNameError, UsageError
from harness.runs.settings import DEFAULT, Settings, checked


def test_only_what_is_always_installed_is_measured_unasked() -> None:
    assert "jax-cpu" not in DEFAULT.backends
    assert checked(Settings(backends=("jax-cpu",))).backends == ("numpy", "jax-cpu")


def test_the_baseline_is_always_measured() -> None:
    assert checked(Settings(backends=("torch-cpu",))).backends == ("numpy", "torch-cpu")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Settings(min_size=100), "the size 100 is not a power of 4.*64 and 256"),
        (Settings(max_size=0), "the size 0 is not a power of 4"),
        (Settings(max_size=-4), "the size -4 is not a power of 4"),
        (Settings(min_size=32), "the size 32 is not a power of 4"),
        (Settings(min_size=256, max_size=16), "no size lies between 256 and 16"),
        (Settings(rounds=0), "0 is no number of rounds from 1 to 1000"),
        (Settings(rounds=1001), "1001 is no number of rounds"),
        (Settings(seconds=0.0), "0 s is not above 0 and up to 86400"),
        (Settings(seconds=float("nan")), "nan s is not above 0"),
        (Settings(seconds=1e6), "1e\\+06 s is not above 0"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: Settings, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked(wrong)


def test_a_start_that_this_system_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.fork")
    assert checked(Settings(start="spawn")).start == "spawn"
    with pytest.raises(UsageError, match="this system cannot fork; leave --start away, or give it spawn"):
        checked(Settings(start="fork"))


def test_settings_for_some_backends_keep_the_baseline_and_the_order() -> None:
    assert DEFAULT.only({"torch-cpu-1t", "torch-cpu"}).backends == ("numpy", "torch-cpu", "torch-cpu-1t")


def test_unknown_names_are_refused_with_those_there_are() -> None:
    with pytest.raises(
        UnknownNameError, match="no backend is called 'torch-gpu'; there are: numpy, numpy-1t, torch"
    ):
        checked(Settings(backends=("torch-gpu",)))
    with pytest.raises(UnknownNameError, match="no dtype is called 'int8'; there are: float32, float64, f"):
        checked(Settings(dtypes=("int8",)))
    with pytest.raises(UnknownNameError, match="no way to start a round is called 'thread'; there are: fork"):
        checked(Settings(start="thread"))  # type: ignore[arg-type] # what is refused
    with pytest.raises(UnknownNameError, match="no state of the L2 cache is called 'warm'; there are: hot"):
        checked(Settings(l2="warm"))  # type: ignore[arg-type] # what is refused


@pytest.mark.parametrize(
    ("seconds", "ops", "limit"), [(None, 1, 60.0), (60.0, 1, 60.0), (600.0, 1, 150.0), (600.0, 9, 60.0)]
)
def test_a_run_that_is_given_much_time_waits_longer_for_a_sign_of_life(
    seconds: float | None, ops: int, limit: float
) -> None:
    assert Settings(seconds=seconds).hang_limit_of(ops) == limit
