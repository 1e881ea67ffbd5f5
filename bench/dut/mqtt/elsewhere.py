"""Devices of a drill that others serve at the broker, for example a board behind a bridge."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain

from firmware_sim.devices.links.link import Channel, PartyLink
from firmware_sim.devices.links.presence import Presence
from firmware_sim.devices.links.refusal_notice import RefusalNotice
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.refusals import Refusal, RefusalReason

LOOK_SECONDS = 0.5
"""A broker sends the statuses that it keeps at once."""

_TEXT = "no more is told than the reason"


async def served_elsewhere(party: PartyLink, homes: Iterable[Premises]) -> frozenset[EntityId]:
    """Which devices of these homes are at the broker already.

    A status that names a whole home is of a drill with the same seed, not of a guest.
    """
    ours = [frozenset(home.devices) for home in homes]
    found: dict[EntityId, Presence] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            async for hub, channel, octets in party.messages():
                if channel is Channel.STATUS:
                    with suppress(RemoteError):
                        found[hub] = Presence.parse(octets)
    present = [frozenset(each.devices) for each in found.values() if each.online]
    guests = (each for each in present if each not in ours)
    return frozenset(chain.from_iterable(guests)) & frozenset(chain.from_iterable(ours))


def refusal_of(device: EntityId, octets: bytes) -> Refusal | None:
    """What a notice of a refusal says; None if it is none."""
    try:
        notice = RefusalNotice.parse(device, octets)
        reason = RefusalReason(notice.reason)
    except (RemoteError, ValueError):
        return None
    return Refusal(reason, _TEXT, notice.originator, notice.counter, notice.code)
