"""What every command handler works with: the device's state and its ports."""

from dataclasses import dataclass, field
from datetime import datetime

from firmware_sim.gbcs.crypto import CryptoSuite, Signer
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.times import encode_date_time
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.image.records import DeviceKey
from firmware_sim.machine.ports import Clock, ClockReading, ClockReliability, Entropy
from firmware_sim.machine.state import DeviceState

# Clock status of a DLMS date-time: bit 0 invalid, bit 1 doubtful; FF is what reference
# messages show, and is read as "nothing is known of the clock" (inferred).
_CLOCK_STATUS = {
    ClockReliability.RELIABLE: 0x00,
    ClockReliability.UNRELIABLE: 0x02,
    ClockReliability.INVALID: 0xFF,
}


@dataclass(slots=True)
class Context:
    """State and ports of one powered device.

    Attributes:
        verified: knows certificates that were parsed and verified before; None for none.
        secrets: ECDH secrets with the keys of known parties, by public key; a static secret
            never changes while both keys stay.
        signer: signs with the device key that is its first item; see `sign`.
        faults: operations that fail whenever they are tried.
    """

    state: DeviceState
    policy: Policy
    suite: CryptoSuite
    clock: Clock
    entropy: Entropy
    verified: SignatureCache | None = None
    secrets: dict[bytes, bytes] = field(default_factory=dict)
    signer: tuple[DeviceKey, Signer] | None = None
    faults: frozenset[Fault] = frozenset()

    def sign(self, data: bytes) -> bytes:
        """The 64-octet signature with the digitalSignature key that the device has in use.

        What signs with it is kept for as long as the key: to make it costs as much as to sign.
        """
        key = self.state.keys[KeyUsage.DIGITAL_SIGNATURE]
        if self.signer is None or self.signer[0] != key:
            self.signer = (key, self.suite.signer(key.private_key, key.public_key))
        return self.signer[1](data)

    def forget_keys(self) -> None:
        """Drop all that was made of the device's own keys, of which one is no longer in use."""
        self.secrets.clear()
        self.signer = None

    def secret_with(self, public_key: bytes) -> bytes:
        """The 32-octet ECDH secret of the device's key agreement key and a party's point.

        Raises:
            RemoteError: the point is not on the curve.
        """
        secret = self.secrets.get(public_key)
        if secret is None:
            private_key = self.state.keys[KeyUsage.KEY_AGREEMENT].private_key
            secret = self.suite.agree(private_key, public_key)
            self.secrets[public_key] = secret
        return secret


def date_time_stamp(reading: ClockReading) -> bytes:
    """The 12-octet date-time of a response header, with the clock's reliability."""
    status = _CLOCK_STATUS[reading.reliability] if reading.status is None else reading.status
    return encode_date_time(reading.time, status)


def posix_seconds(at: datetime) -> int:
    """Whole seconds since 1970-01-01 UTC, as the image stores times; 0 for earlier ones."""
    return max(0, int(at.timestamp()))
