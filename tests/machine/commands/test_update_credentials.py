"""CS02b: who may replace what, and what the answer says, mode by mode."""

from typing import NamedTuple

import pytest

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.refusals import RefusalReason
from tests.gbcs import second_opinion
from tests.machine.commands.refusing import refused
from tests.support.answers import only, outcome, signed_answer, statuses
from tests.support.commands import (
    ACB,
    MODE,
    ROLE,
    by_contingency,
    by_recovery,
    maced,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import START, Meter, durable, meter
from tests.support.pki import (
    CONTINGENCY_PARTY,
    FIRST,
    SECOND,
    SECOND_UNDER_FIRST,
    SUITE,
    cell,
    entity,
    key,
)

OK = StatusCode.SUCCESS


class Row(NamedTuple):
    """A mode on a device type that uses it, and what it replaces there."""

    mode: ReplacementMode
    device_type: DeviceType
    role: RemotePartyRole
    cells: tuple[str, ...]


SUPPLIER_CELLS = ("supplier.DS", "supplier.KA", "supplier.KA.PP")

ROWS = [
    Row(MODE.SUPPLIER_BY_SUPPLIER, DeviceType.ESME, ROLE.SUPPLIER, SUPPLIER_CELLS),
    Row(MODE.SUPPLIER_BY_SUPPLIER, DeviceType.GPF, ROLE.SUPPLIER, SUPPLIER_CELLS),
    Row(
        MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
        DeviceType.ESME,
        ROLE.NETWORK_OPERATOR,
        ("networkOperator.DS", "networkOperator.KA"),
    ),
    Row(MODE.ACB_BY_ACB, DeviceType.ESME, ROLE.ACCESS_CONTROL_BROKER, (ACB,)),
    Row(MODE.ACB_BY_ACB, DeviceType.GSME, ROLE.ACCESS_CONTROL_BROKER, (ACB,)),
    Row(
        MODE.ACB_BY_ACB,
        DeviceType.CHF,
        ROLE.ACCESS_CONTROL_BROKER,
        (ACB, "accessControlBroker.DS"),
    ),
    Row(
        MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
        DeviceType.CHF,
        ROLE.WAN_PROVIDER,
        ("wanProvider.DS",),
    ),
    Row(
        MODE.TRANS_COS_BY_TRANS_COS,
        DeviceType.GSME,
        ROLE.TRANSITIONAL_COS,
        ("transitionalCoS.DS",),
    ),
    Row(MODE.SUPPLIER_BY_TRANS_COS, DeviceType.ESME, ROLE.TRANSITIONAL_COS, SUPPLIER_CELLS),
    Row(
        MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
        DeviceType.GSME,
        ROLE.RECOVERY,
        ("recovery.DS", *SUPPLIER_CELLS, ACB, "transitionalCoS.DS"),
    ),
    Row(
        MODE.ANY_BY_CONTINGENCY,
        DeviceType.CHF,
        ROLE.ROOT,
        ("root.CS", "recovery.DS", "wanProvider.DS", ACB, "accessControlBroker.DS"),
    ),
]

PROTECTION = {  # GBCS 13.3.3.1: signature, MAC
    (MODE.ACB_BY_ACB, DeviceType.ESME): (False, True),
    (MODE.ACB_BY_ACB, DeviceType.GSME): (False, True),
    (MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, DeviceType.GSME): (True, False),
    (MODE.ANY_BY_CONTINGENCY, DeviceType.CHF): (True, False),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.mode.label}-{row.device_type.name}")
def test_the_mode_replaces_its_cells_and_nothing_else(row: Row) -> None:
    device = meter(row.device_type)
    before = device.device.cells()
    new = SECOND if row.mode is MODE.ANY_BY_CONTINGENCY else SECOND_UNDER_FIRST
    command = update(device, row.mode, replacements(row.cells, new))
    signed, has_mac = PROTECTION.get((row.mode, row.device_type), (True, True))
    assert (bool(command.signature), command.mac is not None) == (signed, has_mac)
    assert command.code == 0x0100 + row.mode

    effects = device.device.receive(command.build())

    assert statuses(device, effects) == [OK] * len(row.cells)
    after = device.device.cells()
    for name in row.cells:
        assert after[cell(name)].public_key == new.leaf(name).point
        assert after[cell(name)].key_identifier == new.leaf(name).key_identifier
    untouched = set(before) - {cell(name) for name in row.cells}
    assert {item: after[item] for item in untouched} == {item: before[item] for item in untouched}
    assert device.counter(row.role) == command.counter
    others = set(RemotePartyRole) - {row.role}
    assert {device.counter(role) for role in others if device.counter(role)} == {START}


def test_the_answer_goes_back_with_the_commands_counter_and_the_clock() -> None:
    esme = meter()
    command = supplier_by_supplier(esme)
    octets = only(esme.device.receive(command.build()))
    answer = signed_answer(octets, esme.signing_point)
    assert (answer.cra, answer.counter, answer.code) == (2, command.counter, 0x0102)
    assert (answer.originator, answer.target) == (command.target, command.originator)
    assert answer.date_time.hex() == "07ea0301ff0c000000800000"


def test_contingency_answer_goes_to_the_originator() -> None:
    esme = meter()
    octets = only(esme.device.receive(by_contingency(esme).build()))
    assert signed_answer(octets, esme.signing_point).target == CONTINGENCY_PARTY


def test_the_answer_reads_the_same_with_another_asn1_library() -> None:
    esme = meter()
    floors = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 3),)
    others = (FloorChange(ROLE.NETWORK_OPERATOR, 5), FloorChange(ROLE.SUPPLIER, 4, floors))
    command = update(
        esme,
        MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
        replacements(["supplier.KA.PP", "networkOperator.DS"]),
        control={"floor": 2, "other_changes": others},
    )
    answer = signed_answer(only(esme.device.receive(command.build())), esme.signing_point)
    read = second_opinion.decoded(UpdateResponse, answer.payload)["outcome"]
    assert (read["counter"], read["mode"]) == (command.counter, 8)
    assert read["changes"] == [
        {"role": 1, "floor": 2},
        {"role": 3, "floor": 5},
        {"role": 2, "floor": 4, "specialist": [{"usage": 0, "floor": 3}]},
    ]
    top_up, operator = read["outcomes"]
    assert top_up["cell"] == {"role": 2, "keyUsage": (b"\x08", 5), "cellUsage": 1}
    assert operator["cell"] == {"role": 3, "keyUsage": (b"\x80", 1), "cellUsage": 0}
    assert top_up["status"] == operator["status"] == "success"
    assert top_up["existingSubjectId"] == top_up["replacingSubjectId"] == entity(ROLE.SUPPLIER)
    assert top_up["existingKeyIdentifier"] == FIRST.leaf("supplier.KA.PP").key_identifier
    new = SECOND_UNDER_FIRST.leaf("supplier.KA.PP").key_identifier
    assert top_up["replacingKeyIdentifier"] == new


def test_replaced_key_is_refused_and_the_new_one_works() -> None:
    esme = meter()
    esme.device.receive(supplier_by_supplier(esme).build())
    refused(esme, query(esme, "supplier.DS").build(), RefusalReason.BAD_SIGNATURE)
    renewed = supplier_by_supplier(esme, signer=SECOND_UNDER_FIRST.key_of("supplier.DS"))
    assert statuses(esme, esme.device.receive(renewed.build())) == [OK] * 3


def test_macs_after_the_brokers_change_are_made_with_its_new_key() -> None:
    esme = meter()
    command = update(esme, MODE.ACB_BY_ACB, replacements([ACB]))
    assert statuses(esme, esme.device.receive(command.build())) == [OK]
    refused(esme, query(esme).build(), RefusalReason.BAD_MAC)
    renewed = maced(esme, query(esme), SECOND_UNDER_FIRST.key_of(ACB))
    assert esme.device.receive(renewed.build()).refusal is None


def test_the_captured_command_is_refused_when_replayed() -> None:
    esme = meter()
    command = by_recovery(esme).build()
    assert esme.device.receive(command).refusal is None
    refused(esme, command, RefusalReason.REPLAYED)
    esme.device.power_on()
    refused(esme, command, RefusalReason.REPLAYED)


def test_a_party_authorises_by_the_key_in_the_cell_not_by_its_certificate() -> None:
    """Before handover the broker's certificates stand in the supplier's cells (GBCS 13.3)."""
    esme = meter()
    broker = FIRST.leaf(
        "accessControlBroker.DS",
    )
    install = supplier_by_supplier_with(esme, broker.certificate)
    assert statuses(esme, esme.device.receive(install)) == [OK]
    command = update(
        esme,
        MODE.SUPPLIER_BY_SUPPLIER,
        replacements(["supplier.DS"]),
        signer=broker.key,
        originator=entity(ROLE.ACCESS_CONTROL_BROKER),
    )
    assert statuses(esme, esme.device.receive(command.build())) == [OK]


def supplier_by_supplier_with(esme: Meter, certificate: bytes) -> bytes:
    (item,) = replacements(["supplier.DS"])
    path = (FIRST.issuing().certificate,)
    what = [item._replace(certificate=certificate)]
    return update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, path=path).build()


def test_the_authorising_cell_is_left_out_only_where_the_brokers_mac_authorises() -> None:
    """Draft GBCS 0.8.1, 13.3: present on a hub always, elsewhere but for the Broker's own."""
    esme = meter()
    without = update(esme, MODE.ACB_BY_ACB, replacements([ACB]), control={"authorising_cell": None})
    assert statuses(esme, esme.device.receive(without.build())) == [OK]
    hub = meter(DeviceType.CHF)
    command = update(hub, MODE.ACB_BY_ACB, replacements([ACB]), control={"authorising_cell": None})
    role = ROLE.ACCESS_CONTROL_BROKER
    refused(hub, command.build(), RefusalReason.NO_AUTHORITY, spends=role)


def test_the_brokers_own_command_may_name_its_cell() -> None:
    esme = meter()
    command = update(
        esme, MODE.ACB_BY_ACB, replacements([ACB]), control={"authorising_cell": cell(ACB)}
    )
    assert statuses(esme, esme.device.receive(command.build())) == [OK]


def test_an_update_for_a_role_that_the_device_does_not_know_has_no_authority() -> None:
    esme = meter()
    command = update(esme, MODE.WAN_PROVIDER_BY_WAN_PROVIDER, replacements(["wanProvider.DS"]))
    refused(esme, command.build(), RefusalReason.NO_AUTHORITY)


def test_an_update_is_logged_with_who_when_and_how_many() -> None:
    esme = meter()
    command = supplier_by_supplier(esme)
    esme.device.receive(command.build())
    (event,) = durable(esme.device).log.values()
    assert event.event_code == 0x8F70
    assert (event.originator, event.counter) == (entity(ROLE.SUPPLIER), command.counter)
    assert event.detail == "mode 2: 3 of 3 cells"


def test_the_log_keeps_the_last_four_events_that_change_nothing() -> None:
    esme = meter()
    counters = []
    for _ in range(20):
        command = update(esme, MODE.TRANS_COS_BY_TRANS_COS, ())
        assert esme.device.receive(command.build()).refusal is None
        counters.append(command.counter)
    events = sorted(durable(esme.device).log.values(), key=lambda event: event.sequence)
    assert [event.counter for event in events] == counters[-4:]
    assert [event.sequence for event in events] == list(range(17, 21))


def test_a_command_that_replaces_nothing_still_spends_its_counter() -> None:
    esme = meter()
    command = update(esme, MODE.TRANS_COS_BY_TRANS_COS, ())
    assert outcome(esme, esme.device.receive(command.build())).outcomes == ()
    refused(esme, command.build(), RefusalReason.REPLAYED)


def test_the_same_input_gives_the_same_octets() -> None:
    """Two devices of one seed, two messages: answers and flash are equal to the octet."""
    messages = [by_recovery(meter()).build(), query(meter(), counter=1).build()]
    twins = meter(), meter()
    answers = [[twin.device.receive(octets) for octets in messages] for twin in twins]
    assert answers[0] == answers[1]
    assert twins[0].device.image() == twins[1].device.image()


def test_the_new_keys_of_a_forged_command_are_not_stored() -> None:
    esme = meter()
    forged = by_recovery(esme, signer=key("thief"))
    refused(esme, forged.build(), RefusalReason.BAD_SIGNATURE)
    image = esme.device.image()
    assert SUITE.public_key(SECOND_UNDER_FIRST.key_of("supplier.DS")) not in image
