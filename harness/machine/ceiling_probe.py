"""How fast each device can be at all: the best that any library reaches with a few statements."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

from harness.backends.backend import Backend
from harness.backends.table import BACKENDS, USUAL
from harness.machine.host_counters import Host
from harness.machine.processors import caches
from harness.machine.thread_pools import ThreadPools
from harness.model import HALF, ITEMSIZE, Ceiling, Library, Op
from harness.timing.loop import Loop, UnmeasurableError, floor, timed_loop

Names = Mapping[Library, Mapping[str, Any]]
"""The names that statements use, by library."""
ByThreads = dict[int | None, float]
"""Seconds or something per second, by number of threads."""
_MATMUL = Op(
    name="matmul",
    summary="product of two matrices into a third",
    spelling={"numpy": "np.matmul(a, b, out=c)", "torch": "torch.mm(a, b, out=c)"},
    operands=("a", "b", "c"),
    square=True,
)
_ELEMENTS = Op(
    name="elements", summary="elements to be moved", spelling={"numpy": "z", "torch": "z"}, operands=("z",)
)
_STREAMS: tuple[Mapping[Library, str], ...] = (
    {"numpy": "y[...] = x", "torch": "y.copy_(x)"},
    {"numpy": "np.dot(x, y)", "torch": "torch.dot(x, y)"},
    {"numpy": "np.max(z)", "torch": "torch.sum(z)"},
)
"""What moves x and y, the two halves of z. Reading may be faster than writing: the fastest of all counts."""
_BEYOND = 4
"""Operands and results of this many times the last cache's size: a quarter of it at most is ever cached."""
_CACHE = 64 * 2**20  # of a device that does not tell; an H100 has 50 MiB
_SMALLEST, _MOST = 2**14, 2**30  # bytes of operands and results: half a first cache; more tells nothing new
_LONG_STREAM, _LONG_PRODUCT = 5e-4, 0.02  # seconds of a call in which its own cost no longer shows
_SIDE, _STEP, _SHARE = 256, 4, 0.1  # of a first product; of the sizes; of the free memory
_BLOCK, _BLOCKS = 5e-4, 3  # aimed-at seconds of a block; fewest of them
_VALUES, _READINGS = 4096, 1000


def measure_ceilings(
    device: str,
    dtypes: Sequence[str],
    *,
    seconds: float,
    memory: int,
    pools: ThreadPools,
    beat: Callable[[], None],
) -> list[Ceiling]:
    """
    Measure a device's ceilings in this process, one per number of threads that a backend of it has.

    `seconds` go to each backend, size and statement; `memory` are the host's free bytes; `beat` is called
    before each measurement, which takes less than a second.
    """
    backends = [b for name in USUAL if (b := BACKENDS[name]).device == device and not b.missing()]
    if not backends:
        raise UnmeasurableError(f"NumPy and Torch measure the ceilings, and neither runs on {device} here")
    probe = _Probe(backends, seconds, pools, beat)
    beyond = _BEYOND * (max(caches().values(), default=_CACHE) if device == "cpu" else _CACHE)
    device_memory = [free for b in backends if (free := b.free_memory()) is not None]
    room = min(_MOST, int(_SHARE * min([memory, *device_memory])))
    beyond = min(beyond, room)
    # The products come first: they wake a device that has been idle.
    peaks = _all_peaks(probe, dtypes, room)
    streams = list(_streams(probe, beyond, room))
    idle = backends[0]
    empty_call, timer = floor(idle.wait, probe.names(_ELEMENTS, 1, "float32")[idle.library]), _timer()
    return [
        Ceiling(
            device=device,
            threads=threads,
            in_cache=max(rates[threads] for _, rates in streams),
            in_memory=max(rates[threads] for size, rates in streams if size >= beyond),
            memory_from=beyond,
            matmul={dtype: rates[threads] for dtype, rates in peaks.items()},
            empty_call=empty_call,
            timer=timer,
        )
        for threads in dict.fromkeys((None, *(backend.threads for backend in backends)))
    ]


class _Probe:
    """What stays the same over the measurements of a device."""

    def __init__(
        self, backends: Sequence[Backend], seconds: float, pools: ThreadPools, beat: Callable[[], None]
    ) -> None:
        self._backends, self._seconds, self._pools, self._beat = backends, seconds, pools, beat
        self._host = Host()
        self._by_library = {backend.library: backend for backend in backends}

    def names(self, op: Op, n: int, dtype: str) -> Names:
        """Return the names that the statements use, by library; the operands have few different values."""
        import numpy as np

        from harness.ops.dtypes import to_dtype

        self._beat()
        # To draw every element anew takes longer than the measurement.
        drawn = np.random.default_rng(0).standard_normal(_VALUES)
        few = to_dtype(drawn if dtype == "float64" else drawn.astype(np.float32), dtype)
        host = {name: np.resize(few, op.shape(n)) for name in op.operands}
        return {backend.library: backend.namespace(op, host) for backend in self._by_library.values()}

    def fastest(self, spelling: Mapping[Library, str], names: Names) -> ByThreads:
        """Return the least seconds per call that any backend needed, by its number of threads."""
        best: ByThreads = {}
        for backend in (b for b in self._backends if b.library in spelling):
            self._beat()
            self._pools.use(backend.threads)
            self._host.wait_for_idle()
            loop = timed_loop(spelling[backend.library], backend.wait, names[backend.library])
            seconds = _least(loop, self._seconds)
            # A small call with all threads allowed often runs on one: what one reaches, all do.
            for threads in (None, backend.threads):
                best[threads] = min(seconds, best.get(threads, math.inf))
        return best


def _all_peaks(probe: _Probe, dtypes: Sequence[str], room: int) -> dict[str, ByThreads]:
    """Return the most flop per second of a product, by dtype; of two bytes, float32's where that is more."""
    by_way_of = ["float32"] if set(HALF) & set(dtypes) else []
    peaks = {dtype: _peaks(probe, dtype, room) for dtype in dict.fromkeys([*dtypes, *by_way_of])}
    for dtype in set(HALF) & set(dtypes):
        # Whoever converts to float32 and back reaches as much. On a CPU without arithmetic of two bytes
        # Torch's own products were 9 times slower than that at least, and slower than its sums.
        peaks[dtype] = {
            threads: max(rate, peaks["float32"][threads]) for threads, rate in peaks[dtype].items()
        }
    return {dtype: peaks[dtype] for dtype in dtypes}


def _peaks(probe: _Probe, dtype: str, room: int) -> ByThreads:
    """Return the most flop per second of a product, over sides that double until one takes long."""
    # NumPy multiplies float16 without a BLAS, hundreds of times slower, and has no bfloat16.
    left_out = ("numpy",) if dtype in HALF else ()
    spelling = {library: text for library, text in _MATMUL.spelling.items() if library not in left_out}
    side, best = _SIDE, ByThreads()
    while True:
        seconds = probe.fastest(spelling, probe.names(_MATMUL, side**2, dtype))
        for threads, least in seconds.items():
            best[threads] = max(2 * side**3 / least, best.get(threads, 0.0))
        side *= 2
        if min(seconds.values()) > _LONG_PRODUCT or 3 * side**2 * ITEMSIZE[dtype] > room:
            return best


def _streams(probe: _Probe, beyond: int, room: int) -> Iterator[tuple[int, ByThreads]]:
    """Yield sizes in bytes and bytes per second at them: up to `beyond`, and on until a call takes long."""
    width = 2 * ITEMSIZE["float32"]
    sizes = [beyond // _STEP**k for k in range(1 + math.floor(math.log(beyond / _SMALLEST, _STEP)))]
    while True:
        names_by_library = probe.names(_ELEMENTS, 2 * (sizes[0] // width), "float32")
        shortest = math.inf
        for size, spelling in product(sizes, _STREAMS):
            n = size // width
            seconds = probe.fastest(
                spelling, {library: _cut(names, n) for library, names in names_by_library.items()}
            )
            yield size, {threads: n * width / least for threads, least in seconds.items()}
            shortest = min(seconds.values()) if size == sizes[0] else shortest
        sizes = [sizes[0] * _STEP]
        if sizes[0] > room or shortest > _LONG_STREAM:
            return


def _cut(names: Mapping[str, Any], n: int) -> dict[str, Any]:
    """Return names in which x and y are the two halves of a shorter z."""
    z = names["z"]
    return {**names, "x": z[:n], "y": z[n : 2 * n], "z": z[: 2 * n]}


def _least(run: Loop, budget: float) -> float:
    """Return the seconds per call of the best block: a ceiling is what was reached, not what is usual."""
    best, number, spent, blocks = math.inf, 1, 0.0, 0
    while spent < budget or blocks < _BLOCKS:
        took = run(number)
        spent, blocks = spent + took, blocks + 1
        best = min(best, took / number)
        number = max(1, math.floor(_BLOCK / best))
    return best


def _timer() -> float:
    """Return the least seconds between two readings of the clock that differ."""
    readings = [time.perf_counter() for _ in range(_READINGS)]
    return min(later - sooner for sooner, later in pairwise(readings) if later > sooner)
