"""Recovery: replaces Organisation Credentials, once the SMKI PMA requires it (SEC L10.2(a)).

The party has no key. Every signature is asked of custody, with the decision.
"""

from typing import ClassVar

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import Identity
from firmware_sim.bench.governance.decision import VerifiedDecision
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.smki.custody import Custody
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.machine.ports import Clock


class RecoverySigner:
    """Custody's Recovery Private Key, as far as a decision opens it."""

    def __init__(
        self, custody: Custody, decision: VerifiedDecision, clock: Clock, generation: int = 1
    ) -> None:
        self._custody = custody
        self._decision = decision
        self._clock = clock
        self._generation = generation

    def sign(self, octets: bytes) -> bytes:
        """64 octets r || s; GateError or CustodyError without a decision that holds."""
        at = self._clock.now().time
        generation = self._generation
        return self._custody.sign_recovery(self._decision, octets, at=at, generation=generation)


class Recovery(Party):
    """Holder of the recovery cell; also reads cells back with the same key."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(
        {ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY}
    )

    def __init__(
        self,
        identity: Identity,
        signer: RecoverySigner,
        counters: OriginatorCounters,
        suite: CryptoSuite,
    ) -> None:
        super().__init__(identity, signer, counters, suite)
