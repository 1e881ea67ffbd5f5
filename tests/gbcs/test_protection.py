"""Signature, message key and MAC: rebuilt from independent primitives, and on every message."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.protection import (
    mac_is_valid,
    message_key,
    message_mac,
    signature_is_valid,
    with_mac,
    with_signature,
)
from tests.gbcs import independent
from tests.gbcs.messages import DEVICE, PARTY, command

SUITE = P256Suite()
BROKER = "90b3d51f30000002"
PARTY_KEY = sha256(b"a party").digest()
DEVICE_KEY = sha256(b"a device").digest()
PARTY_POINT = independent.public_key(PARTY_KEY)
DEVICE_POINT = independent.public_key(DEVICE_KEY)
SECRET = independent.agree(PARTY_KEY, DEVICE_POINT)


def independent_key(secret: bytes, message: Message) -> bytes:
    """SP 800-56A single-step KDF, OtherInfo as the reference messages prove it."""
    other_info = b"".join(
        (
            bytes.fromhex("60857406080300"),
            message.originator,
            b"\x09",
            bytes((message.cra,)),
            message.counter.to_bytes(8, "big"),
            message.target,
        )
    )
    assert len(other_info) == 33
    return sha256(b"\x00\x00\x00\x01" + secret + other_info).digest()[:16]


def independent_mac(secret: bytes, message: Message) -> bytes:
    """GMAC over security control octet, five empty fields, and everything between the MACs."""
    octets = message.build()
    if octets[0] == 0xDD:
        octets = octets[octets.index(b"\x11\x00\x00\x00\x00\xdf\x09") + 5 : -12]
    data = bytes.fromhex("110000000000") + octets
    key = independent_key(secret, message)
    return independent.gmac(key, message.originator + bytes(4), data)[:12]


def test_message_key_is_the_independent_one() -> None:
    message = command()
    key = message_key(
        SECRET, originator=PARTY, cra=CraFlag.COMMAND, counter=message.counter, target=DEVICE
    )
    assert key == independent_key(SECRET, message)
    assert SUITE.agree(DEVICE_KEY, PARTY_POINT) == SECRET


@pytest.mark.parametrize("signature", [b"", b"\x55" * 64])
def test_mac_is_the_independent_one(signature: bytes) -> None:
    message = command(signature=signature)
    assert message_mac(message, SECRET, SUITE) == independent_mac(SECRET, message)


def test_protected_message_is_valid_for_the_other_side() -> None:
    signed = with_signature(command(signature=b"", mac=None), PARTY_KEY, SUITE)
    protected = with_mac(signed, SECRET, SUITE)
    arrived = parse_message(protected.build())
    assert signature_is_valid(arrived, PARTY_POINT, SUITE)
    assert mac_is_valid(arrived, SUITE.agree(DEVICE_KEY, PARTY_POINT), SUITE)
    assert independent.verify(PARTY_POINT, arrived.signed_octets(), arrived.signature or b"")


def test_each_octet_of_a_protected_message_counts() -> None:
    signed = with_signature(command(signature=b"", mac=None), PARTY_KEY, SUITE)
    octets = with_mac(signed, SECRET, SUITE).build()
    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1
        try:
            message = parse_message(bytes(changed))
        except RemoteError:
            continue
        assert not mac_is_valid(message, SECRET, SUITE), at


@pytest.mark.parametrize("date_time", [b"", bytes(12)], ids=["plain", "with a date-time"])
def test_a_message_built_while_it_is_signed_is_the_signed_message(date_time: bytes) -> None:
    message = replace(command(), date_time=date_time, signature=b"", mac=None)
    key = b"\3" * 32
    octets = message.build_signed(lambda data: SUITE.sign(key, data))
    assert octets == with_signature(message, key, SUITE).build()
    assert signature_is_valid(parse_message(octets), SUITE.public_key(key), SUITE)


def test_changes_to_signed_octets_alone_break_the_signature() -> None:
    signed = with_signature(command(mac=None), PARTY_KEY, SUITE)
    changes: dict[str, Any]
    for changes in (
        {"cra": CraFlag.RESPONSE},
        {"counter": signed.counter + 1},
        {"originator": DEVICE},
        {"target": PARTY},
        {"code": 0x0103},
        {"payload": b"\x05\x01"},
        {"date_time": bytes(12)},
    ):
        assert not signature_is_valid(replace(signed, **changes), PARTY_POINT, SUITE)
    assert signature_is_valid(replace(signed, mac=bytes(12)), PARTY_POINT, SUITE)


def test_absent_protection_is_never_valid() -> None:
    bare = command(signature=b"", mac=None)
    assert not signature_is_valid(bare, PARTY_POINT, SUITE)
    assert not signature_is_valid(replace(bare, signature=None), PARTY_POINT, SUITE)
    assert not mac_is_valid(bare, SECRET, SUITE)


def test_key_of_one_message_is_of_no_other() -> None:
    """Each field that goes into the key changes it: counter, direction and both parties."""
    fields: dict[str, Any] = {
        "originator": PARTY,
        "cra": CraFlag.COMMAND,
        "counter": 1,
        "target": DEVICE,
    }
    keys = {
        message_key(SECRET, **{**fields, **change})
        for change in (
            {},
            {"counter": 2},
            {"cra": CraFlag.RESPONSE},
            {"originator": DEVICE},
            {"target": PARTY},
        )
    }
    assert len(keys) == 5


def test_reference_macs_are_the_independent_ones(rtds: Path) -> None:
    """With a published device key, both sides' secrets agree and the MACs come out equal."""
    entries = json.loads((rtds / "keystore.json").read_text())
    devices = [
        entry
        for entry in entries
        if entry["usage"] == "ka" and entry.get("private_scalar") and entry["entity"][:2] == "00"
    ]
    owner = (BROKER, "ka")
    broker = next(entry for entry in entries if (entry["entity"], entry["usage"]) == owner)
    device = bytes.fromhex(devices[0]["private_scalar"])
    point = bytes.fromhex(broker["certificate"])
    point = point[point.index(bytes.fromhex("03420004")) + 3 :][:65]
    secret = independent.agree(device, point)
    assert SUITE.agree(device, point) == secret
    checked = 0
    for path in sorted((rtds / "messages").rglob("*COMMAND_GBCS.HEX"))[::10]:
        message = parse_message(bytes.fromhex(path.read_text()))
        if message.mac is None or message.target.hex() != devices[0]["entity"]:
            continue
        assert independent_mac(secret, message) == message.mac
        assert mac_is_valid(message, secret, SUITE)
        checked += 1
    assert checked


def test_reference_signatures_verify_with_the_independent_implementation(rtds: Path) -> None:
    certificates = {
        entry["entity"]: bytes.fromhex(entry["certificate"])
        for entry in json.loads((rtds / "keystore.json").read_text())
        if entry["usage"] == "ds"
    }
    for path in sorted((rtds / "messages").rglob("CS02b*COMMAND_GBCS.HEX"))[:3]:
        message = parse_message(bytes.fromhex(path.read_text()))
        if message.signature:
            octets = certificates[message.originator.hex()]
            point = octets[octets.index(bytes.fromhex("03420004")) + 3 :][:65]
            assert independent.verify(point, message.signed_octets(), message.signature)
            assert signature_is_valid(message, point, SUITE)
