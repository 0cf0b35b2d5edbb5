"""What the rounds of an op have found so far, and the cells that come of it."""

import math
from collections.abc import Iterable, Iterator, Sequence

from harness.backends.half_precision import remark
from harness.machine.ceilings import work
from harness.model import Case, Cell, Op, Status
from harness.timing.noise import NOISY_SHARE, disturbed_share, timed_status
from harness.workers.task import Finding, Group, GroupFindings


class OpFindings:
    """The findings of the rounds of an op; a group and a lane of it go by their index."""

    def __init__(self, op: Op, groups: Sequence[Group]) -> None:
        self.op, self.groups = op, groups
        self.timed = self.warm_up = 0.0
        self._by_lane: dict[tuple[int, int], list[Finding | None]] = {}

    def of_lane(self, group: int, lane: int) -> list[Finding]:
        """Return the findings of a lane, of those rounds that have one."""
        return [finding for finding in self._by_lane.get((group, lane), []) if finding]

    def live_lanes(self, group: int) -> list[int]:
        """Return the lanes of a group that have not failed yet."""
        return [
            lane
            for lane in range(len(self.groups[group].lanes))
            if all(finding.status is Status.OK for finding in self.of_lane(group, lane))
        ]

    def add(self, group: int, lanes: Sequence[int], order: int, measured: GroupFindings) -> None:
        """Keep what the round of that order found of those lanes of a group."""
        self.timed += measured.timed
        self.warm_up += measured.warm_up
        for lane, finding in zip(lanes, measured.findings, strict=True):
            self.put(group, lane, order, finding)

    def put(self, group: int, lane: int, order: int, finding: Finding) -> None:
        """Keep a finding at the place of its round."""
        rounds = self._by_lane.setdefault((group, lane), [])
        rounds += [None] * (order + 1 - len(rounds))
        rounds[order] = finding

    def noisy_groups(self, order: int) -> dict[int, float]:
        """Return the groups that a round found noisy, each with the disturbed share of its worst lane."""
        shares = {
            group: worst_share([self._by_lane[group, lane][order] for lane in lanes])
            for group in range(len(self.groups))
            if (lanes := self.live_lanes(group))
        }
        return {group: share for group, share in shares.items() if share >= NOISY_SHARE}

    def noisy_cells(self) -> int:
        """Return how many cells have been noisy so far."""
        return sum(
            len(self.groups[group].lanes[lane].spans)
            for group, lane in self._by_lane
            if _status(self.of_lane(group, lane))[0] is Status.NOISY
        )

    def cells(self, rounds: int) -> Iterator[Cell]:
        """Yield a cell of so many rounds per group, lane and span."""
        for group_index, group in enumerate(self.groups):
            for lane_index, lane in enumerate(group.lanes):
                findings = self.of_lane(group_index, lane_index)
                measured = [
                    finding.round if finding else None
                    for finding in self._by_lane.get((group_index, lane_index), [])
                ]
                status, reason = _status(findings)
                moved, flop = work(self.op, lane.backend, group.n, group.dtype)
                for span in lane.spans:
                    yield Cell(
                        case=Case(
                            op=self.op.name, backend=lane.backend, n=group.n, dtype=group.dtype, span=span
                        ),
                        status=status,
                        reason=reason or remark(self.op, lane.backend, group.dtype),
                        rounds=tuple(measured + [None] * (rounds - len(measured))),
                        max_error=max((finding.error for finding in findings), default=math.nan),
                        tolerance=max((finding.tolerance for finding in findings), default=math.nan),
                        moved=moved,
                        flop=flop,
                    )


def worst_share(findings: Iterable[Finding | None]) -> float:
    """Return the disturbed share of the worst finding; where one has no round, all of it."""
    return max(disturbed_share(finding.round) if finding and finding.round else 1.0 for finding in findings)


def _status(findings: Sequence[Finding]) -> tuple[Status, str]:
    """Return the first failure among the rounds, or whether they were disturbed."""
    for finding in findings:
        if finding.status is not Status.OK:
            return finding.status, finding.reason
    return timed_status([finding.round for finding in findings if finding.round])
