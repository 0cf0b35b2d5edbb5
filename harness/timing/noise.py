"""What makes a round and a cell noisy, and which samples of a round count."""

from collections.abc import Sequence
from statistics import median

from harness.model import Round, Status

FEWEST_CLEAN = 3
"""Undisturbed samples from which on the disturbed ones of a round are left out of its median."""
NOISY_SHARE = 0.5
"""Share of disturbed samples from which on a round is noisy, and so is the cell that it is of."""
CLEAN_SHARE = 1 / 3
"""Share of a round's passes that has to be undisturbed for the disturbed ones to be left out of a ratio."""


def round_median(round_: Round) -> float:
    """Return the seconds per call that a round stands for: the median of the samples that count."""
    return median(counted_samples(round_))


def counted_samples(round_: Round) -> tuple[float, ...]:
    """Return the undisturbed samples of a round if there are at least `FEWEST_CLEAN`, else all of them."""
    clean = tuple(sample for sample, bad in zip(round_.samples, round_.disturbed, strict=True) if not bad)
    return clean if len(clean) >= FEWEST_CLEAN else round_.samples


def disturbed_share(round_: Round) -> float:
    """Return the share of a round's samples that other work on the host disturbed."""
    return sum(round_.disturbed) / len(round_.disturbed)


def timed_status(rounds: Sequence[Round]) -> tuple[Status, str]:
    """Return whether a cell of these rounds is noisy, with a reason where its device was throttled."""
    # Every round weighs the same in an estimate, so the worst one decides.
    worst = max(rounds, key=disturbed_share)
    if disturbed_share(worst) < NOISY_SHARE:
        return Status.OK, ""
    throttled = 2 * worst.throttled > sum(worst.disturbed)
    return Status.NOISY, "the device ran below its clock (throttled)" if throttled else ""
