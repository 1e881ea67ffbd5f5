"""CS02a: what a device answers about its cells, how the answer is protected, and only once."""

import pytest

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport, RoleCredentials
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import maced_answer, only, report, signed_answer
from tests.support.commands import ACB, ROLE, next_counter, query, supplier_by_supplier
from tests.support.meter import START, meter
from tests.support.pki import FIRST, cell, entity

DEVICE_TYPES = [DeviceType.ESME, DeviceType.GSME, DeviceType.CHF, DeviceType.GPF]


def shown(role: RoleCredentials) -> list[str]:
    assert role.cells is not None
    top_up = {0: "", 1: ".PP"}
    return [f"{item.key_usage.short}{top_up[item.cell_usage]}" for item in role.cells]


def test_the_broker_is_answered_with_a_mac() -> None:
    esme = meter()
    command = query(esme, roles=[ROLE.SUPPLIER, ROLE.ROOT])
    octets = only(esme.device.receive(command.build()))
    answer = maced_answer(octets, FIRST.key_of(ACB), esme.agreement_point)
    assert (answer.cra, answer.counter, answer.code) == (2, command.counter, 0x0008)
    assert (answer.originator, answer.target) == (command.target, command.originator)
    assert answer.date_time == b""
    assert CredentialsReport.decode(answer.payload).roles[0].status is StatusCode.SUCCESS


@pytest.mark.parametrize("asking", ["supplier.DS", "networkOperator.DS", "transitionalCoS.DS"])
def test_other_parties_are_answered_with_a_signature(asking: str) -> None:
    esme = meter()
    command = query(esme, asking)
    answer = signed_answer(only(esme.device.receive(command.build())), esme.signing_point)
    assert (answer.cra, answer.counter, answer.date_time) == (2, command.counter, b"")
    assert answer.target == entity(cell(asking).role)


def test_a_broker_with_a_signing_cell_may_also_sign() -> None:
    hub = meter(DeviceType.CHF)
    command = query(hub, "accessControlBroker.DS", [ROLE.WAN_PROVIDER])
    signed_answer(only(hub.device.receive(command.build())), hub.signing_point)


def test_roles_come_in_the_order_asked_with_their_cells_and_identifiers() -> None:
    esme = meter()
    asked = [ROLE.NETWORK_OPERATOR, ROLE.ROOT, ROLE.SUPPLIER, ROLE.RECOVERY]
    roles = report(esme, esme.device.receive(query(esme, roles=asked).build())).roles
    assert [item.role for item in roles] == asked
    assert [shown(item) for item in roles] == [["DS", "KA"], ["CS"], ["DS", "KA", "KA.PP"], ["DS"]]
    assert [item.counter for item in roles] == [START] * 4
    supplier = roles[2].cells
    root = roles[1].cells
    assert supplier is not None
    assert root is not None
    assert supplier[0].subject_unique_id == entity(ROLE.SUPPLIER)
    assert supplier[0].subject_key_identifier == FIRST.leaf("supplier.DS").key_identifier
    assert root[0].subject_unique_id == bytes(8)
    assert root[0].subject_key_identifier == FIRST.root().key_identifier


@pytest.mark.parametrize("device_type", DEVICE_TYPES)
def test_every_role_is_shown_or_not_found(device_type: DeviceType) -> None:
    device = meter(device_type)
    asked = list(ROLE)
    roles = report(device, device.device.receive(query(device, roles=asked).build())).roles
    held = {item.role for item in device.device.cells()}
    for role in roles:
        if role.role in held:
            assert role.status is StatusCode.SUCCESS
        else:
            assert role == RoleCredentials(role.role, StatusCode.TRUST_ANCHOR_NOT_FOUND)


def test_a_role_asked_for_twice_is_answered_twice() -> None:
    esme = meter()
    roles = report(
        esme, esme.device.receive(query(esme, roles=[ROLE.ROOT, ROLE.ROOT]).build())
    ).roles
    assert roles[0] == roles[1]


def test_counters_are_shown_as_before_and_advanced_after() -> None:
    esme = meter()
    first = query(esme, roles=[ROLE.ACCESS_CONTROL_BROKER])
    shown_first = report(esme, esme.device.receive(first.build())).roles[0].counter
    second = query(esme, roles=[ROLE.ACCESS_CONTROL_BROKER])
    shown_second = report(esme, esme.device.receive(second.build())).roles[0].counter
    assert (shown_first, shown_second) == (START, first.counter)
    assert esme.counter(ROLE.ACCESS_CONTROL_BROKER) == second.counter


def test_read_moves_only_the_counter_of_its_originator() -> None:
    esme = meter()
    esme.device.receive(query(esme, "supplier.DS").build())
    assert esme.counter(ROLE.SUPPLIER) > START
    assert esme.counter(ROLE.ACCESS_CONTROL_BROKER) == START


def test_one_counter_is_answered_once_so_its_mac_key_serves_once() -> None:
    esme = meter()
    command = query(esme)
    only(esme.device.receive(command.build()))
    refused(esme, command.build(), RefusalReason.REPLAYED)
    other = query(esme, roles=[ROLE.ROOT], counter=command.counter)
    refused(esme, other.build(), RefusalReason.REPLAYED)


def test_read_counter_is_answered_once_also_after_a_reboot() -> None:
    esme = meter()
    command = query(esme)
    only(esme.device.receive(command.build()))
    esme.device.power_on()
    refused(esme, command.build(), RefusalReason.REPLAYED)


def test_an_update_and_a_read_share_one_counter() -> None:
    esme = meter()
    counter = next_counter()
    assert esme.device.receive(query(esme, "supplier.DS", counter=counter).build()).messages
    update = supplier_by_supplier(esme, counter=counter)
    refused(esme, update.build(), RefusalReason.REPLAYED)


def test_a_read_counter_above_the_range_of_sequence_numbers_is_malformed() -> None:
    """Else the device would hold, and report, a number that no response can carry."""
    esme = meter()
    refused(esme, query(esme, counter=2**63).build(), RefusalReason.MALFORMED)
    last = query(esme, counter=2**63 - 1, roles=[ROLE.ACCESS_CONTROL_BROKER])
    assert report(esme, esme.device.receive(last.build())).roles[0].counter == START


def test_more_than_sixteen_roles_are_refused_and_the_command_spent() -> None:
    esme = meter()
    command = query(esme, roles=[ROLE.ROOT] * 17).build()
    refused(esme, command, RefusalReason.MALFORMED, spends=ROLE.ACCESS_CONTROL_BROKER)
