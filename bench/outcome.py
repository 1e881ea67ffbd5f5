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
    """A device did wrong, or the run did not end as its story declares."""
    INTERRUPTED = 2
    BENCH_FAILED = 3
    USAGE = 4
    NOTHING_RAN = 5
    """Nothing was asked of devices, or not of all that should be."""
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
    OUTSTANDING = "outstanding"
    """No device did wrong, and some were not asked what they should be."""
    NOT_AS_DECLARED = "not as declared"
    """The story says that it ends with other verdicts."""

    @property
    def exit_code(self) -> ExitCode:
        """The code that the shell is given."""
        return _EXIT_CODES[self]

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "Outcome":
        """The worst of a run: an error of the bench outweighs a device's failure.

        A run in which nothing was checked, or everything was skipped, is NOTHING_RAN.
        """
        seen = set(verdicts)
        if Verdict.ERROR in seen:
            return cls.ERROR
        if Verdict.FAILED in seen:
            return cls.FAILED
        return cls.PASSED if Verdict.PASSED in seen else cls.NOTHING_RAN

    @classmethod
    def of_checks(cls, verdicts: Iterable[Verdict]) -> "Outcome":
        """The worst of checks that stand by themselves: a failure outweighs an error of the bench.

        Each is made anew, so what the bench could not find out in one changes nothing about what
        another has shown. The steps of a run follow from one another: see `of`.
        """
        seen = set(verdicts)
        return cls.FAILED if Verdict.FAILED in seen else cls.of(seen)


class DevicesVerdict(StrEnum):
    """Whether the devices did what they must."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """The bench broke, or the run was stopped: nothing final is known of a device."""
    NOT_ASKED = "not asked"
    """No check of a device was made."""
    OUTSTANDING = "outstanding"
    """Every device that was asked did right, and some could not be, or were left out."""
    NOT_AS_DECLARED = "not as declared"
    """No single device did wrong; all together they are not as the story says."""

    def with_outstanding(self, *, outstanding: bool) -> "DevicesVerdict":
        """What is left of it if devices are outstanding at the end."""
        is_right = self is DevicesVerdict.RIGHT
        return DevicesVerdict.OUTSTANDING if is_right and outstanding else self

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "DevicesVerdict":
        """From the verdicts of all checks of devices: an error of the bench outweighs a failure."""
        return _OF_DEVICES[Outcome.of(verdicts)]

    @property
    def is_bad(self) -> bool:
        """Whether a run with it has failed."""
        return self in {DevicesVerdict.WRONG, DevicesVerdict.NOT_AS_DECLARED}

    def at_end(self, outcome: "Outcome | None") -> "DevicesVerdict":
        """What is left of it by the way in which the run ended; None: it never did.

        Where the bench broke nothing is known. What a stopped run found wrong is wrong.
        """
        stopped = outcome in {Outcome.INTERRUPTED, None} and not self.is_bad
        return DevicesVerdict.UNKNOWN if stopped or outcome is Outcome.ERROR else self


class ProcedureVerdict(StrEnum):
    """Whether the people did what SEC Section L asks."""

    FOLLOWED = "followed"
    NOT_FOLLOWED = "not followed"
    NOTHING_TO_FOLLOW = "nothing to follow"
    """No Compromise was declared, and no key in custody was used or asked for."""


class Declared(NamedTuple):
    """The verdicts with which a story says that it ends; None where it does not say."""

    procedure: ProcedureVerdict | None = None
    devices: DevicesVerdict | None = None


class RunVerdicts(NamedTuple):
    """The two verdicts of a run, side by side; None where a verdict was not reached.

    Attributes:
        procedure: None if the run was not judged by the procedure.
        devices: of all checks of devices.
        step_without_device: a step was meant for devices and found none. What the others did does
            not make up for it: such a run is never green, unless the story declares that no device
            is asked.
        declared: what the story says of both; what it declares, and comes so, is good.
    """

    procedure: ProcedureVerdict | None
    devices: DevicesVerdict
    step_without_device: bool = False
    declared: Declared = Declared()

    @property
    def outcome(self) -> Outcome:
        """Both in one word. A wrong device and a broken bench outweigh the procedure.

        A run that asks nothing of devices passes only if its story declares that. One that does not
        end as its story declares never passes.
        """
        if self.devices is DevicesVerdict.UNKNOWN:
            return Outcome.ERROR
        if self.devices.is_bad:
            return Outcome.FAILED
        found = self._found()
        pairs = zip(self.declared, (self.procedure, self.devices), strict=True)
        as_declared = all(said in (None, came) for said, came in pairs)
        followed = self.procedure is ProcedureVerdict.FOLLOWED
        # A story that is played as it stands, and has no device where it says that they are right.
        idle = found is Outcome.NOTHING_RAN and followed and not self.step_without_device
        is_judged = found is Outcome.PASSED or (idle and self.declared.devices is not None)
        return Outcome.NOT_AS_DECLARED if is_judged and not as_declared else found

    def _found(self) -> Outcome:
        declared, devices = self.declared, self.devices
        expects_departure = declared.procedure is ProcedureVerdict.NOT_FOLLOWED
        if self.procedure is ProcedureVerdict.NOT_FOLLOWED and not expects_departure:
            return Outcome.PROCEDURE_NOT_FOLLOWED
        if declared.devices is devices is not DevicesVerdict.RIGHT:
            # As the story says: devices are not asked, or outstanding.
            idle = self.step_without_device and devices is not DevicesVerdict.NOT_ASKED
            return Outcome.NOTHING_RAN if idle else Outcome.PASSED
        if self.step_without_device:
            return Outcome.NOTHING_RAN
        if devices is DevicesVerdict.OUTSTANDING:
            return Outcome.OUTSTANDING
        return Outcome.PASSED if devices is DevicesVerdict.RIGHT else Outcome.NOTHING_RAN


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
    Outcome.OUTSTANDING: ExitCode.NOTHING_RAN,
    Outcome.NOT_AS_DECLARED: ExitCode.DEVICE_FAILED,
}
