"""Kinds of cells: on one thread, on a device, on several threads; and the classes whose spreads are alike."""

from typing import Any

import numpy as np
import pandas as pd

from harness.backends.table import is_on_device
from harness.model import THREADED
from harness.statistics.arrays import Floats, Ints, Marks

ONE_THREAD, ON_A_DEVICE, SEVERAL_THREADS = range(3)
"""The kinds. That of two cells together is the higher: what may befall either befalls their ratio."""
SHORT = 1e-4
"""Seconds of a call below which what a process's layout does to it is a large part of its spread."""
_FEWEST = 4
"""Cells of a class from which on it is one: fewer say too little of a typical spread."""


def kinds_of(backends: "pd.Series[Any]", cores: "pd.Series[Any]") -> Ints:
    """Return the kind of each cell; one whose cores nobody observed ran on one thread."""
    codes, names = pd.factorize(backends)
    # The last is of a cell without a backend: one that its run lacks.
    devices = np.array([*map(is_on_device, names), False])
    kinds = np.where(devices[codes], ON_A_DEVICE, ONE_THREAD)
    kinds[cores.to_numpy(dtype=np.float64) > THREADED] = SEVERAL_THREADS
    return kinds


def classes_of(run: Ints, kinds: Ints, seconds: Floats) -> Ints:
    """
    Return the class of each cell, from 0; -1 of one without a time, and where there are too few.

    Cells of one run and kind, the short ones apart where both parts are large enough.
    """
    timed = ~np.isnan(seconds)
    wide = run * 3 + kinds
    narrow = 2 * wide + (seconds < SHORT)
    counts = np.bincount(narrow[timed], minlength=2 * int(wide.max(initial=0)) + 2)
    pairs = counts.reshape(-1, 2)
    apart = ((pairs == 0) | (pairs >= _FEWEST)).all(axis=1)
    enough: Marks = timed & (pairs.sum(axis=1)[wide] >= _FEWEST)
    classes = np.full(len(run), -1)
    classes[enough] = np.unique(np.where(apart[wide], narrow, 2 * wide)[enough], return_inverse=True)[1]
    return classes
