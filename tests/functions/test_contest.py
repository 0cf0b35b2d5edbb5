"""What is measured against what, and that a function beside itself is neither faster nor slower."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import harness
from harness.errors import HarnessError
from harness.functions.contest import Contest, contest
from harness.model import EVERY
from harness.spellings.contenders import op_of
from tests.support.runs import scripted_cell, write_run


def asked(on: str | Iterable[str] | None = None, seconds: float = 60.0, **spellings: Any) -> Contest:  # noqa: ANN401 - functions
    return contest(
        op_of({(EVERY if key == "every" else key): one for key, one in spellings.items()}), on, seconds
    )


def plain(x: Any) -> Any:  # noqa: ANN401 - an array
    return x


def portable(xp: Any, x: Any) -> Any:  # noqa: ANN401 - a namespace and an array
    return xp.sin(x)


@pytest.mark.parametrize(
    ("spellings", "on", "labels", "baseline"),
    [
        ({"every": portable}, "torch-cpu", ["numpy", "torch-cpu"], "numpy"),
        ({"every": portable}, ["numpy-1t", "numpy"], ["numpy", "numpy-1t"], "numpy"),
        ({"numpy": plain, "torch": plain}, "numpy, torch-cpu", ["numpy", "torch-cpu"], "numpy"),
        ({"torch": plain}, "torch-cpu, torch-cpu-1t", ["torch-cpu", "torch-cpu-1t"], "torch-cpu"),
        ({"old": plain, "new": plain}, None, ["old@numpy", "new@numpy"], "old@numpy"),
        ({"old": plain, "new": plain}, "torch-cpu", ["old@torch-cpu", "new@torch-cpu"], "old@torch-cpu"),
        ({"numpy": plain, "mine": plain}, "numpy", ["numpy", "mine@numpy"], "numpy"),
    ],
)
def test_the_first_of_ones_own_is_the_baseline_where_numpy_itself_is_not_asked_for(
    spellings: dict[str, Any],
    on: Any,  # noqa: ANN401 - an argument
    labels: list[str],
    baseline: str,
) -> None:
    settings = asked(on, **spellings).settings
    assert (list(settings.backends), settings.baseline) == (labels, baseline)


@pytest.mark.parametrize(
    ("on", "seconds"),
    [("", 60.0), ([], 60.0), ("torch-gpu", 60.0), ("numpy", 0.0), ("numpy", -1.0), ("numpy", float("inf"))],
)
def test_what_cannot_be_meant_is_refused(on: Any, seconds: float) -> None:  # noqa: ANN401 - an argument
    with pytest.raises(HarnessError):
        asked(on, seconds, every=portable)


def test_a_spelling_for_no_backend_asked_for_is_refused_with_those_there_are() -> None:
    with pytest.raises(HarnessError, match=r"none of the spellings \(torch\) is for any"):
        asked("numpy", torch=plain)


def test_a_rival_that_is_the_same_function_is_neither_faster_nor_slower_in_99_of_100(tmp_path: Path) -> None:
    """Each round has a level of its own, which both share, and each of them some noise of 1 %."""
    random = np.random.default_rng(5)
    levels = {n: random.lognormal(0.0, 0.1, 10) * n * 1e-6 for n in range(1, 101)}
    cells = [
        scripted_cell(label, n, list(level * random.lognormal(0.0, 0.01, 10)))
        for n, level in levels.items()
        for label in ("a@numpy", "b@numpy")
    ]
    write_run(tmp_path, cells)
    verdicts = harness.speedup(harness.load(tmp_path), "a@numpy")["verdict"]
    assert len(verdicts) == 100
    assert verdicts.isin(["faster", "slower"]).sum() <= 1
