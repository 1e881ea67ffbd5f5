"""Recovery's and Contingency's keys: custody's, as far as a decision opens them.

Neither party has a key of its own. Every signature, and the symmetric key that a contingency
command carries in clear, is asked of custody with the decision (SEC L1.17(i), L10.2(a)).
"""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.governance.decision import VerifiedDecision
from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.bench.smki.custody import Custody, CustodyKey


class CustodySigner:
    """One of custody's two signing keys.

    Args:
        key: the Recovery or the Contingency Private Key.
        decision: what custody is shown at every use. When that is, the gate knows by its clock.
    """

    def __init__(
        self,
        custody: Custody,
        key: CustodyKey,
        decision: VerifiedDecision,
        generation: int = 1,
    ) -> None:
        self._custody = custody
        is_recovery = key is CustodyKey.RECOVERY
        self._sign = custody.sign_recovery if is_recovery else custody.sign_contingency
        self._decision = decision
        self._generation = generation

    def sign(self, octets: bytes) -> bytes:
        """64 octets r || s; GateError or CustodyError without a decision that holds."""
        return self._sign(self._decision, octets, generation=self._generation)

    def symmetric_key(self, device: DeviceContact, request: UpdateRequest) -> bytes:
        """The key that unwraps the contingency public key, for one command; errors as `sign`."""
        command = ProtectedCommand.of(device.entity_id, request.mode, request.replacements)
        return self._custody.release_symmetric_key(
            self._decision, command, generation=self._generation
        )
