"""What the rounds of an op have found so far, and the cells that come of it."""

from collections.abc import Iterable, Iterator, Sequence

from harness.backends.half_precision import remark
from harness.machine.ceilings import work
from harness.model import Case, Cell, Op, Status
from harness.timing.noise import NOISY_SHARE, disturbed_share
from harness.workers.task import Finding, Group, GroupFindings


class Gathered:
    """
    The findings of the rounds of an op, by group, lane and round.

    Parameters
    ----------
    op : Op
        What is measured.
    groups : sequence of Group
        In which sizes, dtypes and lanes. A group and a lane are named by their index.
    """

    def __init__(self, op: Op, groups: Sequence[Group]) -> None:
        self.op, self.groups = op, groups
        self.timed = self.warm_up = 0.0
        self._findings: dict[tuple[int, int], list[Finding | None]] = {}

    def found(self, at: int, lane: int) -> list[Finding]:
        """Return the findings of a lane, of those rounds that have one."""
        return [finding for finding in self._findings.get((at, lane), []) if finding]

    def alive(self, at: int) -> list[int]:
        """Return the lanes of a group that have not failed yet."""
        return [
            lane
            for lane in range(len(self.groups[at].lanes))
            if all(finding.status is Status.OK for finding in self.found(at, lane))
        ]

    def add(self, at: int, lanes: Sequence[int], order: int, found: GroupFindings) -> None:
        """Keep what a round found of those lanes of a group."""
        self.timed += found.timed
        self.warm_up += found.warm_up
        for lane, finding in zip(lanes, found.findings, strict=True):
            self.put(at, lane, order, finding)

    def put(self, at: int, lane: int, order: int, finding: Finding) -> None:
        """Keep a finding at the place of its round."""
        rounds = self._findings.setdefault((at, lane), [])
        rounds += [None] * (order + 1 - len(rounds))
        rounds[order] = finding

    def noisy_groups(self, order: int) -> dict[int, float]:
        """Return the groups that a round found noisy, each with the disturbed share of its worst lane."""
        shares = {
            at: disturbed([self._findings[at, lane][order] for lane in lanes])
            for at in range(len(self.groups))
            if (lanes := self.alive(at))
        }
        return {at: share for at, share in shares.items() if share >= NOISY_SHARE}

    def noisy_cells(self) -> int:
        """Return how many cells have been noisy so far."""
        return sum(
            len(self.groups[at].lanes[lane].spans)
            for at, lane in self._findings
            if _status(self.found(at, lane))[0] is Status.NOISY
        )

    def cells(self, count: int) -> Iterator[Cell]:
        """Yield a cell of so many rounds per group, lane and span."""
        for at, group in enumerate(self.groups):
            for index, lane in enumerate(group.lanes):
                known = self.found(at, index)
                rounds = [found.round if found else None for found in self._findings.get((at, index), [])]
                status, reason = _status(known)
                moved, flop = work(self.op, lane.backend, group.n, group.dtype)
                for span in lane.spans:
                    yield Cell(
                        case=Case(
                            op=self.op.name, backend=lane.backend, n=group.n, dtype=group.dtype, span=span
                        ),
                        status=status,
                        reason=reason or remark(self.op, lane.backend, group.dtype),
                        rounds=tuple(rounds + [None] * (count - len(rounds))),
                        max_error=max((f.error for f in known), default=float("nan")),
                        tolerance=max((f.tolerance for f in known), default=float("nan")),
                        moved=moved,
                        flop=flop,
                    )


def disturbed(findings: Iterable[Finding | None]) -> float:
    """Return the disturbed share of the worst finding; where one has no round, all of it."""
    return max(disturbed_share(found.round) if found and found.round else 1.0 for found in findings)


def _status(findings: Sequence[Finding]) -> tuple[Status, str]:
    """Return the first failure among the rounds, or whether they were disturbed."""
    for finding in findings:
        if finding.status is not Status.OK:
            return finding.status, finding.reason
    # Every round weighs the same in an estimate, so the worst one decides.
    worst = max((finding.round for finding in findings if finding.round), key=disturbed_share)
    if disturbed_share(worst) < NOISY_SHARE:
        return Status.OK, ""
    held_down = 2 * worst.throttled > sum(worst.disturbed)
    return Status.NOISY, "the device ran below its clock (throttled)" if held_down else ""
