"""What chance does to a share that is counted."""

import math


def sampling_error(share: float, count: int) -> float:
    """Return how far a share that is counted may be off by chance: twice a binomial's standard error."""
    return 2 * math.sqrt(share * (1 - share) / count)
