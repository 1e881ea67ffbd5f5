"""What a set of private keys is good for against one device: who can be spoken for, and how."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from firmware_sim.bench.experiments.attack.forged_certificates import (
    ATTACKER,
    own_key,
    own_leaf_key,
    own_root,
    own_symmetric_key,
)
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.origins import OWN_ROOTS
from firmware_sim.bench.experiments.attack.setup import SUITE, pki, private_key
from firmware_sim.bench.experiments.attack.stolen_keys import (
    CONTINGENCY_KEY,
    DEVICE_AGREEMENT_KEY,
    SYMMETRIC_KEY,
    Loot,
)
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import signature_is_valid, with_mac
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    OWN_KEY_USAGES,
    ROOT_CELL,
    KeyUsage,
    TrustAnchorCellId,
)

_GUESSED_SYMMETRIC = bytes(16)


@dataclass(frozen=True)
class Hand:
    """Keys in somebody's hand, seen from one device.

    Attributes:
        loot: what was stolen.
        entity: the device.
        agreement_point: the device's public key agreement key.
        known: private key by public point, of party cells.
    """

    loot: Loot
    entity: EntityId
    agreement_point: bytes
    known: dict[bytes, bytes] = field(repr=False)

    @classmethod
    def holding(cls, loot: Loot, entity: EntityId, agreement_point: bytes) -> "Hand":
        """The stolen keys with those that the attacker made for itself."""
        stolen = [private_key(str(cell), entity) for cell in PARTY_CELLS if str(cell) in loot.keys]
        own = [own_leaf_key(usage) for usage in OWN_KEY_USAGES]
        known = {SUITE.public_key(key): key for key in (*stolen, *own)}
        return cls(loot, entity, agreement_point, known)

    def grip(self, held: Observed, cell: TrustAnchorCellId) -> bytes | None:
        """The private key to what a cell holds, if it is in the hand."""
        content = held.cell(cell)
        return None if content is None else self.known.get(content.public_key)

    def speaks_for(self, held: Observed, cell: TrustAnchorCellId) -> bool:
        """Whether the hand can do what the key in a cell does, be it from the device's end."""
        is_broker = cell == ACB_KEY_AGREEMENT and DEVICE_AGREEMENT_KEY in self.loot.keys
        return is_broker or self.grip(held, cell) is not None

    def signers(self) -> Iterable[bytes]:
        """Every key that a message could be signed with, whatever it was made for."""
        yield from self.known.values()

    def maced(self, message: Message, held: Observed) -> Message | None:
        """The message with a MAC that the device accepts; None if nobody makes one for it."""
        broker = held.cell(ACB_KEY_AGREEMENT)
        mine = self.grip(held, ACB_KEY_AGREEMENT)
        if broker is None:
            return None
        if mine is not None:
            return with_mac(message, SUITE.agree(mine, self.agreement_point), SUITE)
        if DEVICE_AGREEMENT_KEY in self.loot.keys:
            own = private_key(DEVICE_AGREEMENT_KEY, self.entity)
            return with_mac(message, SUITE.agree(own, broker.public_key), SUITE)
        return self._relayed(message, broker.public_key)

    def falsely_maced(self, message: Message) -> Message:
        """The message with a MAC by a key that the device has never heard of."""
        own = own_leaf_key(KeyUsage.KEY_AGREEMENT)
        return with_mac(message, SUITE.agree(own, self.agreement_point), SUITE)

    def contingency(self, held: Observed) -> tuple[bytes, bytes]:
        """What comes nearest to the contingency private key and its symmetric key."""
        root, number = held.cell(ROOT_CELL), self.own_root(held)
        if number is not None:
            return own_key(f"contingency {number}"), own_symmetric_key(number)
        stolen = self.loot.keys
        is_first = root is not None and root.public_key == pki().root().public_key
        has_private, has_symmetric = CONTINGENCY_KEY in stolen, SYMMETRIC_KEY in stolen
        return (
            private_key(CONTINGENCY_KEY, self.entity)
            if has_private and is_first
            else own_key("contingency"),
            private_key(SYMMETRIC_KEY, self.entity) if has_symmetric else _GUESSED_SYMMETRIC,
        )

    def own_root(self, held: Observed) -> int | None:
        """The number of the attacker's own root, if that is in the root cell."""
        root = held.cell(ROOT_CELL)
        numbers = (n for n in OWN_ROOTS if root and root.public_key == own_root(n).public_key)
        return next(numbers, None)

    def _relayed(self, message: Message, broker_point: bytes) -> Message | None:
        """By the Broker, which first sees to it that the originator signed the message."""
        if not self.loot.relayed or not _is_signed_by_its_originator(message):
            return None
        key = private_key(str(ACB_KEY_AGREEMENT), self.entity)
        if SUITE.public_key(key) != broker_point:
            return None
        return with_mac(message, SUITE.agree(key, self.agreement_point), SUITE)


def _is_signed_by_its_originator(message: Message) -> bool:
    points = _signing_points().get(message.originator, ())
    return any(signature_is_valid(message, point, SUITE) for point in points)


@cache
def _signing_points() -> Mapping[EntityId, frozenset[bytes]]:
    """The public keys of everybody whom the Broker knows, the enrolled attacker among them."""
    points = {ATTACKER: frozenset({SUITE.public_key(own_leaf_key(KeyUsage.DIGITAL_SIGNATURE))})}
    for each in pki().holdings:
        owner = each.certificate.subject_unique_id
        if owner is not None and each.certificate.key_usage is KeyUsage.DIGITAL_SIGNATURE:
            points[owner] = points.get(owner, frozenset()) | {each.certificate.public_key}
    return points
