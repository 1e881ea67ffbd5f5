"""Who acts in a drill: the parties with their generations of credentials, and the attacker."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import Identity, KeySigner
from firmware_sim.bench.drills.evidence import Holding
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.decision import VerifiedDecision
from firmware_sim.bench.parties.acb import AccessControlBroker
from firmware_sim.bench.parties.attacker import Attacker
from firmware_sim.bench.parties.contingency import Contingency, ContingencyKeys
from firmware_sim.bench.parties.cos_party import CosParty
from firmware_sim.bench.parties.network_operator import NetworkOperator
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.parties.recovery import Recovery, RecoverySigner
from firmware_sim.bench.parties.supplier import Supplier
from firmware_sim.bench.parties.wan_provider import WanProvider
from firmware_sim.bench.smki.custody import CustodyError, CustodyKey
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg

ROOT_SUBJECT_ID: Final = bytes(8)
"""What a device reports as the root cell's subject unique id."""

_SYMMETRIC_OCTETS = 16
_ROLE = RemotePartyRole
_FAMILIES: Final[Mapping[RemotePartyRole, type[Party]]] = {
    _ROLE.SUPPLIER: Supplier,
    _ROLE.NETWORK_OPERATOR: NetworkOperator,
    _ROLE.TRANSITIONAL_COS: CosParty,
    _ROLE.WAN_PROVIDER: WanProvider,
}


class Cast:
    """Makes parties on demand. One organisation has one sequence of Originator Counters.

    Args:
        seed: for what the attacker makes up.
    """

    def __init__(self, pki: DrillPki, suite: CryptoSuite, clock: StillClock, seed: bytes) -> None:
        self._pki = pki
        self._suite = suite
        self._clock = clock
        self._counters: dict[EntityId, OriginatorCounters] = {}
        self._stolen: dict[tuple[RemotePartyRole, int], bytes] = {}
        self._guesses = HmacDrbg(seed, b"attacker")

    def broker(self, generation: int) -> AccessControlBroker:
        """The Access Control Broker with one generation of its keys."""
        credentials = self._pki.party(_ROLE.ACCESS_CONTROL_BROKER, generation)
        return AccessControlBroker(
            Identity(credentials.role, credentials.entity_id),
            KeySigner(credentials.private_key(KeyUsage.DIGITAL_SIGNATURE), self._suite),
            credentials.private_key(KeyUsage.KEY_AGREEMENT),
            self._counters_of(credentials.entity_id),
            self._suite,
        )

    def party(
        self,
        role: RemotePartyRole,
        generation: int,
        *,
        broker: int,
        decision: VerifiedDecision | None,
        acting: RemotePartyRole | None = None,
    ) -> Party:
        """The party in a role; `root` is Contingency.

        Args:
            acting: the role in whose cells the party's certificates stand, if not its own.
            broker: generation of the Access Control Broker that adds MACs.
            decision: what custody is shown on behalf of Recovery and Contingency.

        Raises:
            CustodyError: Recovery or Contingency without any decision.
            PkiError: no such party.
        """
        acts_as = acting or role
        if acts_as is _ROLE.ACCESS_CONTROL_BROKER:
            return self.broker(generation)
        identity = Identity(acts_as, self.entity_id(role))
        counters = self._counters_of(identity.entity_id)
        family = _FAMILIES.get(acts_as)
        if family is not None:
            key = self._pki.party(role, generation).private_key(KeyUsage.DIGITAL_SIGNATURE)
            signer = KeySigner(key, self._suite)
            return family(identity, signer, counters, self._suite, self.broker(broker))
        return self._gated(identity, counters, generation, decision)

    def _gated(
        self,
        identity: Identity,
        counters: OriginatorCounters,
        generation: int,
        decision: VerifiedDecision | None,
    ) -> Party:
        if identity.role not in (_ROLE.ROOT, _ROLE.RECOVERY):
            raise PkiError(f"no party of a drill acts as {identity.role.label}")
        if decision is None:
            raise CustodyError(
                f"nobody acts as {identity.role.label} without a decision [SEC L10.2(a)]"
            )
        custody, clock = self._pki.custody, self._clock
        if identity.role is _ROLE.ROOT:
            keys = ContingencyKeys(custody, decision, clock, generation)
            return Contingency(identity, keys, counters, self._suite)
        recovery = RecoverySigner(custody, decision, clock, generation)
        return Recovery(identity, recovery, counters, self._suite)

    def attacker(
        self,
        role: RemotePartyRole,
        generation: int,
        *,
        broker: int,
        symmetric_key: bytes | None,
        acting: RemotePartyRole | None = None,
    ) -> Attacker:
        """Somebody who acts in a role with a key that was stolen before.

        Args:
            acting: as for `party`.
            symmetric_key: the Contingency Symmetric Key, if it was overheard; else it is guessed.

        Raises:
            BenchError: that key was not compromised in this drill.
        """
        stolen = self._stolen.get((role, generation))
        if stolen is None:
            raise BenchError(
                f"nobody stole the {role.label} key of generation {generation}",
                "put a compromise step before it",
            )
        return Attacker(
            Identity(acting or role, self.entity_id(role)),
            stolen,
            self._counters_of(self.entity_id(role)),
            self._suite,
            self.broker(broker),
            symmetric_key or self._guesses.generate(_SYMMETRIC_OCTETS),
        )

    def steal(self, role: RemotePartyRole, generation: int, at: datetime, why: str) -> None:
        """Let a copy of a role's signing key fall into the attacker's hands.

        For `root` that is the key of the Root OCA, not the Contingency Private Key.
        """
        if role is _ROLE.ROOT:
            key = self._pki.authority(CertificateKind.ROOT_OCA, generation).private_key or b""
        elif role is _ROLE.RECOVERY:
            custody = self._pki.custody
            key = custody.compromise(CustodyKey.RECOVERY, at, why, generation=generation)
        else:
            key = self._pki.party(role, generation).private_key(KeyUsage.DIGITAL_SIGNATURE)
        self._stolen[role, generation] = key

    def entity_id(self, role: RemotePartyRole) -> EntityId:
        """The Entity Identifier of a role's party: one organisation through all generations."""
        if role is _ROLE.ROOT:
            return self._pki.contingency_entity_id
        return self._pki.party(role).entity_id

    def replacement(
        self, cell: TrustAnchorCellId, credential: Credential, root: int
    ) -> Replacement:
        """The certificate for a cell of a device that will then have that generation of root.

        Old keys were never certified under the new root: they keep their old certificates.
        """
        source, generation = credential
        under = generation if cell == ROOT_CELL else min(generation, root)
        return Replacement(self._pki.cell_certificate(source, generation, under).octets, cell)

    def path(self, generation: int, root: int, *, linked: bool = False) -> tuple[bytes, ...]:
        """What stands between such certificates and the root.

        Args:
            linked: add the certificate by which the old root vouches for the new one.
        """
        link = (self._pki.root_link().octets,) if linked else ()
        return (self._pki.issuing(min(generation, root)).octets, *link)

    def holding(self, credential: Credential) -> Holding:
        """What a cell with that credential reports."""
        return holding_of(self._pki.cell_certificate(*credential))

    def public_key(self, credential: Credential) -> bytes:
        """The 65-octet point in a cell with that credential."""
        return self._pki.cell_certificate(*credential).public_key

    def _counters_of(self, entity: EntityId) -> OriginatorCounters:
        return self._counters.setdefault(entity, OriginatorCounters(self._clock))


def holding_of(certificate: Certificate) -> Holding:
    """What a cell reports of a certificate; a root has no subject unique id."""
    subject_id = certificate.subject_unique_id
    return Holding(subject_id or ROOT_SUBJECT_ID, certificate.key_identifier)
