"""The stopping rule: when a contender has been sampled enough."""

import math
from dataclasses import dataclass
from statistics import median

from harness.statistics.medians import median_interval
from harness.timing.disturbance import Blocks
from harness.timing.rules import Rules

FEWEST_SAMPLES = 10
"""Undisturbed samples from which on the interval of the median may end the sampling."""
NEXT_LOOK = 1.2
"""How many times as many samples there have to be before the interval is looked at again."""
MOST_SPENT = 2.0
"""Seconds in all, relative to the budget, that the search for clean blocks on a busy host may cost."""


@dataclass(slots=True, kw_only=True)
class StoppingRule:
    """Ends a contender's sampling once its median is known well enough, or at its budget of clean seconds."""

    rules: Rules
    next_look: int = FEWEST_SAMPLES
    """Undisturbed samples at which the interval of the median is computed again."""

    def budget_is_spent(self, blocks: Blocks) -> bool:
        """Return whether the undisturbed blocks have used the whole budget."""
        return blocks.clean >= self.rules.budget

    def is_met(self, blocks: Blocks) -> bool:
        """Return whether nothing more has to be sampled; if not, set the next look."""
        if self.budget_is_spent(blocks) or blocks.spent >= MOST_SPENT * self.rules.budget:
            return True
        samples = blocks.undisturbed()
        if len(samples) < self.next_look:
            return False
        low, high = median_interval(samples)
        if high - low <= 2 * self.rules.width * median(samples):
            return True
        self.next_look = math.ceil(NEXT_LOOK * len(samples))
        return False
