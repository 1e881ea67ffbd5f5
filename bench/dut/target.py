"""What every target offers: send octets to a device, and learn what became of them.

A command and its response belong together by originator, counter and message code, all inside
the octets. Sending again after a failure may deliver twice; a device executes each Originator
Counter at most once, so a target never needs to know whether it did.

Anyone at a broker can publish what looks like a device's response, or the unsigned notice of a
refusal. So a response counts only if it is shown to be the device's own, and a refusal only if the
bench looks into the device; all else is kept apart, for people to read.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol, Self, runtime_checkable

from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import Refusal

IsGenuine = Callable[[bytes], bool]
"""Whether octets that answer a command by their header are protected by the device as they must."""


class Reach(Enum):
    """How near the bench is to a device, and so what it can know of it beside its messages."""

    INSIDE = auto()
    """The bench runs it: it reads the flash past the device, and sees what the device refuses."""
    LINE = auto()
    """At the end of a line: what it tells there beside its messages is not signed."""
    ELSEWHERE = auto()
    """Another program serves it at a broker, where everybody may publish."""


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
        response: the first new response that is genuine.
        copy: a genuine response, octet for octet one that came when the command was sent before:
            the device may have answered again, or another client may have sent it again.
        refusal: why the device refused these very octets, as the bench sees in the device.
        notice: why the device refused a message with this correlation, as is told beside it: not
            signed, and so no evidence.
        was_handled: the bench saw the device take these octets in hand.
        forged: the first responses that are not genuine.
        forgeries: how many of them came.
        lost: what a link, as the story wants it, did to the command or to its answer, so that no
            answer came; empty if it did nothing.
        doubled: such a link delivered the command twice.
        taken_twice: the bench saw that the device did not refuse the copy.
        copy_refusal: why the device refused a second copy of octets that it had taken in hand
            without a refusal: no word on the command.
        after_cut: the flash when the device had lost its power over the command, and no copy of it
            had come yet; None if it did not, or that is not known.
    """

    response: bytes | None = None
    copy: bytes | None = None
    refusal: Refusal | None = None
    notice: Refusal | None = None
    was_handled: bool = False
    forged: tuple[bytes, ...] = ()
    forgeries: int = 0
    lost: str = ""
    doubled: bool = False
    taken_twice: bool = False
    copy_refusal: Refusal | None = None
    after_cut: bytes | None = None


@runtime_checkable
class Ticks(Protocol):
    """A target whose devices are asked, or wait to be, for what has fallen due."""

    async def tick(self, device: EntityId, seconds: float) -> None:
        """Let a device do what has fallen due; its alerts are there afterwards, or never come.

        Args:
            seconds: the longest wait for a device that looks at its clock by itself.
        """


@runtime_checkable
class ExchangesHubs(Protocol):
    """A target at which a home can get another Communications Hub."""

    async def exchange_hub(self, old: Premises, new: Premises) -> None:
        """Take a hub away, and reach its home through another one.

        Nothing is delivered to the devices of the old hub any more; their flash can be read.

        Args:
            old: the home behind the hub that goes.
            new: the same home behind the one that comes, which `old` expects.

        Raises:
            BenchError: the broker is lost, or others serve the old hub.
        """


class Target(Protocol):
    """Devices that a drill can reach."""

    def reach(self, device: EntityId) -> Reach:
        """How near the bench is to a device."""

    def silence(self) -> str:
        """What the silence of a device that another program serves may mean, and what to do."""

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        """Hand one message over for a device; what came for an equal one before is forgotten.

        Args:
            is_genuine: applied to every response with the message's correlation.

        Raises:
            LinkError: the link did not take it over in time; it may be sent again.
        """

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        """What became of a command: as soon as there is a genuine response, or word of a refusal.

        Returns:
            With none of these, if nothing was seen within `seconds`.
        """

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        """As `seen`, but a refusal does not end the wait: a copy may have been executed."""

    async def drained(self, device: EntityId, seconds: float) -> int:
        """Wait until everything is here that the bench saw the device send.

        Returns:
            How many messages are still missing after `seconds`; they are not waited for again.
        """

    async def image(self, device: EntityId) -> bytes | None:
        """The whole flash of a device, secrets included, read past the running machine.

        Returns:
            None where only the device itself can read it.
        """

    def given(self, device: EntityId) -> int | None:
        """How many things a device was given so far; its flash changes by nothing else.

        Returns:
            None where it may change by itself.
        """

    def wear(self, device: EntityId) -> tuple[int, ...] | None:
        """Erases of each block of a device's flash since it was made; None if not counted."""

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        """The alerts of a device that came since the last call, and that are taken by it."""
