"""The sign of life that a worker leaves in a shared file: how many steps it made, and where it is."""

import mmap
import struct
from pathlib import Path

HEARTBEAT = struct.Struct("=QQ")
"""What the worker leaves in a shared file: a count of steps, and the lane it is in plus 1 (0: in none)."""


class Pulse:
    """The heartbeat: says to whoever reads the file, at no cost, that the worker is alive and where."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), HEARTBEAT.size)
        self._steps = 0
        self.lane: int | None = None

    def beat(self, lane: int | None) -> None:
        """Say that the lane of that index is about to run, or none."""
        self._steps, self.lane = self._steps + 1, lane
        HEARTBEAT.pack_into(self._shared, 0, self._steps, 0 if lane is None else lane + 1)
