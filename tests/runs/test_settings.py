"""Settings: what may be asked for, and how it is completed."""

from dataclasses import replace

import pytest

from harness.errors import UnknownNameError, UsageError
from harness.runs.settings import DEFAULT, QUICK, Settings, checked


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
        (Settings(patience=-1.0), "a patience of -1 s is not from 0 to 3600"),
        (Settings(patience=float("nan")), "a patience of nan s"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: Settings, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked(wrong)


@pytest.mark.parametrize("settings", [Settings(), Settings(rounds=5), QUICK])
def test_patience_that_is_asked_for_is_the_only_rule_that_changes(settings: Settings) -> None:
    assert replace(settings, patience=30.0).rules() == replace(settings.rules(), patience=30.0)


def test_unknown_names_are_refused_with_those_there_are() -> None:
    with pytest.raises(
        UnknownNameError, match="no backend is called 'torch-gpu'; there are: numpy, numpy-1t, torch"
    ):
        checked(Settings(backends=("torch-gpu",)))
    with pytest.raises(UnknownNameError, match="no dtype is called 'int8'; there are: float32, float64, f"):
        checked(Settings(dtypes=("int8",)))
    with pytest.raises(UnknownNameError, match="no state of the L2 cache is called 'warm'; there are: hot"):
        checked(Settings(l2="warm"))  # type: ignore[arg-type] # what is refused
