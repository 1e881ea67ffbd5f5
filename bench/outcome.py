"""What a run can say: of one check, and of the whole. ERROR (the bench) is never FAILED (a device).

The exit codes are pytest's, so that a pipeline that knows one knows the other.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """What the command line returns to the shell."""

    PASSED = 0
    DEVICE_FAILED = 1
    INTERRUPTED = 2
    BENCH_FAILED = 3
    USAGE = 4
    NOTHING_RAN = 5


class Verdict(StrEnum):
    """The verdict of one check or step."""

    PASSED = "passed"
    FAILED = "failed"
    """A device did wrong."""
    ERROR = "error"
    """The bench broke: nothing is known of the device."""
    SKIPPED = "skipped"
    """It did not run; the reason says why."""


class Outcome(StrEnum):
    """The verdict of a whole run."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    NOTHING_RAN = "nothing ran"

    @property
    def exit_code(self) -> ExitCode:
        """The code that the shell is given."""
        return _EXIT_CODES[self]

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "Outcome":
        """The worst of many: an error of the bench outweighs a device's failure.

        A run in which nothing was checked, or everything was skipped, is NOTHING_RAN.
        """
        seen = set(verdicts)
        if Verdict.ERROR in seen:
            return cls.ERROR
        if Verdict.FAILED in seen:
            return cls.FAILED
        return cls.PASSED if Verdict.PASSED in seen else cls.NOTHING_RAN


_EXIT_CODES = {
    Outcome.PASSED: ExitCode.PASSED,
    Outcome.FAILED: ExitCode.DEVICE_FAILED,
    Outcome.ERROR: ExitCode.BENCH_FAILED,
    Outcome.INTERRUPTED: ExitCode.INTERRUPTED,
    Outcome.NOTHING_RAN: ExitCode.NOTHING_RAN,
}
