"""The parties of a drill, with their generations of credentials, each by its own keys."""

from typing import Final

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner, Signer
from firmware_sim.bench.drills.certificates import DrillCertificates, Names
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.governance.decision import VerifiedDecision
from firmware_sim.bench.parties.custody_keys import CustodySigner
from firmware_sim.bench.parties.party import AccessControlBroker, Originator, Party
from firmware_sim.bench.smki.custody import CustodyError, CustodyKey
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    KeyUsage,
    RemotePartyRole,
)

_ROLE = RemotePartyRole
IN_CUSTODY: Final = {_ROLE.ROOT: CustodyKey.CONTINGENCY, _ROLE.RECOVERY: CustodyKey.RECOVERY}
"""Parties whose keys custody holds, which signs for them in their own name only."""

_KEY_HOLDERS: Final = (
    _ROLE.SUPPLIER,
    _ROLE.NETWORK_OPERATOR,
    _ROLE.TRANSITIONAL_COS,
    _ROLE.WAN_PROVIDER,
)
SPEAKERS: Final = (*_KEY_HOLDERS, _ROLE.ACCESS_CONTROL_BROKER, *IN_CUSTODY)
"""Roles in which a party of a drill sends commands."""


class DrillParties(DrillCertificates):
    """Makes parties on demand. One organisation has one sequence of Originator Counters.

    Args:
        names: as for `DrillCertificates`.
    """

    def __init__(
        self, pki: DrillPki, suite: CryptoSuite, clock: StillClock, names: Names | None = None
    ) -> None:
        super().__init__(pki, suite, names)
        self._clock = clock
        self._counters: dict[EntityId, OriginatorCounters] = {}
        self._brokers: dict[int, AccessControlBroker] = {}

    @property
    def pki(self) -> DrillPki:
        """Whose certificates all have."""
        return self._pki

    def broker(self, generation: int) -> AccessControlBroker:
        """The Access Control Broker with one generation of its keys."""
        if generation not in self._brokers:
            role = _ROLE.ACCESS_CONTROL_BROKER
            originator = Originator(role, self.entity_id(role))
            self._brokers[generation] = AccessControlBroker(
                originator,
                self._signer(role, generation),
                self.macs(generation),
                self.counters_of(originator),
                self._suite,
            )
        return self._brokers[generation]

    def party(
        self,
        role: RemotePartyRole,
        generation: int,
        *,
        broker: int,
        decision: VerifiedDecision | None,
        acting: RemotePartyRole | None = None,
        organisation: str = "",
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
        if acts_as in IN_CUSTODY:
            originator = Originator(acts_as, self.entity_id(role))
            return self._gated(originator, generation, decision)
        if acts_as not in _KEY_HOLDERS:
            raise PkiError(f"no party of a drill acts as {acts_as.label}")
        originator = Originator(acts_as, self.entity_id(role, organisation))
        signer = self._signer(role, generation, organisation)
        counters = self.counters_of(originator)
        return Party(originator, signer, counters, self._suite, self.macs(broker))

    def _gated(
        self,
        originator: Originator,
        generation: int,
        decision: VerifiedDecision | None,
    ) -> Party:
        role = originator.role
        if decision is None:
            raise CustodyError(f"no party acts as {role.label} without a decision [SEC L10.2(a)]")
        key = IN_CUSTODY[role]
        signer = CustodySigner(self._pki.custody, key, decision, generation)
        is_contingency = key is CustodyKey.CONTINGENCY
        return Party(
            originator,
            signer,
            self.counters_of(originator),
            self._suite,
            symmetric_key=signer.symmetric_key if is_contingency else None,
        )

    def _signer(self, role: RemotePartyRole, generation: int, organisation: str = "") -> Signer:
        key = self.credentials(role, generation, organisation)
        return KeySigner(key.private_key(KeyUsage.DIGITAL_SIGNATURE), self._suite)

    def macs(self, generation: int) -> AgreementKey:
        """What the Access Control Broker makes MACs with."""
        held = self.credentials(_ROLE.ACCESS_CONTROL_BROKER, generation)
        return AgreementKey(held.private_key(KeyUsage.KEY_AGREEMENT), self._suite)

    def counters_of(self, originator: Originator) -> OriginatorCounters:
        """The counters that go with an Entity Identifier."""
        return self._counters.setdefault(originator.entity_id, OriginatorCounters(self._clock))
