"""What every target offers: send octets to a device, and learn what became of them.

A command and its response belong together by originator, counter and message code, all inside
the octets. Sending again after a failure may deliver twice; a device executes each Originator
Counter at most once, so a target never needs to know whether it did.
"""

from typing import NamedTuple, Protocol, Self

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import Refusal


class Correlation(NamedTuple):
    """What a command and its response have in common."""

    originator: EntityId
    counter: int
    code: MessageCode

    @classmethod
    def of(cls, message: Message) -> Self:
        """Of a Command, or of a Response to one."""
        is_response = message.cra is CraFlag.RESPONSE
        party = message.target if is_response else message.originator
        return cls(party, message.counter, message.code)


class Seen(NamedTuple):
    """What became of one command so far.

    Attributes:
        response: the first response that carries its correlation, not yet verified.
        refusal: why the device refused it, where the target can look into the device.
    """

    response: bytes | None = None
    refusal: Refusal | None = None


class Target(Protocol):
    """Devices that a drill can reach."""

    async def send(self, device: EntityId, octets: bytes) -> None:
        """Hand one message over for a device; what came for an equal one before is forgotten.

        Raises:
            LinkError: the link did not take it over in time; it may be sent again.
        """

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        """What became of a command: as soon as there is a response or a refusal.

        Returns:
            With neither, if nothing was seen within `seconds`.
        """

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        """As `seen`, but a refusal does not end the wait: a copy may have been executed."""

    async def image(self, device: EntityId) -> bytes | None:
        """The whole flash of a device, secrets included, read past the running machine.

        Returns:
            None where only the device itself can read it.
        """

    def wear(self, device: EntityId) -> tuple[int, ...] | None:
        """Erases of each block of a device's flash since it was made; None if not counted."""

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        """The alerts of a device that came since the last call, and that are taken by it."""
