"""A power cut in the midst of what a device commits: when it comes, and who can make one."""

from enum import Enum
from typing import Protocol, runtime_checkable

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
