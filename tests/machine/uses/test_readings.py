"""Reading a device: what is answered, to whom, and what is encrypted for whom."""

from dataclasses import replace

import pytest

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.message import Supplementary
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import (
    CCS05,
    ECS17B,
    ECS17C,
    ECS52,
    GCS09,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
)
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.refusals import RefusalReason
from tests.support.answers import Answer, maced_answer, signed_answer
from tests.support.commands import MODE, maced, replacements, update
from tests.support.meter import DAY, Meter, meter
from tests.support.pki import FIRST, SECOND_UNDER_FIRST, Generation, cell, entity, key
from tests.support.uses import PROTECTED_READ, opened, own_agreement_key, read_version, use

REASON = RefusalReason
SUPPLIER, NETWORK, BROKER = "supplier.KA", "networkOperator.KA", "accessControlBroker.KA"
POWER = "d920<c3>00 01 01 0001 00005e2c2214 02 01 00"
GAS_VALUES = "0109 01 01 0702 000b 00 00 00 0203 0103 0003 0000"


def answer(
    device: Meter, effects: Effects, asking: str = SUPPLIER, generation: Generation = FIRST
) -> Answer:
    assert effects.refusal is None, effects.refusal
    (octets,) = effects.messages
    point = parse_certificate(generation.leaf(asking).certificate).public_key
    return maced_answer(octets, own_agreement_key(device), point)


def protected_read(
    device: Meter, asking: str = SUPPLIER, counter: int = 900_000, obis: str = "00005e2c220a"
) -> bytes:
    party = entity(cell(asking).role).hex()
    payload = PROTECTED_READ.format(
        obis=obis, counter=f"{counter:016x}", party=party, device=device.entity_id.hex()
    )
    return use(device, ECS17B, payload, asking, counter=counter).build()


def item_of(payload: bytes) -> bytes:
    """From the ``31`` to the tag: what stands before the result of a DLMS answer."""
    return payload[payload.index(bytes.fromhex("3100000000")) : -3]


def test_an_electricity_meter_tells_its_firmware_version_without_a_clock() -> None:
    esme = meter()
    command = read_version(esme)
    told = answer(esme, esme.device.receive(command.build()))
    low = f"{command.counter & 0xFFFFFF:06x}"
    assert told.payload.hex() == f"da20{low}000001090400000001010100"
    assert told.date_time == b""
    assert told.counter == command.counter


def test_a_gas_meter_tells_its_firmware_version() -> None:
    gsme = meter(DeviceType.GSME)
    told = answer(
        gsme,
        gsme.device.receive(use(gsme, GCS38, "0109 01 01 0702 0005 00 00 00 0602").build()),
    )
    assert told.payload.hex() == "010901010702000c08000106020041" + "0400000001"


@pytest.mark.parametrize("asking", [SUPPLIER, NETWORK])
def test_import_registers_open_with_the_askers_key_and_no_other(asking: str) -> None:
    esme, counter = meter(), 900_000
    told = answer(esme, esme.device.receive(protected_read(esme, asking)), asking)
    assert told.date_time
    item, reader = item_of(told.payload), entity(cell(asking).role)
    plain = opened(esme, item, FIRST.key_of(cell(asking)), reader, counter)
    assert plain.hex() == "020102040600000000" + "02020f00161e" + "060000000002020f001620"
    with pytest.raises(AssertionError):
        opened(esme, item, key("thief"), reader, counter)


def test_power_registers_are_told_to_the_network_operator_in_the_clear() -> None:
    esme = meter()
    command = use(esme, ECS17C, POWER, NETWORK)
    told = answer(esme, esme.device.receive(command.build()), NETWORK)
    assert told.payload.hex().endswith("0203060000000002020f00161b0600000000" + "010100")
    assert told.date_time


def test_gas_registers_are_encrypted_in_one_item() -> None:
    for device_type in (DeviceType.GSME, DeviceType.GPF):
        device, counter = meter(device_type), 900_000
        command = use(device, GCS13A, GAS_VALUES, counter=counter)
        told = answer(device, device.device.receive(command.build()))
        head, item = told.payload[:15], told.payload[15:]
        length = len(item)
        assert head[:6].hex() == "010901030702"
        assert head[8:].hex() == "0000" + "180001" + f"{length:04x}"
        plain = opened(
            device, item, FIRST.key_of(cell(SUPPLIER)), entity(cell(SUPPLIER).role), counter
        )
        expected = "02030022e80300" + "01030022010000" + "0003003001" + "00000025000000000000"
        assert plain.hex() == expected


def test_a_thief_of_the_suppliers_old_key_reads_the_old_answer_and_not_the_new() -> None:
    """What he recorded before stays open to him: that is the exposure."""
    esme, thief = meter(), FIRST.key_of(cell(SUPPLIER))
    supplier = entity(cell(SUPPLIER).role)
    before = answer(esme, esme.device.receive(protected_read(esme, counter=900_000)))
    what = replacements([SUPPLIER])
    changed = update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, counter=900_001).build()
    assert esme.device.receive(changed).refusal is None
    effects = esme.device.receive(protected_read(esme, counter=900_002))
    after = answer(esme, effects, generation=SECOND_UNDER_FIRST)
    opened(esme, item_of(before.payload), thief, supplier, 900_000)
    with pytest.raises(AssertionError):
        opened(esme, item_of(after.payload), thief, supplier, 900_002)
    opened(
        esme,
        item_of(after.payload),
        SECOND_UNDER_FIRST.key_of(cell(SUPPLIER)),
        supplier,
        900_002,
    )
    with pytest.raises(AssertionError):
        answer(esme, effects)


def test_the_broker_reads_a_hubs_log_for_a_user_whom_the_answer_names() -> None:
    hub = meter(DeviceType.CHF)
    user = Supplementary(entity(RemotePartyRole.SUPPLIER), 77)
    payload = "d920<c3>00 01 01 0068 00001e0300ff 04 01 00"
    command = use(hub, CCS05, payload, BROKER)
    command = maced(hub, replace(command, supplementary=user))
    effects = hub.device.receive(command.build())
    (octets,) = effects.messages
    assert b"\x12\x00\x04" + user.octets() in octets
    assert bytes.fromhex("0000010100010100") in octets


def test_supplementary_fields_of_a_supplier_or_a_certificate_of_a_user_are_refused() -> None:
    esme = meter()
    user = Supplementary(entity(RemotePartyRole.NETWORK_OPERATOR), 77)
    for wrong in (
        maced(esme, replace(read_version(esme), supplementary=user)),
        maced(
            esme,
            replace(
                read_version(esme, asking=BROKER),
                supplementary=replace(user, certificate=FIRST.leaf(NETWORK).certificate),
            ),
        ),
    ):
        effects = esme.device.receive(wrong.build())
        assert effects.messages == ()
        assert effects.refusal is not None
        assert effects.refusal.reason is REASON.MALFORMED


DLMS_ITEMS = {
    "an object of another use case": (POWER, "00000100010104"),
    "an action": ("d920<c3>00 01 03 0009 00000a006aff 01 01 120036", "00000100010304"),
    "two objects, the first unknown": (
        "d920<c3>00 02 01 0001 00005e2c2214 02 01 0001 0000000201ff 02 02 00 00",
        "000002000002010401fa",
    ),
}


@pytest.mark.parametrize("case", DLMS_ITEMS)
def test_an_object_that_is_not_of_the_use_case_is_undefined_and_later_items_fail(case: str) -> None:
    esme = meter()
    asked, expected = DLMS_ITEMS[case]
    told = answer(esme, esme.device.receive(use(esme, ECS52, asked).build()))
    assert told.payload.hex()[10:] == expected.replace(" ", "")


LISTS = {
    "33 items": "d920<c3>00 21" + " 01 0001 0000000201ff 02" * 33 + " 21" + " 00" * 33,
    "no items": "d920<c3>00 00 00",
    "fewer values": "d920<c3>00 01 01 0001 0000000201ff 02 00",
    "a read with a value": "d920<c3>00 01 01 0001 0000000201ff 02 01 1100",
    "nine levels": "d920<c3>00 01 03 0001 0000000201ff 02 01" + " 0101" * 9 + " 00",
    "a million elements": "d920<c3>00 01 03 0001 0000000201ff 02 01 0182ffff 00",
    "an unknown type": "d920<c3>00 01 03 0001 0000000201ff 02 01 77",
}


@pytest.mark.parametrize("case", LISTS)
def test_a_dlms_list_that_does_not_fit_is_malformed_and_spends_the_counter(case: str) -> None:
    esme = meter()
    command = use(esme, ECS52, LISTS[case])
    effects = esme.device.receive(command.build())
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is REASON.MALFORMED
    assert esme.counter(RemotePartyRole.SUPPLIER) == command.counter


def test_a_protected_read_with_another_title_gives_other_reason() -> None:
    esme = meter()
    payload = PROTECTED_READ.format(
        obis="00005e2c220a", counter=f"{7:016x}", party=bytes(8).hex(), device=bytes(8).hex()
    )
    told = answer(esme, esme.device.receive(use(esme, ECS17B, payload).build()))
    assert told.payload.hex()[10:] == "000001000103fa"


FRAMES = {
    "a length too long": "0109 01 01 0702 0006 00 00 00 0602",
    "a length too short": "0109 01 01 0702 0004 00 00 00 0602",
    "two components announced": "0109 02 01 0702 0005 00 00 00 0602",
    "two components": "0109 02 00 0702 0005 00 00 00 0602 01 0702 0005 00 00 00 0602",
    "no component": "0109 00",
    "half an attribute": "0109 01 01 0702 0004 00 00 00 06",
    "an encrypted component": "0109 01 03 0702 0005 00 00 00 0602",
    "a frame without a command": "0109 01 01 0702 0002 00 00",
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_zcl_frame_that_lies_is_malformed_and_spends_the_counter(case: str) -> None:
    gsme = meter(DeviceType.GSME)
    command = use(gsme, GCS38, FRAMES[case])
    effects = gsme.device.receive(command.build())
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is REASON.MALFORMED
    assert gsme.counter(RemotePartyRole.SUPPLIER) == command.counter


def test_unknown_attributes_and_commands_of_zcl_have_their_statuses() -> None:
    gsme = meter(DeviceType.GSME)
    for asked, expected in (
        ("0109 01 01 0702 0007 00 00 00 1122 0602", "000f08000111228606020041" + "0400000001"),
        ("0109 01 01 0705 0005 00 00 00 0602", "000508000b0081"),
        ("0109 01 01 0702 0003 01 00 0b", "000508000b0b81"),
    ):
        told = answer(gsme, gsme.device.receive(use(gsme, GCS38, asked).build()))
        assert told.payload.hex()[12:] == expected


def test_arming_the_supply_is_signed_copies_what_was_asked_and_is_durable() -> None:
    gsme = meter(DeviceType.GSME)
    told = "01020304" + "05060708" + "00000000" + "0a0b0c0d" + "01" + "00"
    command = use(gsme, GCS39, "0109 01 01 0702 0015 01 00 0b" + told, "supplier.DS")
    effects = gsme.device.receive(command.build())
    assert effects.refusal is None
    payload = signed_answer(effects.messages[0], gsme.signing_point).payload
    assert payload.hex() == "0109010107020010" + "09000c" + "0102030405060708" + "0a0b0c0d" + "01"
    assert gsme.device.machine.state.meter.supply_state == 1
    stolen = use(
        gsme, GCS39, "0109 01 01 0702 0015 01 00 0b" + told, "supplier.DS", signer=key("thief")
    )
    refusal = gsme.device.receive(stolen.build()).refusal
    assert refusal is not None
    assert refusal.reason is REASON.BAD_SIGNATURE


def test_a_gas_proxy_notes_a_change_of_tenancy_and_has_no_daily_consumption() -> None:
    gpf = meter(DeviceType.GPF)
    tenancy = "0109 01 01 0708 0014 09 00 00 00000000 804a371c 00 206ec61f 00020000"
    told = answer(gpf, gpf.device.receive(use(gpf, GCS09, tenancy).build()))
    assert told.payload.hex() == "010901010708000500000b0000"
    assert gpf.device.machine.state.meter.tenancy_start == 0x1FC66E20
    sampled = "0109 01 01 0702 000c 01 00 08 0200 01000000 00 2900"
    told = answer(gpf, gpf.device.receive(use(gpf, GCS61, sampled).build()))
    assert told.payload.hex() == "010901010702000508000b088b"


def test_an_old_command_and_the_old_brokers_mac_meet_silence() -> None:
    esme = meter()
    command = read_version(esme).build()
    assert esme.device.receive(command).messages
    for octets, reason in (
        (command, REASON.REPLAYED),
        (read_version(esme, broker=key("old broker")).build(), REASON.BAD_MAC),
    ):
        effects = esme.device.receive(octets)
        assert effects.refusal is not None
        assert effects.refusal.reason is reason
        assert all(b"\xda\x20" not in each for each in effects.messages)


def test_a_gas_proxy_that_tells_a_meters_time_says_that_the_clock_is_another() -> None:
    gpf = meter(DeviceType.GPF)
    reading = ClockReading(DAY, ClockReliability.RELIABLE, 0x04)
    clock = StillClock()
    clock.put(reading)
    gpf.device.clock = clock
    gpf.device.power_on()
    told = answer(gpf, gpf.device.receive(use(gpf, GCS13A, GAS_VALUES).build()))
    assert told.date_time[-1] == 0x04
