"""The firmware's signatures, MACs, responses and alerts: the octets that the simulator sends."""

from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from firmware_sim.bench.experiments.conformance.published_keys import read_published_keys
from firmware_sim.bench.experiments.conformance.reference import read_messages
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.roles import DeviceType, KeyUsage
from firmware_sim.machine.commands.respond import (
    critical_alert,
    maced_response,
    signed_alert,
    signed_response,
)
from firmware_sim.machine.context import date_time_stamp
from firmware_sim.machine.ports import ClockReliability
from tests.board.host_library import host_library
from tests.board.language_in_c import LanguageInC
from tests.board.responder_in_c import ResponderInC
from tests.gbcs import independent
from tests.gbcs.messages import PARTY, command
from tests.support.meter import Clock, Meter, meter

SUITE = P256Suite()
SIGNER = sha256(b"a signer").digest()
AGREER = sha256(b"an agreer").digest()
SECRET = independent.agree(SIGNER, independent.public_key(AGREER))
PAYLOADS = [b"", b"\x05\x00", bytes(0x7F), bytes(0x80), bytes(0xFF), bytes(0x100), bytes(2500)]
PAYLOAD_NAMES = [f"{len(payload)} octets" for payload in PAYLOADS]


@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOAD_NAMES)
def test_signatures_are_accepted_and_refused_alike(language: LanguageInC, payload: bytes) -> None:
    point = independent.public_key(SIGNER)
    message = with_signature(command(payload, mac=None), SIGNER, SUITE)
    assert language.is_signed_by(message.build(), point)
    assert not language.is_signed_by(message.build(), independent.public_key(AGREER))
    flipped = bytearray(message.build())
    flipped[12] ^= 1
    assert not language.is_signed_by(bytes(flipped), point)
    assert not language.is_signed_by(command(payload, signature=b"", mac=None).build(), point)


@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOAD_NAMES)
def test_macs_are_accepted_and_refused_alike(language: LanguageInC, payload: bytes) -> None:
    message = with_mac(command(payload, mac=None), SECRET, SUITE)
    assert language.has_mac_of(message.build(), SECRET)
    assert not language.has_mac_of(message.build(), bytes(32))
    flipped = bytearray(message.build())
    flipped[-1] ^= 1
    assert not language.has_mac_of(bytes(flipped), SECRET)
    assert not language.has_mac_of(command(payload, mac=None).build(), SECRET)


def test_reference_signatures_verify_in_c(language: LanguageInC, rtds: Path) -> None:
    keys = read_published_keys(rtds / "keystore.json", rtds / "issuers.json", SUITE)
    verified = 0
    for file in list(read_messages(rtds / "messages"))[::12]:
        message = parse_message(file.octets())
        known = keys.of(message.originator, KeyUsage.DIGITAL_SIGNATURE)
        if message.signature and known:
            octets = file.octets()
            assert any(
                language.is_signed_by(octets, each.certificate.public_key) for each in known
            ), file.path
            verified += 1
    assert verified > 10


@cache
def pair(device_type: DeviceType) -> tuple[Meter, ResponderInC]:
    """One device twice: simulated, and its image under the firmware."""
    one = meter(device_type, clock=Clock(datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)))
    library = host_library(f"responder {device_type.name}")
    return one, ResponderInC(library, one.device)


def asked(one: Meter) -> Message:
    return command(target=one.entity_id, supplementary=None)


@pytest.mark.parametrize("reliability", ClockReliability)
@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOAD_NAMES)
def test_signed_responses_are_the_same_octets_in_c(
    payload: bytes, reliability: ClockReliability
) -> None:
    one, responder = pair(DeviceType.ESME)
    one.clock.reliability = reliability
    responder.set_clock(one.clock.now())
    context = one.device.machine.context
    stamp = date_time_stamp(one.clock.now())
    for date_time in (b"", stamp):
        expected = signed_response(context, asked(one), payload, date_time)
        assert responder.signed(asked(one), payload, stamped=bool(date_time)) == expected


@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOAD_NAMES)
def test_maced_responses_are_the_same_octets_in_c(payload: bytes) -> None:
    one, responder = pair(DeviceType.ESME)
    context = one.device.machine.context
    recipient = independent.public_key(AGREER)
    expected = maced_response(context, asked(one), payload, recipient)
    secret = context.secret_with(recipient)
    assert responder.maced(asked(one), payload, secret) == expected


@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOAD_NAMES)
def test_signed_alerts_are_the_same_octets_in_c(payload: bytes) -> None:
    one, responder = pair(DeviceType.GSME)
    code, counter = MessageCode(0x00CB), 2**63 + 5
    expected = signed_alert(one.device.machine.context, code, counter, PARTY, payload)
    assert responder.alert(code, counter, PARTY, payload) == expected


@pytest.mark.parametrize("device_type", [DeviceType.ESME, DeviceType.GPF, DeviceType.CHF])
def test_critical_alerts_are_the_same_octets_in_c(device_type: DeviceType) -> None:
    one, responder = pair(device_type)
    responder.set_clock(one.clock.now())
    code, counter = AlertCode.OTHER_AUTHENTICATION_FAILED, 0x0102030405
    expected = critical_alert(one.device.machine.context, code, counter, PARTY)
    assert responder.critical_alert(code, counter, PARTY) == expected


def test_messages_follow_each_other_and_one_too_many_is_left_out() -> None:
    one, responder = pair(DeviceType.ESME)
    first = responder.signed(asked(one), bytes(300), stamped=True)
    second = responder.maced(asked(one), bytes(9), SECRET)
    assert first is not None
    assert second is not None
    both = [(bytes(300), True), (bytes(9), False)]
    assert responder.in_one_buffer(asked(one), both, SECRET, 2048) == [first, second]
    assert responder.in_one_buffer(asked(one), both, SECRET, len(first) + len(second) - 1) == [
        first,
        None,
    ]
