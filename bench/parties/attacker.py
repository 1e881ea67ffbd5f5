"""The attacker: speaks in the name of any role, with whatever keys fell into its hands.

Everything else it knows is public: certificates, Entity Identifiers, captured messages. It
gets MACs from the Access Control Broker, as somebody who abuses a party's own systems would.
"""

from typing import ClassVar

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import Identity, KeySigner
from firmware_sim.bench.parties.party import MacMaker, Party
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.replacement import ReplacementMode


class Attacker(Party):
    """Any mode, signed with a stolen key.

    Args:
        identity: whose name it uses.
        stolen: 32-octet scalar.
        symmetric_key: what it puts into anyByContingency as the key to unwrap with.
    """

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(ReplacementMode)

    def __init__(
        self,
        identity: Identity,
        stolen: bytes,
        counters: OriginatorCounters,
        suite: CryptoSuite,
        broker: MacMaker,
        symmetric_key: bytes,
    ) -> None:
        super().__init__(identity, KeySigner(stolen, suite), counters, suite, broker)
        self._guess = symmetric_key

    def _symmetric_key(self) -> bytes:
        return self._guess
