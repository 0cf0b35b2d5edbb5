"""What the rounds of an op have found so far, and the cells that come of it."""

import math
from collections.abc import Iterable, Iterator, Sequence

from harness.backends.half_precision import remark
from harness.machine.ceilings import work
from harness.model import Case, Cell, Op, Status
from harness.timing.noise import round_median, timed_status
from harness.workers.task import Finding, Group, GroupFindings


class OpFindings:
    """The findings of the rounds of an op; a group and a lane of it go by their index."""

    def __init__(self, op: Op, groups: Iterable[Group]) -> None:
        self.op, self.groups = op, list(groups)
        self.timed = self.warm_up = 0.0
        self._by_lane: dict[tuple[int, int], list[Finding | None]] = {}
        self._closed: set[tuple[int, int]] = set()

    def of_lane(self, group: int, lane: int) -> list[Finding]:
        """Return the findings of a lane, of those rounds that have one."""
        return [finding for finding in self._by_lane.get((group, lane), []) if finding]

    def is_new(self, group: int) -> bool:
        """Return whether nothing is found out yet about a group."""
        return not any(self.of_lane(group, lane) for lane in range(len(self.groups[group].lanes)))

    def seconds(self, group: int, lane: int, order: int) -> float:
        """Return what a round says of a lane, in seconds per call; NaN where it has no time."""
        rounds = self._by_lane.get((group, lane), [])
        finding = rounds[order] if order < len(rounds) else None
        return round_median(finding.round) if finding and finding.round else math.nan

    def close(self, group: int, lane: int) -> None:
        """Measure a lane no more: enough is known of it."""
        self._closed.add((group, lane))

    def live_lanes(self, group: int) -> list[int]:
        """Return the lanes of a group that are still measured: none has failed, and some are not closed."""
        return [
            lane
            for lane in range(len(self.groups[group].lanes))
            if (group, lane) not in self._closed
            and all(finding.status is Status.OK for finding in self.of_lane(group, lane))
        ]

    def rounds(self) -> int:
        """Return how many rounds there are so far."""
        return max(map(len, self._by_lane.values()), default=0)

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

    def cells(self) -> Iterator[Cell]:
        """Yield a cell per group, lane and span that was measured or tried."""
        rounds = self.rounds()
        for group_index, group in enumerate(self.groups):
            for lane_index, lane in enumerate(group.lanes):
                findings = self.of_lane(group_index, lane_index)
                if not findings:
                    continue
                measured = [
                    finding.round if finding else None
                    for finding in self._by_lane.get((group_index, lane_index), [])
                ]
                status, reason = _status(findings)
                moved, flop = work(self.op, lane.backend, group.n, group.dtype)
                if self.op.function and self.op.function.moved is None:
                    moved = max((f.moved for f in findings if not math.isnan(f.moved)), default=math.nan)
                remarks = [remark(self.op, lane.backend, group.dtype), *(f.remark for f in findings)]
                for span in lane.spans:
                    yield Cell(
                        case=Case(
                            op=self.op.name, backend=lane.backend, n=group.n, dtype=group.dtype, span=span
                        ),
                        status=status,
                        reason=reason or "; ".join(dict.fromkeys(filter(None, remarks))),
                        rounds=tuple(measured + [None] * (rounds - len(measured))),
                        max_error=max((finding.error for finding in findings), default=math.nan),
                        tolerance=max((finding.tolerance for finding in findings), default=math.nan),
                        moved=moved,
                        flop=flop,
                    )


def _status(findings: Sequence[Finding]) -> tuple[Status, str]:
    """Return the first failure among the rounds, or whether they were disturbed."""
    for finding in findings:
        if finding.status is not Status.OK:
            return finding.status, finding.reason
    return timed_status([finding.round for finding in findings if finding.round])
