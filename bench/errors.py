"""What can be wrong above the devices: with the bench itself, or with how it was asked.

The text of each is one line that says what is wrong and how to mend it; the command line
prints it as it is, without a traceback.
"""

from typing import ClassVar

from firmware_sim.bench.outcome import ExitCode


class BenchError(Exception):
    """The bench cannot go on; it says nothing about a device.

    Args:
        problem: what is wrong, without a final full stop.
        mend: what to do about it, e.g. ``"start a broker, or use --target memory"``.
        details: further lines, such as a compiler prints; not in the text of the error.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BENCH_FAILED

    def __init__(self, problem: str, mend: str = "", details: tuple[str, ...] = ()) -> None:
        self.problem = problem
        self.mend = mend
        self.details = details
        super().__init__(f"{problem}; {mend}" if mend else problem)

    @property
    def told(self) -> tuple[str, ...]:
        """What the command line says of it, a line each."""
        return (str(self),)


class UsageError(BenchError):
    """An option, an argument or an input file is not what it must be."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
