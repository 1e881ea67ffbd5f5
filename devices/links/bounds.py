"""What a link looks at in the octets it carries: how many, and whose."""

from collections.abc import Collection

from firmware_sim.devices.links.link import Arrival, Channel, LinkError
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, parse_message


def is_oversized(octets: bytes) -> bool:
    """Whether no GBCS message has so many octets."""
    return len(octets) > MAX_MESSAGE_OCTETS


def check_size(octets: bytes) -> None:
    """Refuse to send what every receiver would refuse to read.

    Raises:
        LinkError: over 8,192 octets.
    """
    if is_oversized(octets):
        raise LinkError(f"{len(octets)} octets; a link carries at most {MAX_MESSAGE_OCTETS}")


def address(octets: bytes, devices: Collection[EntityId]) -> Arrival:
    """How a message that one of `devices` sends is to reach the parties.

    Raises:
        LinkError: not a Response or Alert that originates at one of them.
    """
    try:
        message = parse_message(octets)
    except GbcsError as error:
        raise LinkError(f"a device must send whole messages: {error}") from error
    if message.cra is CraFlag.COMMAND:
        raise LinkError(f"device {message.originator} must not send a Command")
    if message.originator not in devices:
        raise LinkError(f"{message.originator} is not a device of this hub")
    return Arrival(message.originator, Channel.of(message.cra), octets)
