"""What can go wrong for the person at the keyboard: one root, an exit code per kind.

Raised where the fact is known, caught only in `harness.cli`.
"""

from collections.abc import Iterable
from typing import ClassVar

INTERRUPTED = 130
"""The exit code of a command that was stopped by hand: 128 and the number of SIGINT, as shells have it."""
UNREAD = 141
"""That of one whose output nobody reads any more, such as ``head``: 128 and the number of SIGPIPE."""


class HarnessError(Exception):
    """Root of every error that is the user's to mend; its text is the whole message."""

    exit_code: ClassVar[int] = 1  # as of a traceback: every kind that is raised has its own


class UsageError(HarnessError):
    """An option has a value that cannot be meant."""

    exit_code: ClassVar[int] = 2


class UnknownNameError(HarnessError):
    """No op, backend, machine or run has this name."""

    exit_code: ClassVar[int] = 3

    @classmethod
    def of(cls, kind: str, name: str, existing: Iterable[str]) -> "UnknownNameError":
        """Say that `name` is no `existing` name; `kind` is what it was taken for, such as ``"backend"``."""
        listed = ", ".join(existing) or "none yet"
        return cls(f"no {kind} is called {name!r}; there are: {listed}")


class EmptyStoreError(HarnessError):
    """There is nothing measured to answer from."""

    exit_code: ClassVar[int] = 4


class CorruptStoreError(HarnessError):
    """A file in the store cannot be read as what it should be."""

    exit_code: ClassVar[int] = 5


class MeasureError(HarnessError):
    """The measurement could not be carried out as a whole."""

    exit_code: ClassVar[int] = 6


class FailedCheckError(HarnessError):
    """The harness did not pass its own acceptance tests on this machine."""

    exit_code: ClassVar[int] = 7


class CheckError(HarnessError):
    """Something is wrong with a store that was checked."""

    exit_code: ClassVar[int] = 8


class SpoiltError(HarnessError):
    """Something on this machine could spoil a measurement, and was asked to be an error."""

    exit_code: ClassVar[int] = 9


class ConflictError(HarnessError):
    """Two stores say different things of one run."""

    exit_code: ClassVar[int] = 10


class RemoteError(HarnessError):
    """The address of a store cannot be reached, or lets nobody read or write."""

    exit_code: ClassVar[int] = 15


class PublishError(HarnessError):
    """The site could not be built."""

    exit_code: ClassVar[int] = 11


class UndecidedError(HarnessError):
    """What was asked to fail on something slower could not judge it."""

    exit_code: ClassVar[int] = 12


class SlowerError(HarnessError):
    """What was asked to fail on something slower found it."""

    exit_code: ClassVar[int] = 13


class LostError(HarnessError):
    """What was asked to fail on something slower found times on one side alone, with nothing slower."""

    exit_code: ClassVar[int] = 14
