"""Contingency: replaces the root and everything under it, once the SMKI PMA requires it.

The party has no key. The signature and the symmetric key, which the command carries in clear,
are asked of custody with the decision (SEC L1.17(i), L10.2(a)).
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


class ContingencyKeys:
    """Custody's Contingency Private Key and symmetric key, as far as a decision opens them."""

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
        return self._custody.sign_contingency(self._decision, octets, at=at, generation=generation)

    def symmetric_key(self) -> bytes:
        """The key that unwraps the contingency public key; errors as `sign`."""
        at = self._clock.now().time
        return self._custody.release_symmetric_key(
            self._decision, at=at, generation=self._generation
        )


class Contingency(Party):
    """Originator of anyByContingency; its role is root, whose cell carries its wrapped key."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset({ReplacementMode.ANY_BY_CONTINGENCY})

    def __init__(
        self,
        identity: Identity,
        keys: ContingencyKeys,
        counters: OriginatorCounters,
        suite: CryptoSuite,
    ) -> None:
        super().__init__(identity, keys, counters, suite)
        self._keys = keys

    def _symmetric_key(self) -> bytes:
        return self._keys.symmetric_key()
