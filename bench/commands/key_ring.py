"""Private keys: those that one sender or adversary has, and all those of a drill PKI."""

from collections.abc import Iterator
from datetime import datetime

from firmware_sim.bench.commands.protection import AgreementKey
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId


class KeyRing:
    """The private keys that one holder has: its own, stolen ones, or both.

    A key is found by its public key, which is what a device's cell shows: a forged certificate
    may state the key identifier of another. It is found by cell and generation too, if it was
    added under them.
    """

    def __init__(self, suite: CryptoSuite) -> None:
        self._suite = suite
        self._by_point: dict[bytes, bytes] = {}
        self._by_cell: dict[tuple[TrustAnchorCellId, int], bytes] = {}

    def add(
        self, private_key: bytes, cell: TrustAnchorCellId | None = None, generation: int = 1
    ) -> None:
        """Take up a 32-octet scalar, and for which cell and generation of credentials it is."""
        self._by_point[self._suite.public_key(private_key)] = private_key
        if cell is not None:
            self._by_cell[cell, generation] = private_key

    def matching(self, public_key: bytes) -> bytes | None:
        """The private key to a 65-octet point; None if the ring has not got it."""
        return self._by_point.get(public_key)

    def of_cell(self, cell: TrustAnchorCellId, generation: int = 1) -> bytes | None:
        """The private key that was added for a cell; None if none was."""
        return self._by_cell.get((cell, generation))

    def __iter__(self) -> Iterator[bytes]:
        """Every key, in the order in which they were added."""
        return iter(self._by_point.values())


class PkiKeys:
    """Every private key of a drill PKI, for experiments, which play no story and ask no gate.

    Keys in custody are copied when they are first used; custody takes that down.

    Args:
        at, why: what custody takes down.
    """

    def __init__(self, pki: DrillPki, at: datetime, why: str) -> None:
        self._pki = pki
        self._at = at
        self._why = why
        self._copies: dict[tuple[CustodyKey, int], bytes] = {}
        self._ring: KeyRing | None = None

    def signing(self, role: RemotePartyRole, generation: int = 1) -> bytes:
        """The private key that signs the commands of a role; that of `root` is Contingency's.

        Raises:
            PkiError, CustodyError: there is none.
        """
        if role is RemotePartyRole.ROOT:
            return self._copy(CustodyKey.CONTINGENCY, generation)
        if role is RemotePartyRole.RECOVERY:
            return self._copy(CustodyKey.RECOVERY, generation)
        return self._pki.party(role, generation).private_key(KeyUsage.DIGITAL_SIGNATURE)

    def symmetric(self, generation: int = 1) -> bytes:
        """The Contingency Symmetric Key that goes with a generation of root."""
        return self._copy(CustodyKey.SYMMETRIC, generation)

    def matching(self, public_key: bytes) -> bytes | None:
        """The private key of a party or an authority to a 65-octet point; None if there is none."""
        if self._ring is None:
            self._ring = self._every_key()
        return self._ring.matching(public_key)

    def root_generation(self, public_key: bytes) -> int:
        """Which generation of root a cell holds, by its 65-octet point: the second, or else 1."""
        return 2 if self._pki.root(2).public_key == public_key else 1

    def originator(self, role: RemotePartyRole) -> EntityId:
        """The Entity Identifier of a role's party."""
        return entity_of_party(self._pki, role)

    def _every_key(self) -> KeyRing:
        ring = KeyRing(P256Suite())
        for held in self._pki.holdings:
            if held.private_key is not None:
                ring.add(held.private_key, held.cell, held.generation)
        for generation in GENERATIONS:
            if self._pki.custody.holds(CustodyKey.RECOVERY, generation):
                ring.add(self._copy(CustodyKey.RECOVERY, generation))
        return ring

    def _copy(self, key: CustodyKey, generation: int) -> bytes:
        if (key, generation) not in self._copies:
            copy = self._pki.custody.compromise(key, self._at, self._why, generation=generation)
            self._copies[key, generation] = copy
        return self._copies[key, generation]


def broker_key(pki: DrillPki, suite: CryptoSuite, generation: int = 1) -> AgreementKey:
    """What the Access Control Broker of a drill makes MACs with.

    Raises:
        PkiError: the PKI has no such key.
    """
    broker = pki.party(RemotePartyRole.ACCESS_CONTROL_BROKER, generation)
    return AgreementKey(broker.private_key(KeyUsage.KEY_AGREEMENT), suite)


def entity_of_party(pki: DrillPki, role: RemotePartyRole) -> EntityId:
    """The Entity Identifier of a role's party: one organisation through all generations.

    Raises:
        PkiError: the PKI has no such party.
    """
    if role is RemotePartyRole.ROOT:
        return pki.contingency_entity_id
    return pki.party(role).entity_id
