"""Functions measured by real processes: what comes of faults among them, and what is left behind."""

import gc
import importlib
import os
import signal
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch

import harness
from harness.errors import MeasureError, UnknownNameError, UsageError
from harness.functions.contest import contest
from harness.functions.outcome import measured
from harness.model import EVERY
from harness.spellings.contenders import op_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("brief_sweeps")]
Anything = Any
SECONDS = 19.0
"""Of a quick run, more than enough for it on a busy machine."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which everything temporary is made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def statuses(result: Anything, backend: str) -> dict[int, str]:
    """Return what became of a backend's calls, by size."""
    calls = result.frame[(result.frame["backend"] == backend) & (result.frame["span"] == "call")]
    return dict(zip(calls["n"], calls["status"], strict=True))


def reason(result: Anything, backend: str, n: int) -> str:
    """Return why a cell has no time, or what has to be known of it."""
    cells = result.frame[(result.frame["backend"] == backend) & (result.frame["n"] == n)]
    return str(cells.iloc[0]["reason"])


FINE = {"ok", "noisy"}


def slow(x: Anything) -> Anything:
    time.sleep(30)
    return x


def test_each_fault_costs_its_own_size_and_the_others_are_measured() -> None:
    def faulty(x: Anything) -> Anything:
        print("of no interest")  # noqa: T201 - what it prints is in no answer
        n = len(x)
        if n == 32:
            raise ValueError("not 32\nnor a second line")
        if n == 64:
            os.kill(os.getpid(), signal.SIGSEGV)
        if n == 128:
            sys.exit(3)
        if n == 256:
            raise MemoryError("no 10 TB")
        if n == 512:
            return x.double()
        return x + 1

    result = harness.measure(
        numpy=lambda x: x + 1,
        torch=faulty,
        on="numpy, torch-cpu",
        sizes=[16, 32, 64, 128, 256, 512, 1024],
        seconds=60,
    )
    told = statuses(result, "torch-cpu")
    assert {told[16], told[1024]} <= FINE
    assert [told[n] for n in (32, 256, 512)] == ["crashed", "oom", "wrong"]
    assert reason(result, "torch-cpu", 32) == "ValueError: not 32"
    # Whose call ends the process of the first look takes the others of its size along.
    assert reason(result, "torch-cpu", 64) == "the process died of SIGSEGV"
    assert reason(result, "torch-cpu", 128).startswith("the process ended with 1: SystemExit")
    beside = statuses(result, "numpy")
    assert {beside[n] for n in (16, 32, 256, 512, 1024)} <= FINE
    with pytest.raises(UnknownNameError):
        result.speedup("torch-cpu", n=17)
    assert "crashed: ValueError: not 32" in str(result.speedup("torch-cpu", n=32))


def test_a_function_beside_itself_is_neither_faster_nor_slower_and_nothing_is_left(temporary: Path) -> None:
    def norm(x: Anything) -> Anything:
        return np.sqrt(np.sum(x * x))

    before = {process.pid for process in psutil.Process().children(recursive=True)}
    result = harness.measure(a=norm, b=norm, on="numpy", sizes=[16, 1000, 30_000], seconds=SECONDS)
    told = [result.speedup("b", n=n).verdict for n in (16, 1000, 30_000)]
    # Of so few rounds one in forty is wrong by chance; how many of a whole run are is simulated.
    assert sum(verdict in ("faster", "slower") for verdict in told) <= 1
    assert result.baseline == "a@numpy"
    folder = result.run.folder
    assert folder.is_relative_to(temporary)
    del result
    gc.collect()
    assert not folder.exists()
    after = {process.pid for process in psutil.Process().children(recursive=True)}
    assert len(after - before) <= 2  # which wait for the next test


@pytest.mark.parametrize(
    ("function", "options", "sentence"),
    [
        (lambda _x: 1 / 0, {}, "no cell of lambda could be measured: ZeroDivisionError: division by zero"),
        (lambda x: x, {"inputs": lambda _n, _rng: 1 / 0}, "the inputs failed: ZeroDivisionError"),
        (lambda x: (y for y in x), {}, "of which nothing is computed yet"),
        (slow, {"seconds": 6}, "too long for"),
    ],
)
def test_what_cannot_be_measured_at_all_is_one_sentence_and_leaves_no_file(
    temporary: Path, function: Anything, options: dict[str, Anything], sentence: str
) -> None:
    began = time.monotonic()
    with pytest.raises(MeasureError, match=sentence) as refused:
        harness.measure(function, **{"on": "numpy", "sizes": [16], "seconds": SECONDS, **options})
    assert "\n" not in str(refused.value)
    assert time.monotonic() - began < 120
    gc.collect()
    left = [path for path in temporary.rglob("*") if path.name == "run.json" or path.suffix == ".parquet"]
    assert left == []


@pytest.mark.parametrize(
    ("made", "dtype"),
    [
        (lambda n, rng: rng.integers(0, 9, n).astype(np.int16), "int16"),
        (lambda n, rng: (rng.standard_normal(n) + 1j).astype(np.complex64), "complex64"),
        (lambda n, rng: {"a": [rng.random(n) < 0.5, 3], "b": None}, "bool"),
    ],
)
def test_operands_of_any_dtype_are_measured_and_stored(made: Anything, dtype: str, tmp_path: Path) -> None:
    def same(x: Anything) -> Anything:
        return x["a"][0] & x["a"][0] if isinstance(x, dict) else x * x

    result = harness.measure(
        same, on="numpy, torch-cpu", inputs=made, sizes=[1, 100], seconds=SECONDS, save=tmp_path
    )
    assert set(result.frame["dtype"]) == {dtype}
    assert set(statuses(result, "torch-cpu").values()) <= FINE
    assert set(harness.load(tmp_path)["dtype"]) == {dtype}
    assert "torch-cpu" in str(result)


def test_copies_for_every_call_two_pools_and_names_that_are_keywords() -> None:
    def in_place(x: Anything) -> Anything:
        x @= x / 100
        return x

    rivals: dict[str, Anything] = {"class": in_place, "with": lambda x: x @ x / 100}
    result = harness.measure(
        **rivals,
        on="numpy, torch-cpu",
        inputs=lambda n, rng: rng.standard_normal((n, n)),
        sizes=[8, 96],
        fresh=True,
        seconds=40,
    )
    assert (
        result.contenders == ["with@numpy", "class@torch-cpu", "with@torch-cpu"]
        or len(result.contenders) == 3
    )
    for contender in result.contenders:
        assert set(statuses(result, contender).values()) <= FINE, result.frame["reason"].unique()


def test_200_operands_are_measured() -> None:
    names = [f"x{index}" for index in range(200)]
    result = harness.measure(" + ".join(names), on="numpy, torch-cpu", sizes=[8], seconds=SECONDS)
    assert set(statuses(result, "torch-cpu").values()) <= FINE


def test_carried_functions_are_measured_in_spawned_processes_as_well() -> None:
    factor = 3.0
    op = op_of({EVERY: lambda x: x * factor}, sizes=[16])
    wanted = contest(op, "numpy, torch-cpu", SECONDS)
    wanted = replace(wanted, settings=replace(wanted.settings, start="spawn"))
    result = measured(wanted, lambda _step: None, 0.05)
    assert set(statuses(result, "torch-cpu").values()) <= FINE


def test_a_captured_tensor_travels_and_a_large_one_is_warned_of() -> None:
    weights = torch.ones(600, 600)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = harness.measure(
            old=lambda x: weights[: len(x), : len(x)] @ x,
            new=lambda x: x @ weights[: len(x), : len(x)],
            on="torch-cpu",
            sizes=[16],
            seconds=SECONDS,
        )
    assert any("captures weights" in str(one.message) for one in warned)
    assert set(statuses(result, "new@torch-cpu").values()) <= FINE
    assert "held against old@torch-cpu" in reason(result, "new@torch-cpu", 16)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seconds": 0}, "is not above 0"),
        ({"seconds": float("nan")}, "is not above 0"),
        ({"sizes": [0]}, "is no size"),
        ({"on": "torch-gpu"}, "torch-gpu"),
        ({"on": ""}, "on names no backend"),
        ({"dtype": "float99"}, "float99"),
        ({"check": 3}, "check is 'reference'"),
        ({"name": "a/b"}, "cannot be the name"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_starts(
    options: dict[str, Anything], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.workers.parents.WorkerProcess", None)
    with pytest.raises((UsageError, UnknownNameError), match=sentence):
        harness.measure("xp.sin(x)", **options)


def test_what_a_file_sets_for_a_whole_process_is_told_though_its_function_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import torch\ntorch.set_float32_matmul_precision('high')\ndef f(x): return torch.sin(x)\n"
    (tmp_path / "precise_model.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    before = torch.get_float32_matmul_precision()
    torch_function = importlib.import_module("precise_model").f
    torch.set_float32_matmul_precision(before)
    result = harness.measure(
        numpy=np.sin, torch=torch_function, on="numpy, numpy-1t", sizes=[64], seconds=SECONDS
    )
    assert "here has changed Torch's precision of float32 products (highest to high)" in reason(
        result, "numpy", 64
    )
