"""Every reason for refusing a message: reached, logged, answered as documented, without a trace."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import alert_code, refused
from tests.machine.commands.unfit_updates import UNFIT
from tests.support.answers import signed_answer
from tests.support.commands import (
    MODE,
    ROLE,
    by_contingency,
    by_recovery,
    maced,
    next_counter,
    query,
    replacements,
    signed,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, OWN_START, START, Meter, meter
from tests.support.pki import entity, key

STRANGER = EntityId(bytes.fromhex("02aabbccddeeff00"))
WAITING = DAY.replace(year=2027)


def wrong_mac(message: Message) -> bytes:
    assert message.mac is not None
    return replace(message, mac=bytes((message.mac[0] ^ 1,)) + message.mac[1:]).build()


def wrong_payload_octet(message: Message) -> bytes:
    payload = message.payload[:-1] + bytes((message.payload[-1] ^ 1,))
    return replace(message, payload=payload).build()


def unsigned(meter: Meter, message: Message) -> bytes:
    return maced(meter, replace(message, signature=b"")).build()


def without_mac(message: Message) -> bytes:
    return replace(message, mac=None).build()


def oversized(meter: Meter) -> bytes:
    message = query(meter)
    return replace(message, payload=bytes(MAX_MESSAGE_OCTETS)).build()


def full_of_waiting_commands(meter: Meter) -> bytes:
    modes = {
        MODE.SUPPLIER_BY_SUPPLIER: "supplier.DS",
        MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR: "networkOperator.DS",
        MODE.ACB_BY_ACB: "accessControlBroker.KA",
        MODE.TRANS_COS_BY_TRANS_COS: "transitionalCoS.DS",
    }
    for mode, name in modes.items():
        message = update(meter, mode, replacements([name]), execution=WAITING)
        assert meter.device.receive(message.build()).refusal is None
    return by_recovery(meter, execution=WAITING).build()


Make = Callable[[Meter], bytes]
REASON = RefusalReason

CASES: dict[str, tuple[Make, RefusalReason, int | None]] = {
    "no octets": (lambda m: b"", REASON.MALFORMED, None),
    "random octets": (lambda m: bytes(range(200)), REASON.MALFORMED, None),
    "truncated": (lambda m: query(m).build()[:-1], REASON.MALFORMED, None),
    "an octet too many": (lambda m: query(m).build() + b"\0", REASON.MALFORMED, None),
    "over the size limit": (oversized, REASON.MALFORMED, None),
    "payload is not DER": (
        lambda m: query(m, payload=b"\x30\x81\x00").build(),
        REASON.MALFORMED,
        None,
    ),
    "contingency without a symmetric key": (
        lambda m: by_contingency(m, control={"symmetric_key": None}).build(),
        REASON.MALFORMED,
        None,
    ),
    "for another device": (
        lambda m: query(m, target=STRANGER).build(),
        REASON.NOT_ADDRESSED_TO_US,
        None,
    ),
    "a response": (
        lambda m: query(m, cra=CraFlag.RESPONSE).build(),
        REASON.NOT_A_COMMAND,
        None,
    ),
    "an undefined code": (
        lambda m: query(m, code=MessageCode(0xEEEE)).build(),
        REASON.UNKNOWN_USE_CASE,
        None,
    ),
    "a use case that no device executes": (
        lambda m: query(m, code=MessageCode(0x0013)).build(),
        REASON.USE_CASE_NOT_SUPPORTED,
        None,
    ),
    "read by the broker with a signature": (
        lambda m: signed(replace(query(m), mac=None), key("any")).build(),
        REASON.WRONG_PROTECTION,
        0x8F1E,
    ),
    "read by the supplier with a MAC": (
        lambda m: unsigned(m, query(m, "supplier.DS")),
        REASON.WRONG_PROTECTION,
        0x8F1E,
    ),
    "update without its MAC": (
        lambda m: without_mac(supplier_by_supplier(m)),
        REASON.WRONG_PROTECTION,
        0x8F1E,
    ),
    "update without its signature": (
        lambda m: unsigned(m, supplier_by_supplier(m)),
        REASON.WRONG_PROTECTION,
        0x8F1E,
    ),
    "recovery with a MAC": (
        lambda m: maced(m, by_recovery(m)).build(),
        REASON.WRONG_PROTECTION,
        0x8F1E,
    ),
    "a pre-command": (
        lambda m: replace(by_recovery(m), signature=None).build(),
        REASON.WRONG_PROTECTION,
        0x8F1E,
    ),
    "counter as stored": (
        lambda m: supplier_by_supplier(m, counter=START).build(),
        REASON.REPLAYED,
        0x8F53,
    ),
    "counter below": (
        lambda m: query(m, counter=START - 1).build(),
        REASON.REPLAYED,
        0x8F53,
    ),
    "originator without the cell": (
        lambda m: supplier_by_supplier(m, originator=entity(ROLE.NETWORK_OPERATOR)).build(),
        REASON.NO_AUTHORITY,
        0x8F30,
    ),
    "a cell that no device of the type has": (
        lambda m: query(m, "wanProvider.DS").build(),
        REASON.NO_AUTHORITY,
        0x8F30,
    ),
    "mode and code of a party, signed by another": (
        lambda m: supplier_by_supplier(m, code=MessageCode(0x0103)).build(),
        REASON.NO_AUTHORITY,
        0x8F30,
    ),
    "read by a top-up cell": (
        lambda m: query(m, "supplier.KA.PP").build(),
        REASON.NO_AUTHORITY,
        0x8F30,
    ),
    "signed with another key": (
        lambda m: supplier_by_supplier(m, signer=key("thief")).build(),
        REASON.BAD_SIGNATURE,
        0x8F3D,
    ),
    "read signed with another key": (
        lambda m: signed(query(m, "supplier.DS"), key("thief")).build(),
        REASON.BAD_SIGNATURE,
        0x8F3D,
    ),
    "altered after signing": (
        lambda m: wrong_payload_octet(by_recovery(m)),
        REASON.BAD_SIGNATURE,
        0x8F3D,
    ),
    "contingency signed with another key": (
        lambda m: by_contingency(m, signer=key("thief")).build(),
        REASON.BAD_SIGNATURE,
        0x8F3D,
    ),
    "an octet of the MAC is wrong": (
        lambda m: wrong_mac(query(m)),
        REASON.BAD_MAC,
        0x8F3D,
    ),
    "MAC by another broker": (
        lambda m: maced(m, supplier_by_supplier(m), key("other broker")).build(),
        REASON.BAD_MAC,
        0x8F3D,
    ),
    "symmetric key does not unwrap": (
        lambda m: by_contingency(m, control={"symmetric_key": key("guess")[:16]}).build(),
        REASON.CONTINGENCY_KEY_DOES_NOT_UNWRAP,
        None,
    ),
    "symmetric key of another length": (
        lambda m: by_contingency(m, control={"symmetric_key": key("guess")}).build(),
        REASON.CONTINGENCY_KEY_DOES_NOT_UNWRAP,
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message_is_refused_logged_and_without_effect(case: str) -> None:
    make, reason, alert = CASES[case]
    esme = meter()
    effects = refused(esme, make(esme), reason)
    if alert is None:
        assert effects.messages == ()
        return
    (sent,) = effects.messages
    assert alert_code(esme, sent) == alert
    assert signed_answer(sent, esme.signing_point).target == entity(ROLE.SUPPLIER)


def test_no_fifth_command_waits_when_four_places_are_taken() -> None:
    esme = meter()
    octets = full_of_waiting_commands(esme)
    (answer,) = refused(esme, octets, REASON.NO_ROOM, spends=ROLE.RECOVERY).messages
    payload = signed_answer(answer, esme.signing_point).payload
    outcome = UpdateResponse.decode(payload).outcome
    assert outcome is not None
    assert {item.status for item in outcome.outcomes} == {StatusCode.RESOURCES_BUSY}


def test_every_reason_is_reached_by_a_case() -> None:
    # See also test_failing_flash and the alternatives of cancellation_of_nothing.
    elsewhere = {REASON.NO_ROOM, REASON.STORAGE_FAILED, REASON.NOTHING_TO_CANCEL}
    elsewhere |= {reason for _, reason, _, _ in UNFIT.values()}
    # What refuses a top-up has its cases in tests/machine/uses.
    elsewhere |= {reason for reason in REASON if "TOP_UP" in reason.name}
    reached = {reason for _, reason, _ in CASES.values()} | elsewhere
    assert reached == set(RefusalReason)


@pytest.mark.parametrize("case", ["counter as stored", "signed with another key"])
@pytest.mark.parametrize("device_type", [DeviceType.GSME, DeviceType.GPF])
def test_the_alert_of_a_zigbee_device_has_the_zigbee_form(
    case: str, device_type: DeviceType
) -> None:
    make, reason, alert = CASES[case]
    device = meter(device_type)
    (sent,) = refused(device, make(device), reason).messages
    assert alert_code(device, sent) == alert
    seconds = int.from_bytes(signed_answer(sent, device.signing_point).payload[5:9], "big")
    assert seconds == 825_681_600  # from 2000-01-01 to 2026-03-01T12:00


def test_a_hub_without_a_supplier_alerts_the_broker() -> None:
    hub = meter(DeviceType.CHF)
    (sent,) = refused(hub, query(hub, counter=START).build(), REASON.REPLAYED).messages
    assert signed_answer(sent, hub.signing_point).target == entity(ROLE.ACCESS_CONTROL_BROKER)


def test_the_dlms_alert_carries_counter_code_and_time() -> None:
    esme = meter()
    (sent,) = refused(esme, query(esme, counter=START).build(), REASON.REPLAYED).messages
    answer = signed_answer(sent, esme.signing_point)
    assert answer.counter == OWN_START
    expected = "0f20" + f"{OWN_START:06x}" + "00020212" + "8f53" + "090c"
    time = "07ea0301ff0c000000800000"  # 2026-03-01 12:00:00.00, deviation unknown, clock good
    assert answer.payload.hex() == expected + time


def test_checks_of_a_message_come_in_order() -> None:
    """A command with every fault is refused for the first; mended, for the next; and so on."""
    esme = meter()
    stranger = key("stranger")
    faults = {
        "target": STRANGER,
        "counter": START,
        "originator": STRANGER,
    }
    settings = [
        (faults, True, True, REASON.NOT_ADDRESSED_TO_US),
        (without(faults, "target"), True, True, REASON.REPLAYED),
        (without(faults, "target", "counter"), True, True, REASON.NO_AUTHORITY),
        ({}, True, True, REASON.BAD_SIGNATURE),
        ({}, False, True, REASON.BAD_MAC),
    ]
    for fields, bad_signature, bad_mac, reason in settings:
        message = supplier_by_supplier(
            esme, path=(), signer=stranger if bad_signature else None, **fields
        )
        refused(esme, maced(esme, message, stranger if bad_mac else None).build(), reason)
    accepted = esme.device.receive(supplier_by_supplier(esme, path=()).build())
    assert accepted.refusal is None, "a path is judged cell by cell, not refused"


def without(fields: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name not in names}


def test_refusal_names_originator_counter_code_and_reason() -> None:
    esme = meter()
    counter = next_counter()
    message = supplier_by_supplier(esme, counter=counter, signer=key("thief"))
    refusal = esme.device.receive(message.build()).refusal
    assert refusal is not None
    assert (refusal.originator, refusal.counter) == (entity(ROLE.SUPPLIER), counter)
    assert refusal.code == 0x0102
    assert refusal.reason.label == "bad signature"


def test_a_refused_message_leaves_its_tally_with_time_and_sender() -> None:
    esme = meter()
    refused(esme, query(esme, counter=START).build(), REASON.REPLAYED)
    (tally,) = esme.device.machine.state.tallies.values()
    assert tally.known_party
    assert tally.last_originator == entity(ROLE.ACCESS_CONTROL_BROKER)
    assert tally.first_time == tally.last_time == 1_772_366_400  # 2026-03-01T12:00:00Z
