"""Uses of keys for the devices of `tests.support.meter`, any part of which may be wrong.

UTRNs and encrypted values are made and read here by the rules of the specification with AES-GCM of
the `cryptography` library and ECDH of the second implementation: not with the code under test.
"""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from firmware_sim.gbcs.check_digit import check_digit
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS01A,
    CS01B,
    CS06,
    ECS17C,
    ECS52,
    GCS09,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
)
from tests.gbcs import independent
from tests.support.commands import maced, next_counter, signed
from tests.support.meter import Meter, own_key
from tests.support.pki import cell, entity

STEP = 1 << 32
PENCE, POUNDS = 0, 1

_OFFSET = 7_394_156_990_786_306_048


def use(
    meter: Meter,
    code: MessageCode,
    payload: str | bytes,
    asking: str = "supplier.KA",
    *,
    signer: bytes | None = None,
    broker: bytes | None = None,
    **fields: Any,
) -> Message:
    """A command; ``<c3>`` in a payload stands for the low three octets of its counter.

    Args:
        asking: cell of the party; one for signatures makes a signed command.
        broker: another key than the Access Control Broker's, for the MAC.
    """
    party = cell(asking)
    counter = fields.pop("counter", next_counter())
    if isinstance(payload, str):
        payload = bytes.fromhex(payload.replace("<c3>", f"{counter & 0xFFFFFF:06x}"))
    origin = fields.pop("originator", entity(party.role))
    message = Message(CraFlag.COMMAND, counter, origin, meter.entity_id, code, payload)
    message = replace(message, **fields)
    if party.key_usage is KeyUsage.DIGITAL_SIGNATURE:
        message = signed(message, signer or meter.generation.key_of(party))
    return maced(meter, message, broker) if broker else maced(meter, message)


READ_VERSION = "d920<c3>00 01 01 0001 0000000201ff 02 01 00"


def read_version(meter: Meter, **changes: Any) -> Message:
    return use(meter, ECS52, READ_VERSION, **changes)


def secret(meter: Meter, private_key: bytes) -> bytes:
    """Of a party's key and the device's key agreement key."""
    return _agree(private_key, meter.agreement_point)


_agree = lru_cache(independent.agree)


def derived(shared: bytes, first: bytes, flag: int, counter: int, second: bytes) -> bytes:
    head = bytes.fromhex("00000001") + shared + bytes.fromhex("60857406080300")
    rest = first + bytes((9, flag)) + counter.to_bytes(8, "big") + second
    return sha256(head + rest).digest()[:16]


def token(
    meter: Meter,
    counter: int,
    pence: int = 1250,
    *,
    value_class: int = PENCE,
    signer: bytes | None = None,
    supplier: EntityId | None = None,
    device: EntityId | None = None,
) -> str:
    """Twenty digits by the supplier's prepayment key; `pence` is the value, whatever its class."""
    prepayment = cell("supplier.KA.PP")
    supplier = supplier or entity(prepayment.role)
    device = device or meter.entity_id
    shared = secret(meter, signer or meter.generation.key_of(prepayment))
    head = ((counter >> 32) % 1024 << 15) | value_class << 13 | pence
    covered = b"\x11" + bytes(5) + supplier + device + b"\x01" + counter.to_bytes(8, "big")
    key = derived(shared, supplier, 1, counter, device)
    tag = AESGCM(key).encrypt(supplier + bytes(4), b"", covered + head.to_bytes(4, "big"))
    digits = str(_OFFSET + (head << 32 | int.from_bytes(tag[-4:], "big")))
    return digits + check_digit(digits)


def top_up(meter: Meter, digits: str, counter: int, **changes: Any) -> Message:
    """The command of the device's type that brings these digits."""
    text = digits.encode("ascii")
    if meter.device.device_type.name == "ESME":
        size = bytes((len(text),)).hex()
        head = "d920<c3>00 01 03 0073 0000132800ff 01 01 09" + size
        return use(meter, CS01A, head + text.hex(), counter=counter, **changes)
    frame = bytes.fromhex("010004") + b"\0" + bytes((len(text),)) + text
    payload = bytes.fromhex("0109 01 01 0705") + len(frame).to_bytes(2, "big") + frame
    return use(meter, CS01B, payload, counter=counter, **changes)


def opened(meter: Meter, item: bytes, private_key: bytes, reader: bytes, counter: int) -> bytes:
    """What an encrypted item holds for the owner of a private key."""
    assert item[:5] == bytes.fromhex("3100000000")
    key = derived(secret(meter, private_key), meter.entity_id, 4, counter, reader)
    iv, sealed = meter.entity_id + bytes(4), item[5:]
    # The library checks 16 octets of a tag: the keystream is taken from it, and the tag compared.
    keystream = AESGCM(key).encrypt(iv, bytes(len(sealed) - 12), b"\x31")
    plain = bytes(a ^ b for a, b in zip(sealed[:-12], keystream, strict=False))
    assert AESGCM(key).encrypt(iv, plain, b"\x31")[: len(sealed)] == sealed
    return plain


def activation(
    meter: Meter, image_hash: bytes, execution: datetime | None = None, **changes: Any
) -> Message:
    """CS06 in DER written by hand."""
    counter = changes.pop("counter", next_counter())
    number = counter.to_bytes(counter.bit_length() // 8 + 1, "big")
    content = b"\x04\x20" + image_hash + bytes((2, len(number))) + number
    if execution is not None:
        content += b"\x18\x0f" + execution.strftime("%Y%m%d%H%M%SZ").encode()
    payload = bytes((0x30, len(content))) + content
    asking = changes.pop("asking", "supplier.DS")
    return use(meter, CS06, payload, asking, counter=counter, **changes)


PAYLOADS = {
    ECS52: READ_VERSION,
    ECS17C: "d920<c3>00 01 01 0001 00005e2c2214 02 01 00",
    CCS05: "d920<c3>00 01 01 0068 00001e0300ff 04 01 00",
    GCS38: "0109 01 01 0702 0005 00 00 00 0602",
    GCS13A: "0109 01 01 0702 000b 00 00 00 0203 0103 0003 0000",
    GCS39: "0109 01 01 0702 0015 01 00 0b 01020304 05060708 00000000 0a0b0c0d 01 00",
    GCS61: "0109 01 01 0702 000c 01 00 08 0200 01000000 00 2900",
    GCS09: "0109 01 01 0708 0014 09 00 00 00000000 804a371c 00 206ec61f 00020000",
}
PROTECTED_READ = (
    "d920<c3>00 01 03 001e 00002b0208ff 01 01 0202 0101 0205 12 0001 0906 {obis} 0f02 12 0000"
    " 0202 1600 00 0101 0202 1602 0205 0909 04{counter} 0908{party} 0908{device} 0900"
    " 0202 1602 0202 0901 02 0900"
)


def sample(meter: Meter, code: MessageCode, asking: str) -> Message:
    """A command of a use case that a device carries out."""
    if code in (CS01A, CS01B):
        return top_up(meter, token(meter, 5 * STEP), 5 * STEP)
    if code == CS06:
        return activation(meter, bytes(32), asking=asking)
    if code in PAYLOADS:
        return use(meter, code, PAYLOADS[code], asking)
    counter, party = next_counter(), entity(cell(asking).role).hex()
    numbers = {"counter": f"{counter:016x}", "obis": "00005e2c220a"}
    payload = PROTECTED_READ.format(party=party, device=meter.entity_id.hex(), **numbers)
    return use(meter, code, payload, asking, counter=counter)


def own_agreement_key(meter: Meter) -> bytes:
    return own_key(meter.device.device_type, KeyUsage.KEY_AGREEMENT)
