"""What is said beside other work, held against what was said without."""

from contextlib import nullcontext
from dataclasses import replace

import psutil
import pytest

from harness.validation.parts import bursts, noise_source
from harness.validation.trials import Pair, Sitting, Trial, compared
from harness.workers.parents import Parents
from tests.support.trials import OPS, named, pair, quiet, trial

EQUAL = pair([1.0, 1.001, 0.999, 1.0], [1.001, 1.0, 1.0, 0.999])
TWICE = pair([2.0, 2.001, 1.999, 2.0], [1.001, 1.0, 1.0, 0.999])
OPEN = pair([1.0, 1.3, 0.8, 1.1], [1.1, 0.9, 1.3, 1.0])


def contrast(before: tuple[list[Pair], list[Pair]], beside: tuple[list[Pair], list[Pair]]) -> list[str]:
    tables = ((compared(twins), compared(others)) for twins, others in (before, beside))
    return [check.outcome for check in bursts.contrast(*tables, chance=0.02)]


def test_the_same_answers_beside_other_work_pass() -> None:
    assert contrast(([EQUAL] * 5, [TWICE] * 5), ([EQUAL] * 5, [TWICE] * 5)) == ["pass", "pass"]


def test_intervals_too_wide_for_a_verdict_fail_the_share_that_has_to_be_given() -> None:
    assert contrast(([EQUAL] * 5, [TWICE] * 5), ([OPEN] * 5, [OPEN] * 5)) == ["FAIL", "pass"]


def test_equal_pairs_that_differ_and_verdicts_that_are_refuted_are_false() -> None:
    half = Pair(TWICE.other, TWICE.base)
    assert contrast(([EQUAL] * 5, [TWICE] * 5), ([TWICE] * 5, [TWICE] * 5)) == ["pass", "FAIL"]
    assert contrast(([EQUAL] * 5, [half] * 5), ([EQUAL] * 5, [TWICE] * 5)) == ["pass", "FAIL"]
    assert contrast(([EQUAL] * 5, [TWICE] * 5), ([EQUAL] * 5, [half] * 5)) == ["pass", "FAIL"]
    assert contrast(([EQUAL] * 5, [TWICE] * 5), ([EQUAL] * 5, [EQUAL] * 5)) == ["pass", "FAIL"]


def test_another_speedup_of_the_same_verdict_is_not_false() -> None:
    more = pair([3.0, 3.001, 2.999, 3.0], [1.001, 1.0, 1.0, 0.999])
    assert contrast(([EQUAL] * 5, [TWICE] * 5), ([EQUAL] * 5, [more] * 5)) == ["pass", "pass"]


def test_on_a_host_that_was_busy_before_nothing_is_failed() -> None:
    disturbed = Pair(trial([1.0] * 3, noisy=True), trial([1.0] * 3))
    before = [disturbed] * 5, [disturbed] * 5
    assert contrast(before, ([OPEN] * 5, [OPEN] * 5)) == ["cannot be told", "pass"]
    assert contrast(before, ([TWICE] * 5, [TWICE] * 5)) == ["pass", "cannot be told"]


def test_pairs_of_several_threads_are_told_apart() -> None:
    two_cores = (
        Pair(*(replace(each, rounds=tuple(replace(r, cores=2.0) for r in each.rounds)) for each in one))
        for one in [OPEN] * 5
    )
    tables = (
        (compared([EQUAL] * 5), compared([TWICE] * 5)),
        (compared([EQUAL] * 5), compared(list(two_cores))),
    )
    given = named(bursts.contrast(*tables, chance=0.02), "one thread")
    assert (given.measured, given.outcome) == (1.0, "pass")
    assert "of 5; of several threads: 0% of 5" in given.detail


def test_twins_and_backends_of_the_same_cells_are_contrasted(monkeypatch: pytest.MonkeyPatch) -> None:
    def lane(seconds: float, backend: str, op: str = "abs", n: int = 256) -> Trial:
        return trial([seconds, 1.001 * seconds, 0.999 * seconds, seconds], backend=backend, n=n, op=op)

    def group(n: int, op: str = "abs") -> list[Trial]:
        return [lane(s, b, op, n) for b, s in (("numpy", 2.0), ("torch-cpu-1t", 1.0)) for _twin in range(2)]

    before = [group(16)[::-1], group(256), group(256, "sin")]  # what is not measured again says the opposite
    monkeypatch.setattr(bursts, "bursts", nullcontext)
    monkeypatch.setattr(bursts, "measured", lambda _op, _groups, _workers: [group(256)])
    monkeypatch.setattr(Sitting, "workers", lambda _sitting: [])
    sitting = Sitting(ops=OPS, say=quiet, parents=Parents(60.0), quick=True)
    given, false = bursts.beside_bursts(sitting, before)
    assert [given.measured, false.measured] == [1.0, 0.0]
    assert "of 3;" in given.detail  # a twin of either backend, and one against the other


@pytest.mark.slow
def test_the_other_work_ends_with_what_it_is_beside() -> None:
    before = {child.pid for child in psutil.Process().children()}
    with noise_source.bursts():
        (noise,) = [child for child in psutil.Process().children() if child.pid not in before]
        assert noise.is_running()
    assert not noise.is_running()


def test_bursts_take_half_of_the_time_in_lengths_of_all_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now, taken, pauses = 0.0, 0.0, 0

        @classmethod
        def read(cls) -> float:
            cls.now += 1e-3
            cls.taken += 1e-3
            return cls.now

        @classmethod
        def sleep(cls, seconds: float) -> None:
            assert noise_source.SHORTEST <= seconds <= noise_source.LONGEST
            cls.now, cls.pauses = cls.now + seconds, cls.pauses + 1
            if cls.pauses == 1000:
                raise KeyboardInterrupt

    monkeypatch.setattr("time.perf_counter", Clock.read)
    monkeypatch.setattr("time.sleep", Clock.sleep)
    with pytest.raises(KeyboardInterrupt):
        noise_source.main()
    assert Clock.taken / Clock.now == pytest.approx(0.5, abs=0.05)
