"""What keeps a board from being built, started or reached: the bench's fault, never a device's."""

from typing import Any


class HardwareError(Exception):
    """One line that says what is wrong, and one that says how to mend it.

    Args:
        problem: what is wrong, without a final full stop.
        mend: what to do about it, e.g. ``"apt install qemu-system-arm"``.
        details: further lines, such as a compiler prints; not in the text of the error.
    """

    def __init__(self, problem: str, mend: str = "", details: tuple[str, ...] = ()) -> None:
        self.problem = problem
        self.mend = mend
        self.details = details
        super().__init__(f"{problem}; {mend}" if mend else problem)

    def __reduce__(self) -> tuple[type["HardwareError"], tuple[Any, ...]]:
        # A process of ours may raise it, and another one shows it.
        return type(self), (self.problem, self.mend, self.details)


class BoardFileError(HardwareError):
    """A file of a board is not what it must be: a mistake of who wrote it, and none of the bench.

    That is board.toml, link.ld, or C of a board outside this program.
    """


class UnknownNameError(HardwareError):
    """A board, a compiler or an emulator was named that there is not: a typing error."""


class UnfitNameError(HardwareError):
    """A name that a new board cannot have: of another form, or taken."""
