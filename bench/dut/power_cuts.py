"""A power cut in the midst of what a device does: when it comes, and who can make one."""

from enum import Enum, IntEnum
from typing import Final, NamedTuple, Protocol, runtime_checkable

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.machine import Effects


class CutMoment(Enum):
    """When the power fails, while a device carries a command out; then it comes back.

    Every kind of device makes the same of it, to the octet of its flash.
    """

    TORN = "in the midst of the commit"
    BEFORE = "at the beginning of the commit"
    AFTER = "after the commit, before the answer"


@runtime_checkable
class CutsPower(Protocol):
    """A target whose devices can lose their power on order."""

    def cut_power(self, device: EntityId, octets: bytes, moment: CutMoment) -> None:
        """Let a device's power fail when it is given these octets; it answers nothing then."""


@runtime_checkable
class CutDevice(Protocol):
    """A device under test that can."""

    def receive_cut(self, octets: bytes, moment: CutMoment) -> Effects:
        """Hand a message over, cut the power at that moment of it, and give it back.

        Returns:
            No messages; the refusal, if the device refused the message before there was a commit.
        """


EVERY_BIT: Final = 0xFFFF_FFFF
"""The mask of a torn operation that changes all that it was to change."""


class CutFlavour(IntEnum):
    """What becomes of the flash operation that is cut (hw/PROTOCOL.md, section 5.6)."""

    BEFORE = 0
    """Nothing of it is done."""
    AFTER = 1
    """It is done, and nothing after it."""
    TORN = 2
    """A word: the bits under the mask change. A block: they are programmed, and none is erased."""


class OperationCut(NamedTuple):
    """A power cut at one flash operation.

    Attributes:
        operation: counted from 0, from now on: a word of 4 octets programmed, or a block erased.
        mask: bits of a torn operation, 32 of them; bit 0 is bit 0 of the first octet in memory.
    """

    operation: int
    flavour: CutFlavour = CutFlavour.BEFORE
    mask: int = EVERY_BIT


class CutNotReachedError(AssertionError):
    """A power cut was armed and never came: the test has shown nothing of it.

    Attributes:
        made: flash operations that were made while it was armed. The last cut that comes is the
            one at operation `made` - 1.
    """

    def __init__(self, operation: int, made: int) -> None:
        super().__init__(
            f"the power cut at flash operation {operation} never came: "
            f"{made} operations were made while it was armed, numbers 0 to {made - 1}"
            if made
            else f"the power cut at flash operation {operation} never came: "
            "no flash operation was counted while it was armed. A board counts those of a driver "
            "that calls the functions of link/cut.h"
        )
        self.made = made


@runtime_checkable
class CutsAtOperation(Protocol):
    """A device under test whose power fails at a flash operation that is named beforehand."""

    def flash_operations(self) -> int:
        """Words programmed and blocks erased so far; only grows, whatever starts anew."""

    def arm_cut(self, cut: OperationCut | None) -> None:
        """Arm one cut; None disarms. What the device does when it comes raises an error."""

    def is_power_cut(self, error: BaseException) -> bool:
        """Whether the error says that an armed cut came, and not that the device did wrong."""

    def power_back(self) -> None:
        """Start the device once after a cut, if it did not start by itself; its clock is unset."""
