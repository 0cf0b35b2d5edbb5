"""What the rounds have found so far: which groups nobody has looked at yet."""

from harness.model import Op, Span, Status
from harness.runs.findings import OpFindings
from harness.workers.task import Finding, Group, Lane

OP = Op(name="abs", summary="", spelling={"numpy": "np.abs(x)"})


def group(n: int) -> Group:
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement="np.abs(x)")
    return Group(n=n, dtype="float32", lanes=(lane, lane))


def test_a_group_is_new_until_something_is_found_out_about_one_of_its_lanes() -> None:
    findings = OpFindings(OP, [group(16), group(64)])
    assert [findings.is_new(index) for index in range(2)] == [True, True]
    findings.put(0, 1, 0, Finding(status=Status.WRONG))
    assert [findings.is_new(index) for index in range(2)] == [False, True]
    findings.groups.append(group(32))  # as one is that lies at a crossover
    assert findings.is_new(2)
