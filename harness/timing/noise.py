"""What makes a block, a round and a cell noisy, and which samples of a round count."""

from statistics import median

from harness.model import Round

FEWEST_CLEAN = 3
"""Undisturbed samples from which on the disturbed ones of a round are left out of its median."""
NOISY_SHARE = 0.5
"""Share of disturbed samples from which on a round is noisy, and so is the cell that it is of."""


def round_median(found: Round) -> float:
    """
    Return the seconds per call that a round stands for.

    Parameters
    ----------
    found : Round
        The samples of one worker process.

    Returns
    -------
    float
        The median over the undisturbed samples if there are at least `FEWEST_CLEAN`, else over all.
    """
    return median(counted_samples(found))


def counted_samples(found: Round) -> tuple[float, ...]:
    """
    Return the samples of a round that its median is taken of.

    Parameters
    ----------
    found : Round
        The samples of one worker process.

    Returns
    -------
    tuple of float
        See `round_median`.
    """
    clean = tuple(sample for sample, bad in zip(found.samples, found.disturbed, strict=True) if not bad)
    return clean if len(clean) >= FEWEST_CLEAN else found.samples


def disturbed_share(found: Round) -> float:
    """
    Return how much of a round was disturbed by other work on the host.

    Parameters
    ----------
    found : Round
        The samples of one worker process.

    Returns
    -------
    float
        The share of its samples; the round is noisy from `NOISY_SHARE` on.
    """
    return sum(found.disturbed) / len(found.disturbed)
