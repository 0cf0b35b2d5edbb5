"""What an op declared by texts is held to before it is timed: its result, and that its operands stay."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.backends.backend import Backend
from harness.errors import UsageError
from harness.model import Op, Status
from harness.ops.agreement import accepted_error, disagreement, one_array, out_of_range, reference
from harness.ops.domain import outside
from harness.ops.operands import Operands, checksum, operands
from harness.ops.statement import evaluate
from harness.spellings.text_names import outer_names
from harness.workers.task import Finding, Lane


class TextCheck:
    """The check of the lanes of a group, on the same operands."""

    def __init__(self, op: Op, host: Operands, dtype: str, seed: int) -> None:
        self._op, self._host, self._dtype, self._seed = op, host, dtype, seed
        self._sums = host.checksums
        self._expected = reference(op, host)
        self._remark = outside(op, host, self._expected.result)

    def undefined(self) -> str:
        """Return why the op cannot be measured in this dtype on any backend; empty if it can."""
        return out_of_range(self._expected.scale, self._dtype)

    def finding(self, lane: Lane, backend: Backend, names: Mapping[str, Any]) -> Finding:
        """Return what is found out about a lane; `UsageError` where it is no matter of figures."""
        result = backend.to_host(one_array(evaluate(lane.statement, dict(names)), backend.library))
        self._refuse_changes(backend, names)
        error, fault = disagreement(result, self._expected, self._dtype)
        tolerance = accepted_error(self._op, self._dtype)
        if error <= tolerance:
            return Finding(error=error, tolerance=tolerance, remark=self._remark)
        reason = fault or (
            f"error {error:.2g} against float64 NumPy, accepted {tolerance:.2g}: if both are right, give the "
            "op a larger tolerance="
        )
        return Finding(status=Status.WRONG, reason=reason, error=error, tolerance=tolerance)

    def _refuse_changes(self, backend: Backend, names: Mapping[str, Any]) -> None:
        """Raise if an operand is not what it was, and give back those in the memory of the host."""
        changed = [x for x, sum_ in self._sums.items() if checksum(self._host.arrays[x]) != sum_]
        if changed:  # other backends' as well
            fresh = operands(self._op, self._host.n, self._dtype, self._seed)
            for name, array in fresh.arrays.items():
                np.copyto(self._host.arrays[name], array)
        made = outer_names(self._op.set_up(backend.library))  # to which a setup may give other values
        own = {x: names[x] for x in names.keys() & self._sums.keys() - made}
        changed += [x for x, array in own.items() if checksum(backend.to_host(array)) != self._sums[x]]
        if changed:
            raise UsageError(
                f"it changes its operand {changed[0]}, which has to be the same for every call; write the "
                "result elsewhere, or measure a def with fresh=True"
            )
