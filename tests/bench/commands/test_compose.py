"""What a composed command says and how it is protected; each part may be left out or false."""

from datetime import UTC, datetime

import pytest

from firmware_sim.bench.commands.compose import Content, Header, addressed, compose
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner
from firmware_sim.bench.commands.requests import Floors, Naming, UpdateRequest
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.protection import mac_is_valid
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    OWN_KEY_USAGES,
    DeviceType,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F
from tests.gbcs import independent, second_opinion
from tests.support.pki import FIRST

SUITE = P256Suite()
MODE, ROLE = ReplacementMode, RemotePartyRole
PARTY_KEY, BROKER_KEY, DEVICE_KEY = (bytes((number,)) * 32 for number in (1, 2, 3))
SIGNER, BROKER = KeySigner(PARTY_KEY, SUITE), AgreementKey(BROKER_KEY, SUITE)
HEADER = Header(EntityId(b"\x01" * 8), EntityId(b"\x02" * 8), 1000)
SUPPLIER = TrustAnchorCellId.parse("supplier.DS")
CERTIFICATE = FIRST.leaf(SUPPLIER).certificate
WHAT = (Replacement(CERTIFICATE, SUPPLIER),)


def control_of(content: Content) -> Control:
    return UpdateCommand.decode(content.payload).control


def update(request: UpdateRequest, device: DeviceType = DeviceType.ESME) -> Content:
    return Content.update(request, device, HEADER.counter)


@pytest.mark.parametrize(
    ("mode", "device", "named"),
    [
        # GBCS 13.3.3.1: named always, except where the Broker replaces its own on no hub.
        (MODE.SUPPLIER_BY_SUPPLIER, DeviceType.ESME, "supplier.DS"),
        (MODE.SUPPLIER_BY_TRANS_COS, DeviceType.GSME, "transitionalCoS.DS"),
        (MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, DeviceType.ESME, "recovery.DS"),
        (MODE.ANY_BY_CONTINGENCY, DeviceType.ESME, "root.CS"),
        (MODE.ACB_BY_ACB, DeviceType.CHF, "accessControlBroker.DS"),
    ],
)
def test_by_rule_the_cell_that_authorises_the_mode_is_named(
    mode: ReplacementMode, device: DeviceType, named: str
) -> None:
    control = control_of(update(UpdateRequest(mode, WHAT), device))
    assert control.authorising_cell == TrustAnchorCellId.parse(named)


def test_by_rule_the_brokers_own_update_on_a_meter_names_no_cell() -> None:
    assert control_of(update(UpdateRequest(MODE.ACB_BY_ACB, WHAT))).authorising_cell is None


def test_the_authorising_cell_can_be_left_out() -> None:
    request = UpdateRequest(MODE.ANY_BY_CONTINGENCY, WHAT, authorising_cell=Naming.LEFT_OUT)
    assert control_of(update(request)).authorising_cell is None


def test_another_cell_can_be_named_than_the_one_that_authorises() -> None:
    request = UpdateRequest(MODE.ACB_BY_ACB, WHAT, authorising_cell=SUPPLIER)
    assert control_of(update(request)).authorising_cell == SUPPLIER


def test_another_code_can_stand_in_the_header_than_the_modes() -> None:
    request = UpdateRequest(MODE.SUPPLIER_BY_SUPPLIER, WHAT)
    assert update(request).code == 0x0102
    assert update(request._replace(code=MessageCode(0x0109))).code == 0x0109


def test_the_counter_in_the_payload_may_differ_from_the_headers() -> None:
    request = UpdateRequest(MODE.SUPPLIER_BY_SUPPLIER, WHAT)
    message = addressed(Content.update(request, DeviceType.ESME, 7), HEADER)
    assert message.counter == 1000
    assert UpdateCommand.decode(message.payload).control.counter == 7


@pytest.mark.parametrize("execution", [None, datetime(2030, 1, 15, 12, tzinfo=UTC), NEVER])
def test_an_update_is_encoded_as_a_second_encoder_does_it(execution: datetime | None) -> None:
    request = UpdateRequest(
        MODE.SUPPLIER_BY_SUPPLIER,
        WHAT * 3,
        (CERTIFICATE,) * 2,
        Floors(5),
        time_checks=False,
        execution=execution,
    )
    payload = update(request).payload
    read = UpdateCommand.decode(payload)
    assert (read.control.floor, read.control.time_checks) == (5, False)
    assert (read.replacements, read.path) == (WHAT * 3, (CERTIFICATE,) * 2)
    assert read.execution == execution
    assert payload == second_opinion.encoded(UpdateCommand, second_opinion.values_of(read))


def test_the_symmetric_key_is_there_only_if_it_was_given() -> None:
    request = UpdateRequest(MODE.ANY_BY_CONTINGENCY, WHAT)
    assert control_of(update(request)).symmetric_key is None
    content = Content.update(request, DeviceType.ESME, 1000, bytes(16))
    assert control_of(content).symmetric_key == bytes(16)


@pytest.mark.parametrize(
    ("content", "signed", "maced"),
    [
        # GBCS 13.2 and 13.3: who signs, and whose commands carry the Broker's MAC.
        (update(UpdateRequest(MODE.SUPPLIER_BY_SUPPLIER, WHAT)), True, True),
        (update(UpdateRequest(MODE.ACB_BY_ACB, WHAT)), False, True),
        (update(UpdateRequest(MODE.ACB_BY_ACB, WHAT), DeviceType.CHF), True, True),
        (update(UpdateRequest(MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, WHAT)), True, False),
        (update(UpdateRequest(MODE.ANY_BY_CONTINGENCY, WHAT)), True, False),
        (Content.reading(ACB_KEY_AGREEMENT, (ROLE.SUPPLIER,)), False, True),
        (Content.reading(SUPPLIER, (ROLE.SUPPLIER,)), True, False),
        (Content.reading(SUPPLIER, (ROLE.SUPPLIER,), CS02F), True, False),
        (Content.own_key(CS02C, OWN_KEY_USAGES[0], ROLE.SUPPLIER), True, True),
        (Content.own_key(CS02E, OWN_KEY_USAGES[1], ROLE.SUPPLIER), True, True),
        (Content.own_certificate(CERTIFICATE, ROLE.SUPPLIER), True, True),
    ],
)
def test_a_command_carries_the_protection_that_its_use_case_demands(
    content: Content, signed: bool, maced: bool
) -> None:
    point = independent.public_key(DEVICE_KEY)
    composed = compose(content, HEADER, signer=SIGNER, broker=BROKER, agreement_key=point)
    message = parse_message(composed.build())
    assert (message.originator, message.target, message.counter) == HEADER
    assert (bool(message.signature), message.mac is not None) == (signed, maced)
    if signed:
        party = independent.public_key(PARTY_KEY)
        assert independent.verify(party, message.signed_octets(), message.signature or b"")
    if maced:
        secret = independent.agree(DEVICE_KEY, independent.public_key(BROKER_KEY))
        assert mac_is_valid(message, secret, SUITE)


def test_a_missing_signer_or_broker_is_an_error_where_one_is_due() -> None:
    content = update(UpdateRequest(MODE.SUPPLIER_BY_SUPPLIER, WHAT))
    with pytest.raises(LocalError, match="0102 is signed, and no signer"):
        compose(content, HEADER, broker=BROKER, agreement_key=SUITE.public_key(DEVICE_KEY))
    with pytest.raises(LocalError, match="0102 carries a MAC, and no broker"):
        compose(content, HEADER, signer=SIGNER)


def test_a_command_without_protection_has_an_empty_signature_and_no_mac() -> None:
    message = addressed(Content.reading(SUPPLIER, (ROLE.SUPPLIER,)), HEADER)
    assert (message.code, message.signature, message.mac) == (CS02A, b"", None)


def test_an_own_certificate_is_the_payload_as_it_is() -> None:
    content = Content.own_certificate(CERTIFICATE, ROLE.SUPPLIER)
    assert (content.code, content.payload) == (CS02D, CERTIFICATE)
