"""What a device sent, checked without the code that made it.

The header is cut by hand at the offsets of GBCS 7.2, signatures are verified by the
`cryptography` library and MACs by the second implementation in `tests.gbcs.independent`.
"""

from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import ExecutionOutcome, UpdateResponse
from firmware_sim.machine.machine import Effects
from tests.gbcs import independent
from tests.support.meter import Meter


class Answer(NamedTuple):
    """Fields of a response or alert; `protected_octets` are those that the protection covers."""

    cra: int
    counter: int
    originator: bytes
    target: bytes
    date_time: bytes
    code: int
    payload: bytes
    protected_octets: bytes


def signed_answer(octets: bytes, point: bytes) -> Answer:
    """A signed message; fails unless the 65-octet point verifies it."""
    assert octets[0] == 0xDF
    assert octets[-65] == 0x40
    covered, signature = octets[1:-65], octets[-64:]
    numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    public.verify(encode_dss_signature(*numbers), covered, ec.ECDSA(hashes.SHA256()))
    return _answer(covered)


def is_signed_by(octets: bytes, point: bytes) -> bool:
    try:
        signed_answer(octets, point)
    except InvalidSignature:
        return False
    return True


def maced_answer(octets: bytes, private_key: bytes, peer: bytes) -> Answer:
    """A message with a MAC; fails unless the secret of the two keys gives it."""
    assert octets[:7] == b"\xdd" + bytes(6)
    length, start = _length(octets, 7)
    assert length == len(octets) - start
    assert octets[start : start + 5] == b"\x11" + bytes(4)
    grouped, mac = octets[start + 5 : -12], octets[-12:]
    assert grouped[0] == 0xDF
    assert grouped[-1] == 0x00
    answer = _answer(grouped[1:-1])
    secret = independent.agree(private_key, peer)
    transaction = b"\x09" + grouped[2:11]
    other = bytes.fromhex("60857406080300") + answer.originator + transaction + answer.target
    key = sha256(b"\0\0\0\1" + secret + other).digest()[:16]
    iv = answer.originator + bytes(4)
    assert mac == independent.gmac(key, iv, b"\x11" + bytes(5) + grouped)[:12]
    return answer


def only(effects: Effects) -> bytes:
    """The one message of an input that was not refused."""
    assert effects.refusal is None, effects.refusal
    assert len(effects.messages) == 1
    return effects.messages[0]


def outcome(meter: Meter, effects: Effects) -> ExecutionOutcome:
    """The outcome in the signed response to an immediate update."""
    answer = signed_answer(only(effects), meter.signing_point)
    assert answer.cra == 2
    decoded = UpdateResponse.decode(answer.payload).outcome
    assert decoded is not None
    return decoded


def statuses(meter: Meter, effects: Effects) -> list[StatusCode]:
    return [item.status for item in outcome(meter, effects).outcomes]


def report(meter: Meter, effects: Effects) -> CredentialsReport:
    """The report in the response to a CS02a by the Access Control Broker."""
    broker = meter.generation.key_of("accessControlBroker.KA")
    answer = maced_answer(only(effects), broker, meter.agreement_point)
    return CredentialsReport.decode(answer.payload)


def _answer(covered: bytes) -> Answer:
    assert covered[0] == 9
    assert covered[10] == covered[19] == 8
    date_time_length = covered[28]
    at = 29 + date_time_length
    assert covered[at] == 2
    length, start = _length(covered, at + 3)
    assert start + length == len(covered)
    return Answer(
        cra=covered[1],
        counter=int.from_bytes(covered[2:10], "big"),
        originator=covered[11:19],
        target=covered[20:28],
        date_time=covered[29:at],
        code=int.from_bytes(covered[at + 1 : at + 3], "big"),
        payload=covered[start:],
        protected_octets=covered,
    )


def _length(octets: bytes, at: int) -> tuple[int, int]:
    """An A-XDR length and where its content starts."""
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    stop = at + 1 + first - 0x80
    return int.from_bytes(octets[at + 1 : stop], "big"), stop
