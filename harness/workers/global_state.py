"""What libraries hold for a whole process, such as threads and precision, and what measured code does to it.

A round measures all contenders in one process, so what one of them sets would be every other's as well.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from harness.errors import UsageError
from harness.machine.thread_pools import ThreadPools

_VARIABLES = ("_NUM_THREADS", "_VISIBLE_DEVICES")
"""Ends of the names of variables that decide where and by how much is computed."""
_THREADS = "name a backend of one thread, such as torch-cpu-1t, or start the harness with OMP_NUM_THREADS"
"""What to do instead of changing threads."""
_SET_BACK = "set it back before it returns, or set it where its file is imported"
_MIXED = "one of its own for each backend"
"""The precision of products in Torch where there is no single one to be read."""


class _Setting(NamedTuple):
    read: Callable[[], Any]
    write: Callable[[Any], object]
    is_threads: bool = False


class GlobalState:
    """What is set for this process, as it was before any code that is measured was had."""

    def __init__(self, pools: ThreadPools) -> None:
        self._settings = {**_of_the_process(), **_of_numpy(pools), **_of_torch()}
        self._begun = self._read()

    @contextmanager
    def unchanged(self, what: str) -> Iterator[None]:
        """Let code run that has to leave all as it is; what it has changed is set back and refused."""
        before = self._read()
        changed: dict[str, str] = {}
        try:
            yield
        finally:
            changed = self._set_back(before, self._settings)
        if changed:
            mend = _THREADS if any(self._settings[name].is_threads for name in changed) else _SET_BACK
            raise UsageError(f"{what} {_told(changed)} changed for all that is measured beside it: {mend}")

    @contextmanager
    def same_threads(self) -> Iterator[None]:
        """Let code run once that may change what it likes but the threads."""
        before = self._read()
        changed: dict[str, str] = {}
        try:
            yield
        finally:
            threads = {name: one for name, one in self._settings.items() if one.is_threads}
            changed = self._set_back(before, threads)
        if changed:
            raise UsageError(f"it changes {_told(changed)} when it is imported or set up: {_THREADS}")

    def remark(self) -> str:
        """Return what is not as it was when the process began, threads aside; empty if all is."""
        now = self._read()
        others = {name: one for name, one in self._settings.items() if not one.is_threads}
        changed = _changes(self._begun, now, others)
        return f"code that is measured here has changed {_told(changed)}" if changed else ""

    def _read(self) -> dict[str, Any]:
        return {name: setting.read() for name, setting in self._settings.items()}

    def _set_back(self, before: Mapping[str, Any], settings: Mapping[str, _Setting]) -> dict[str, str]:
        """Set back what is not as it was, and return it."""
        changed = _changes(before, self._read(), settings)
        for name in changed:
            settings[name].write(before[name])
        return changed


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], settings: Mapping[str, _Setting]
) -> dict[str, str]:
    """Return what differs, by name."""
    return {name: _change(before[name], after[name]) for name in settings if before[name] != after[name]}


def _change(before: Any, after: Any) -> str:  # noqa: ANN401 - values of any setting
    """Return how a setting has changed; of a group of them, those that have."""
    if not isinstance(before, dict):
        return f"{before} to {after}"
    both = {key: (before.get(key), after.get(key)) for key in sorted({*before, *after})}
    return ", ".join(f"{key}: {_change(old, new)}" for key, (old, new) in both.items() if old != new)


def _told(changed: Mapping[str, str]) -> str:
    """Return what has changed in words."""
    return " and ".join(f"{name} ({how})" for name, how in changed.items())


def _of_the_process() -> dict[str, _Setting]:
    """Return what the operating system holds for it."""
    settings = {"the environment": _Setting(_variables, _set_variables)}
    if hasattr(os, "sched_setaffinity"):
        settings["the processors that may be used"] = _Setting(
            partial(os.sched_getaffinity, 0), partial(os.sched_setaffinity, 0), is_threads=True
        )
    return settings


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.endswith(_VARIABLES)}


def _set_variables(wanted: Mapping[str, str]) -> None:
    for name in _variables().keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


def _of_numpy(pools: ThreadPools) -> dict[str, _Setting]:
    """Return what NumPy and its BLAS hold."""
    import numpy as np

    return {
        "the threads of BLAS": _Setting(pools.of_blas, pools.set_blas, is_threads=True),
        "NumPy's handling of errors": _Setting(np.geterr, lambda wanted: np.seterr(**wanted)),
        "what becomes of denormals": _Setting(_flushes_denormals, _set_flush_denormal),
    }


def _flushes_denormals() -> bool:
    import numpy as np

    with np.errstate(all="ignore"):
        return bool(np.float32(1e-40) * np.float32(1) == 0)


def _set_flush_denormal(wanted: bool) -> None:  # noqa: FBT001 - as Torch has it
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(wanted)


def _of_torch() -> dict[str, _Setting]:
    """Return what Torch holds, if it is there."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return {}

    def precision() -> str:
        try:
            return str(torch.get_float32_matmul_precision())
        except RuntimeError:
            return _MIXED

    return {
        "Torch's threads": _Setting(torch.get_num_threads, torch.set_num_threads, is_threads=True),
        "Torch's precision of float32 products": _Setting(precision, torch.set_float32_matmul_precision),
        "Torch's default dtype": _Setting(torch.get_default_dtype, torch.set_default_dtype),
        # To set one, be it the usual, makes every tensor dearer to create.
        "Torch's default device": _Setting(
            torch.get_default_device, lambda _usual: torch.set_default_device(None)
        ),
        "Torch's recording of gradients": _Setting(torch.is_grad_enabled, torch.set_grad_enabled),
        "Torch's choice of deterministic algorithms": _Setting(
            torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms
        ),
        "cuDNN's choice of algorithms": _Setting(
            lambda: torch.backends.cudnn.benchmark,
            partial(setattr, torch.backends.cudnn, "benchmark"),
        ),
    }
