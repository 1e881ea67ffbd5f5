"""Tokens that nobody has paid for: whoever has the prepayment key can make them."""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.adversary.forged_certificates import own_leaf_key
from firmware_sim.bench.commands.compose import Header, addressed
from firmware_sim.bench.commands.uses import top_up
from firmware_sim.bench.experiments.attack.crafting import Mac, Sender
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import SUITE
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.utrn import COUNTER_STEP, TopUpParties, ValueClass, make_utrn

WAYS: Final = {DeviceType.ESME: "CS01a", DeviceType.GSME: "CS01b"}
"""The use case that tops a meter up; other devices have none."""

_OWNER: Final = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)
_TOKENS: Final = _OWNER._replace(cell_usage=CellUsage.PREPAYMENT_TOP_UP)
_PENCE: Final = 8191
_NUMBERS: Final = 1 << 32


def token_tries(position: Position) -> Iterator[tuple[str, bytes | None]]:
    """A top-up by the key in the prepayment cell if it is known, and one by a key of no cell."""
    way, owner = WAYS.get(position.target.device_type), position.held.cell(_OWNER)
    if way is None or owner is None:
        return
    known = position.capabilities.key_of(position.held, _TOKENS)
    for key in filter(None, (known, own_leaf_key(KeyUsage.DIGITAL_SIGNATURE))):
        yield way, _top_up(position, owner.unique_id, key)


def _top_up(position: Position, supplier: EntityId, key: bytes) -> bytes | None:
    device, point = position.device.entity_id, position.capabilities.agreement_point
    counter = (position.next_counter() % _NUMBERS + 1) * COUNTER_STEP
    parties = TopUpParties(supplier, device, SUITE.agree(key, point))
    digits = str(make_utrn(parties, counter, ValueClass.PENCE, _PENCE, SUITE)).encode("ascii")
    content = top_up(position.target.device_type, counter, digits)
    message = addressed(content, Header(supplier, device, counter))
    return position.protected(message, Sender(supplier, None, Mac.TRUE))
