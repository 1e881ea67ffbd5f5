"""Names of the MQTT topics: ``gbcs/v1/<entity>/<channel>``, and ``…/reply/<name>`` for replies.

`<entity>` is an Entity Identifier as 16 lower-case hexadecimal digits.
"""

import re
from collections.abc import Iterable

from firmware_sim.devices.links.link import Channel
from firmware_sim.gbcs.errors import GbcsError, RemoteError
from firmware_sim.gbcs.identifiers import EntityId

ROOT = "gbcs/v1"

_REPLY = re.compile(r"[0-9A-Za-z-]{1,64}")


def topic(entity: EntityId, channel: Channel) -> str:
    """The topic of one entity and channel."""
    return f"{ROOT}/{entity}/{channel.value}"


def parse_topic(name: str) -> tuple[EntityId, Channel]:
    """Read what `topic` writes.

    Raises:
        RemoteError: not one of our topics.
    """
    root, _, rest = name.rpartition("/v1/")
    entity, _, channel = rest.partition("/")
    try:
        known = EntityId.parse(entity), Channel(channel)
    except (ValueError, GbcsError):
        raise RemoteError(f"{name!r} is no topic of ours") from None
    if root != "gbcs" or topic(*known) != name:
        raise RemoteError(f"{name!r} is no topic of ours")
    return known


def hub_filters(devices: Iterable[EntityId]) -> list[str]:
    """What a hub subscribes to: the commands of every device of its premises."""
    return [topic(device, Channel.COMMAND) for device in devices]


def party_filters(devices: Iterable[EntityId] | None, *also: Channel) -> list[str]:
    """What a party subscribes to: answers of these devices, or of all; every hub's status."""
    entities = ["+"] if devices is None else [str(device) for device in devices]
    channels = (Channel.RESPONSE, Channel.ALERT, *also)
    answers = [f"{ROOT}/{entity}/{each.value}" for entity in entities for each in channels]
    return [*answers, f"{ROOT}/+/{Channel.STATUS.value}"]


def is_reply_topic(name: str, device: EntityId) -> bool:
    """Whether a device's answer may be published on a topic that came with a command.

    On any other, whoever may command one device could have it speak to another.
    """
    if name == topic(device, Channel.RESPONSE):
        return True
    start = f"{ROOT}/{device}/reply/"
    return name.startswith(start) and _REPLY.fullmatch(name, len(start)) is not None
