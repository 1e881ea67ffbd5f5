"""What every link is: octets to and from devices, by their Entity Identifiers.

A link has two ends. A party holds a `PartyLink`, which reaches every device behind it; a
Communications Hub holds a `DeviceLink`, one connection for all devices of its premises. A
message is delivered at least once: a link may deliver it twice after a failure, and a device
refuses the second by its Originator Counter. A party finds the answer to a command by the
originator, counter and message code inside the octets; links add nothing of their own.

Both ends are asynchronous context managers: entered, they are connected.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import Enum
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from firmware_sim.gbcs.identifiers import CraFlag, EntityId


class Channel(Enum):
    """What a message is, as the last level of its topic."""

    COMMAND = "command"
    RESPONSE = "response"
    ALERT = "alert"
    STATUS = "status"
    REFUSAL = "refusal"
    """What a bench at the device's side tells beside it; no device does (`refusal_notice`)."""

    @classmethod
    def of(cls, cra: CraFlag) -> "Channel":
        """The channel of a Command, Response or Alert."""
        return _CHANNELS[cra]


_CHANNELS = {
    CraFlag.COMMAND: Channel.COMMAND,
    CraFlag.RESPONSE: Channel.RESPONSE,
    CraFlag.ALERT: Channel.ALERT,
}


class Arrival(NamedTuple):
    """One message as it reached a party.

    Attributes:
        device: whose message it is; for a status, the Communications Hub's.
        octets: a whole GBCS message; for a status, see `firmware_sim.devices.links.presence`.
    """

    device: EntityId
    channel: Channel
    octets: bytes


class LinkError(Exception):
    """The link failed, or did not do in time what was asked: one line that says what."""


Handler = Callable[[EntityId, bytes], Sequence[bytes]]
"""Takes a device's Entity Identifier and a message for it; returns the messages to send, all
already durable. It must not raise on any octets."""

SlowHandler = Callable[[EntityId, bytes], Awaitable[Sequence[bytes]]]
"""The same for a device that is not in this process. What it raises ends the serving, and the
Command counts as not handled."""


class PartyLink(Protocol):
    """The parties' end of a link."""

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            LinkError: nothing answers at the other end.
        """

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; never raises `LinkError`."""

    async def send(self, device: EntityId, octets: bytes) -> None:
        """Hand one Command to the link; returns when the link has taken it over.

        Raises:
            LinkError: over 8,192 octets, or not taken over in the link's time; in memory
                also if no hub serves the device, which a broker does not tell.
        """

    def messages(self) -> AsyncIterator[Arrival]:
        """Every message that devices send, as it comes; ends when the link is closed.

        Several iterators share what comes: each arrival goes to one of them.

        Raises:
            LinkError: the link is down and could not be mended.
        """


class DeviceLink(Protocol):
    """A Communications Hub's end of a link."""

    async def __aenter__(self) -> Self:
        """Connect, and announce the hub and its devices as present.

        Raises:
            LinkError: nothing answers at the other end.
        """

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Announce the hub as absent and disconnect; never raises `LinkError`."""

    async def serve(self, handler: Handler) -> None:
        """Pass each Command to the handler and send what it returns; until cancelled.

        Commands are handled one at a time, in the order of their arrival. Oversized ones are
        logged and dropped.

        Raises:
            LinkError: the link is down and could not be mended.
        """

    async def send(self, octets: bytes) -> None:
        """Send a message that a device makes of itself: an Alert, or a future-dated Response.

        Its device is the originator in the octets. Kept until the link takes it over.

        Raises:
            LinkError: not a message of one of this hub's devices, or the queue stays full.
        """
