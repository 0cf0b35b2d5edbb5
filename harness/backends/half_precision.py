"""What the dtypes of two bytes cannot be asked for, and what must be known to read their figures.

NumPy is the reason of it all: it has float16 without a BLAS, and no bfloat16.
"""

from harness.backends.backend import Backend
from harness.backends.table import without_rival
from harness.model import Op, Place, Span

SLOW = 1e9
"""Operations of a call above which NumPy needs seconds in float16."""


def undefined(op: Op, backend: Backend, dtype: str, span: Span) -> str:
    """Return why a case has no meaning in a dtype; empty where it has one."""
    if dtype == "float16" and (backend.library, backend.threads) == ("numpy", 1):
        return "NumPy computes float16 on one thread in any case: see numpy"
    if dtype != "bfloat16":
        return ""
    if backend.library == "numpy":
        return "NumPy has no bfloat16"
    if backend.library != "torch":
        return "its operands come from NumPy, which has no bfloat16"
    if span is Span.ROUND_TRIP or Place.HOST in (op.source, op.target):
        return "NumPy has no bfloat16, so there is no array to come from or to go to"
    return ""


def too_slow(op: Op, backend: Backend, n: int, dtype: str) -> str:
    """Return why a size takes too long to be measured unasked; empty where it does not."""
    flop = op.flop.at(n) if op.flop else 0.0
    if dtype != "float16" or backend.library != "numpy" or flop <= SLOW:
        return ""
    return f"NumPy has no BLAS for float16, {flop:.2g} operations take seconds; --max-size asks for it"


def remark(op: Op, backend: str, dtype: str) -> str:
    """Return what must be known to read the figure of a backend rightly, the op's own notes with it."""
    remarks = [op.notes.get(backend, "")]
    if dtype == "float16" and without_rival(backend) == "numpy" and Place.HOST not in (op.source, op.target):
        remarks.append(
            "NumPy has no BLAS for float16 and computes most of it by way of float32, on one thread"
        )
    return "; ".join(filter(None, remarks))
