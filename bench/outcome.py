"""What a run can say: of one check, of its devices, of its procedure, and of the whole.

ERROR (the bench) is never FAILED (a device), and a device that did right says nothing of the people
who sent the command: a run has two verdicts. The exit codes are pytest's as far as pytest has one,
so that a pipeline that knows one knows the other.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """What the command line returns to the shell."""

    PASSED = 0
    DEVICE_FAILED = 1
    INTERRUPTED = 2
    BENCH_FAILED = 3
    USAGE = 4
    NOTHING_RAN = 5
    PROCEDURE_NOT_FOLLOWED = 6
    """Devices did right, or were asked nothing; the people did not do what Section L asks."""


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
    """How a whole run ended; each has its exit code."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    NOTHING_RAN = "nothing ran"
    PROCEDURE_NOT_FOLLOWED = "procedure not followed"

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


class DevicesVerdict(StrEnum):
    """Whether the devices did what they must."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """The bench broke, or the run was stopped: nothing final is known of a device."""
    NOT_ASKED = "not asked"
    """No check of a device was made."""

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "DevicesVerdict":
        """From the verdicts of all checks of devices: an error of the bench outweighs a failure."""
        return _OF_DEVICES[Outcome.of(verdicts)]


class ProcedureVerdict(StrEnum):
    """Whether the people did what SEC Section L asks."""

    FOLLOWED = "followed"
    NOT_FOLLOWED = "not followed"
    NOTHING_TO_FOLLOW = "nothing to follow"
    """No Compromise was declared, and no key in custody was used or asked for."""


class RunVerdicts(NamedTuple):
    """The two verdicts of a run, side by side; None where a verdict was not reached.

    Attributes:
        procedure: None if the run was not judged by the procedure.
        devices: of all checks of devices.
        step_without_device: a step was meant for devices and found none. What the others did does
            not make up for it: such a run is never green.
    """

    procedure: ProcedureVerdict | None
    devices: DevicesVerdict
    step_without_device: bool = False

    @property
    def outcome(self) -> Outcome:
        """Both in one word. A wrong device and a broken bench outweigh the procedure.

        A run that asks nothing of devices passes only if it had a procedure and followed it.
        """
        if self.devices is DevicesVerdict.UNKNOWN:
            return Outcome.ERROR
        if self.devices is DevicesVerdict.WRONG:
            return Outcome.FAILED
        if self.procedure is ProcedureVerdict.NOT_FOLLOWED:
            return Outcome.PROCEDURE_NOT_FOLLOWED
        if self.step_without_device:
            return Outcome.NOTHING_RAN
        followed = self.procedure is ProcedureVerdict.FOLLOWED
        right = self.devices is DevicesVerdict.RIGHT
        return Outcome.PASSED if right or followed else Outcome.NOTHING_RAN


_OF_DEVICES = {
    Outcome.PASSED: DevicesVerdict.RIGHT,
    Outcome.FAILED: DevicesVerdict.WRONG,
    Outcome.ERROR: DevicesVerdict.UNKNOWN,
    Outcome.NOTHING_RAN: DevicesVerdict.NOT_ASKED,
}
_EXIT_CODES = {
    Outcome.PASSED: ExitCode.PASSED,
    Outcome.FAILED: ExitCode.DEVICE_FAILED,
    Outcome.ERROR: ExitCode.BENCH_FAILED,
    Outcome.INTERRUPTED: ExitCode.INTERRUPTED,
    Outcome.NOTHING_RAN: ExitCode.NOTHING_RAN,
    Outcome.PROCEDURE_NOT_FOLLOWED: ExitCode.PROCEDURE_NOT_FOLLOWED,
}
