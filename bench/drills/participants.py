"""Who acts in a drill: its parties, and the adversary with the keys that it has copied."""

from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import Final

from firmware_sim.bench.commands.key_ring import KeyRing
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner
from firmware_sim.bench.drills.certificates import Names
from firmware_sim.bench.drills.drill_parties import DrillParties
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.parties.key_user import KeyUser
from firmware_sim.bench.parties.party import AccessControlBroker, Originator, Party
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

_SYMMETRIC_OCTETS = 16
_ROLE = RemotePartyRole
_FALLEN_IN_CUSTODY: Final = {
    FallenName.RECOVERY: CustodyKey.RECOVERY,
    FallenName.CONTINGENCY: CustodyKey.CONTINGENCY,
    FallenName.SYMMETRIC: CustodyKey.SYMMETRIC,
}


class Participants(DrillParties):
    """The parties of a drill, and the adversary among them.

    Args:
        seed: for what the adversary makes up.
        names: as for `DrillCertificates`.
    """

    def __init__(
        self,
        pki: DrillPki,
        suite: CryptoSuite,
        clock: StillClock,
        seed: bytes,
        names: Names | None = None,
    ) -> None:
        super().__init__(pki, suite, clock, names)
        self._stolen: defaultdict[str, KeyRing] = defaultdict(partial(KeyRing, suite))
        self._symmetric: bytes | None = None
        self._guesses = HmacDrbg(seed, b"attacker")

    def attacker(
        self,
        role: RemotePartyRole,
        generation: int,
        *,
        broker: int,
        symmetric_key: bytes | None,
        acting: RemotePartyRole | None = None,
        organisation: str = "",
    ) -> Party:
        """The adversary, who acts in a role with a key that was stolen before, in any mode.

        It gets MACs from the Access Control Broker, as one who abuses the party's own systems
        would. Everything else that it knows is public.

        Args:
            acting: as for `party`.
            symmetric_key: the Contingency Symmetric Key, if it was overheard; else it is guessed.

        Raises:
            BenchError: that key was not compromised in this drill.
        """
        stolen = self._ring(role, organisation).of_cell(_signing_cell(role), generation)
        originator = Originator(acting or role, self.entity_id(role, organisation))
        macs = self._ring(originator.role).of_cell(ACB_KEY_AGREEMENT, generation)
        if originator.role is _ROLE.ACCESS_CONTROL_BROKER and macs is not None:
            return self._forger(originator, stolen, macs)
        if stolen is None:
            of = f" of {organisation}" if organisation else ""
            raise BenchError(
                f"no step stole the {role.label} key{of} of generation {generation}",
                "put a compromise step before it",
            )
        known = symmetric_key or self._symmetric or self._guesses.generate(_SYMMETRIC_OCTETS)
        return Party(
            originator,
            KeySigner(stolen, self._suite),
            self.counters_of(originator),
            self._suite,
            self.macs(broker),
            symmetric_key=lambda _device, _request: known,
            modes=frozenset(ReplacementMode),
        )

    def user(
        self,
        role: RemotePartyRole,
        generation: int,
        *,
        broker: int,
        acting: RemotePartyRole | None = None,
        organisation: str = "",
        stolen: bool = False,
    ) -> KeyUser:
        """Who has devices use their keys, with the keys of one organisation.

        Args:
            stolen: the adversary, with those keys of it that were stolen; it makes up the others.
            others: as for `party`.
        """
        originator = Originator(acting or role, self.entity_id(role, organisation))
        cells = _signing_cell(role), TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)
        signing, reading = (
            self._key_or_guess(cell, generation, organisation, stolen=stolen) for cell in cells
        )
        is_broker = role is _ROLE.ACCESS_CONTROL_BROKER
        reader = AgreementKey(reading, self._suite)
        return KeyUser(
            originator,
            KeySigner(signing, self._suite),
            self.counters_of(originator),
            self._suite,
            reader if is_broker else self.macs(broker),
            reader,
        )

    def agreement(
        self,
        cell: TrustAnchorCellId,
        generation: int,
        organisation: str = "",
        *,
        stolen: bool = False,
    ) -> AgreementKey:
        """The key agreement key to a cell, of an organisation or copied from it.

        Raises:
            BenchError: no step stole it.
        """
        if not stolen:
            held = self.credentials(cell.role, generation, organisation)
            key = held.private_key(cell.key_usage, cell.cell_usage)
            return AgreementKey(key, self._suite)
        found = self._ring(cell.role, organisation).of_cell(cell, generation)
        if found is None:
            problem = f"no step stole the key of {cell} of generation {generation}"
            raise BenchError(problem, "put a compromise step before it")
        return AgreementKey(found, self._suite)

    def _key_or_guess(
        self, cell: TrustAnchorCellId, generation: int, organisation: str, *, stolen: bool
    ) -> bytes:
        if not stolen and cell in PARTY_CELLS:
            held = self.credentials(cell.role, generation, organisation)
            return held.private_key(cell.key_usage, cell.cell_usage)
        found = self._ring(cell.role, organisation).of_cell(cell, generation)
        return found or generate_private_key(self._guesses)

    def steal(
        self,
        name: FallenName,
        generation: int,
        at: datetime,
        why: str,
        organisation: str = "",
    ) -> None:
        """Give the adversary a copy of a key, as far as the drill has it.

        The Issuing OCA's key signs no command, and a key of no cell is nothing to a device: these
        only count as known.
        """
        key, custody = None, self._pki.custody
        if name in _FALLEN_IN_CUSTODY:
            fallen = _FALLEN_IN_CUSTODY[name]
            key = custody.compromise(fallen, at, why, generation=generation)
            if name is FallenName.SYMMETRIC:
                self._symmetric, key = key, None
        elif name is FallenName.ROOT_OCA:
            key = self._pki.authority(CertificateKind.ROOT_OCA, generation).private_key
        elif name.cell is not None:
            held = self.credentials(name.cell.role, generation, organisation)
            key = held.private_key(name.cell.key_usage, name.cell.cell_usage)
        if key is not None:  # an imported PKI may lack the Root OCA's key
            cell = name.cell or ROOT_CELL
            self._ring(cell.role, organisation).add(key, cell, generation)

    def stolen(self, name: FallenName, generation: int, organisation: str = "") -> bytes | None:
        """The private key of which the adversary has a copy; None if it has none."""
        cell = name.cell or ROOT_CELL
        return self._ring(cell.role, organisation).of_cell(cell, generation)

    def _forger(self, originator: Originator, signing: bytes | None, macs: bytes) -> Party:
        """Who forges the Broker's MACs; without its signing key a hub does not believe it."""
        signer = KeySigner(signing or generate_private_key(self._guesses), self._suite)
        agreement = AgreementKey(macs, self._suite)
        counters = self.counters_of(originator)
        return AccessControlBroker(originator, signer, agreement, counters, self._suite)

    def _ring(self, role: RemotePartyRole, organisation: str = "") -> KeyRing:
        return self._stolen[organisation or self._first(role)]


def _signing_cell(role: RemotePartyRole) -> TrustAnchorCellId:
    return ROOT_CELL if role is _ROLE.ROOT else TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)
