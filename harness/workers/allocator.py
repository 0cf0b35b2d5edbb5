"""What malloc has learnt and holds when a round begins: the same in every process, whatever went before."""

import numpy as np

_LEARNT = 2**25 - 2**12
"""Bytes of the largest block that glibc's malloc learns from when freed: one of 32 MiB with its head."""
_HELD = 28 * 2**20
"""Bytes of each of two blocks that are freed at once: together less than the 64 MiB that it gives back."""


def settle_allocator() -> None:
    """
    Bring malloc to where it is in a process that has computed something larger before.

    What it has seen freed decides from which size on a result has fresh pages at every call, and what it
    holds whether there is room without any. Rounds that differed in what they had computed before, such as a
    check, differed by up to 5 times with results of 256 KiB to 16 MiB.
    """
    np.empty(_LEARNT, np.uint8)  # mapped by itself and freed: smaller ones are from now on cut from the heap
    blocks = [np.ones(_HELD, np.uint8) for _ in range(2)]
    del blocks
