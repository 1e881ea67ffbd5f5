"""What a publication that came in is: an arrival, or nothing, and then a line in the log."""

import logging
from typing import Final

from firmware_sim.devices.links.bounds import is_oversized
from firmware_sim.devices.links.link import Arrival, Channel
from firmware_sim.devices.links.mqtt_connection import ReceivedPublication
from firmware_sim.devices.links.presence import MAX_PRESENCE_OCTETS
from firmware_sim.devices.links.topics import parse_topic
from firmware_sim.gbcs.errors import RemoteError

_LOG = logging.getLogger(__name__)

# It would come again at every start and in every drill: a command would be obeyed, and what a
# device said in an earlier drill of the same seed would be taken for what it says now.
RETAINED: Final = (
    "dropped a %s %s: it was published with the retain flag, at an earlier time "
    "(mend: clear it with an empty retained message on %s)"
)


def arrival_of(delivery: ReceivedPublication) -> Arrival | None:
    """What came in, by the name of its topic; None, and a line in the log, if it is nothing."""
    name, octets = delivery.topic, delivery.octets
    try:
        device, channel = parse_topic(name)
    except RemoteError as error:
        _LOG.warning("dropped: %s", error)
        return None
    is_status = channel is Channel.STATUS
    if delivery.retained and not is_status:
        whose = "for" if channel is Channel.COMMAND else "of"
        _LOG.warning(RETAINED, f"{channel.value} {whose}", device, name)
        return None
    if len(octets) > MAX_PRESENCE_OCTETS if is_status else is_oversized(octets):
        _LOG.warning("dropped %d octets on %s: too many", len(octets), name)
        return None
    return Arrival(device, channel, octets)
