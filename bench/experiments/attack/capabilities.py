"""What a set of private keys is good for against one device: whose commands it can protect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Self

from firmware_sim.bench.adversary.forged_certificates import (
    ADVERSARY,
    own_key,
    own_leaf_key,
    own_root,
    own_symmetric_key,
)
from firmware_sim.bench.commands.key_ring import KeyRing
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.origins import OWN_ROOTS
from firmware_sim.bench.experiments.attack.setup import SUITE, pki, private_key
from firmware_sim.bench.experiments.attack.stolen_keys import (
    CONTINGENCY_KEY,
    DEVICE_AGREEMENT_KEY,
    SYMMETRIC_KEY,
    StolenKeys,
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
class Capabilities:
    """The keys of an adversary, seen from one device.

    Attributes:
        stolen: what was stolen.
        entity: the device.
        agreement_point: the device's public key agreement key.
        known: private keys of party cells.
    """

    stolen: StolenKeys
    entity: EntityId
    agreement_point: bytes
    known: KeyRing = field(repr=False)

    @classmethod
    def of(cls, stolen: StolenKeys, entity: EntityId, agreement_point: bytes) -> Self:
        """The stolen keys with those that the adversary made for itself."""
        known = KeyRing(SUITE)
        for cell in PARTY_CELLS:
            if str(cell) in stolen.keys:
                known.add(private_key(str(cell), entity))
        for usage in OWN_KEY_USAGES:
            known.add(own_leaf_key(usage))
        return cls(stolen, entity, agreement_point, known)

    def key_of(self, held: Observed, cell: TrustAnchorCellId) -> bytes | None:
        """The private key to what a cell holds; None if it is not known."""
        content = held.cell(cell)
        return None if content is None else self.known.matching(content.public_key)

    def can_act_as(self, held: Observed, cell: TrustAnchorCellId) -> bool:
        """Whether it can protect as the key in a cell does, with that key or the device's own."""
        is_broker = cell == ACB_KEY_AGREEMENT and DEVICE_AGREEMENT_KEY in self.stolen.keys
        return is_broker or self.key_of(held, cell) is not None

    def signers(self) -> Iterable[bytes]:
        """Every known key that a message could be signed with, of either usage."""
        yield from self.known

    def maced(self, message: Message, held: Observed) -> Message | None:
        """The message with a MAC that the device accepts; None if there is no way to one."""
        broker = held.cell(ACB_KEY_AGREEMENT)
        mine = self.key_of(held, ACB_KEY_AGREEMENT)
        if broker is None:
            return None
        if mine is not None:
            return with_mac(message, SUITE.agree(mine, self.agreement_point), SUITE)
        if DEVICE_AGREEMENT_KEY in self.stolen.keys:
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
        stolen = self.stolen.keys
        is_first = root is not None and root.public_key == pki().root().public_key
        has_private, has_symmetric = CONTINGENCY_KEY in stolen, SYMMETRIC_KEY in stolen
        return (
            private_key(CONTINGENCY_KEY, self.entity)
            if has_private and is_first
            else own_key("contingency"),
            private_key(SYMMETRIC_KEY, self.entity) if has_symmetric else _GUESSED_SYMMETRIC,
        )

    def own_root(self, held: Observed) -> int | None:
        """The number of the adversary's own root, if that is in the root cell."""
        root = held.cell(ROOT_CELL)
        numbers = (n for n in OWN_ROOTS if root and root.public_key == own_root(n).public_key)
        return next(numbers, None)

    def _relayed(self, message: Message, broker_point: bytes) -> Message | None:
        """By the Broker, which first sees to it that the originator signed the message."""
        if not self.stolen.relayed or not _is_signed_by_its_originator(message):
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
    """The signing keys of all whom the Broker knows, the enrolled adversary among them."""
    points = {ADVERSARY: frozenset({SUITE.public_key(own_leaf_key(KeyUsage.DIGITAL_SIGNATURE))})}
    for each in pki().holdings:
        owner = each.certificate.subject_unique_id
        if owner is not None and each.certificate.key_usage is KeyUsage.DIGITAL_SIGNATURE:
            points[owner] = points.get(owner, frozenset()) | {each.certificate.public_key}
    return points
