"""What a device type does not execute it refuses; CS02f is for an Electricity Meter alone."""

import pytest

from firmware_sim.gbcs.device_duties import EXECUTED_BY, Provenance, certificate_authority, executes
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import CS02A, CS02F, CS02G, USE_CASES
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import only, report, signed_answer
from tests.support.commands import MODE, ROLE, query, replacements, update
from tests.support.meter import meter

OK = StatusCode.SUCCESS
SIMULATED = list(DeviceType)[:6]
LOAD_CONTROL = Policy(esme_load_controller="held")


def test_cs02f_answers_for_a_held_role_a_refused_one_and_one_without_a_cell() -> None:
    esme = meter(policy=LOAD_CONTROL)
    roles = [ROLE.SUPPLIER, ROLE.TRANSITIONAL_COS, ROLE.LOAD_CONTROLLER, ROLE.WAN_PROVIDER]
    command = query(esme, roles=roles, code=CS02F)
    found = report(esme, esme.device.receive(command.build()))
    assert [item.role for item in found.roles] == roles
    assert [item.status for item in found.roles] == [
        OK,
        StatusCode.OTHER,
        OK,
        StatusCode.TRUST_ANCHOR_NOT_FOUND,
    ]
    assert found.roles[1].cells is None
    assert found.roles[1].counter is None
    assert [len(item.cells or ()) for item in found.roles] == [3, 0, 2, 0]


def test_cs02a_answers_for_the_role_that_cs02f_refuses() -> None:
    esme = meter()
    command = query(esme, roles=[ROLE.TRANSITIONAL_COS])
    (found,) = report(esme, esme.device.receive(command.build())).roles
    assert found.status is OK


def test_cs02f_refuses_the_role_even_where_its_party_asks() -> None:
    esme = meter()
    command = query(esme, "transitionalCoS.DS", [ROLE.TRANSITIONAL_COS], code=CS02F)
    answer = signed_answer(only(esme.device.receive(command.build())), esme.signing_point)
    (found,) = CredentialsReport.decode(answer.payload).roles
    assert found.status is StatusCode.OTHER
    assert esme.counter(ROLE.TRANSITIONAL_COS) == command.counter


@pytest.mark.parametrize("device_type", [kind for kind in SIMULATED if kind != DeviceType.ESME])
def test_other_devices_execute_no_cs02f_and_no_load_controller_update(
    device_type: DeviceType,
) -> None:
    device = meter(device_type)
    command = query(device, code=CS02F)
    refused(device, command.build(), RefusalReason.USE_CASE_NOT_SUPPORTED)
    what = replacements(["loadController.DS"])
    for mode in (MODE.LOAD_CONTROLLER_BY_SUPPLIER, MODE.LOAD_CONTROLLER_BY_LOAD_CONTROLLER):
        octets = update(device, mode, what).build()
        refused(device, octets, RefusalReason.USE_CASE_NOT_SUPPORTED)


@pytest.mark.parametrize("device_type", SIMULATED)
def test_every_device_answers_cs02a_for_exactly_its_cells(device_type: DeviceType) -> None:
    device = meter(device_type)
    command = query(device, roles=list(RemotePartyRole))
    found = report(device, device.device.receive(command.build()))
    shown = {role.role for role in found.roles if role.status is OK}
    assert shown == {cell.role for cell in device.device.cells()}


def test_both_load_controller_modes_work_where_the_cells_are() -> None:
    esme = meter(policy=LOAD_CONTROL)
    cells = ["loadController.DS", "loadController.KA"]
    command = update(esme, MODE.LOAD_CONTROLLER_BY_LOAD_CONTROLLER, replacements(cells))
    answer = signed_answer(only(esme.device.receive(command.build())), esme.signing_point)
    assert (answer.code, len(answer.date_time)) == (0x0125, 12)
    assert esme.counter(ROLE.LOAD_CONTROLLER) == command.counter


def test_the_table_of_duties_is_about_executed_use_cases() -> None:
    assert all(USE_CASES[code].executed for code in EXECUTED_BY)
    assert EXECUTED_BY[CS02F] == {DeviceType.ESME: Provenance.REFERENCE}
    for code in CS02G:
        assert set(EXECUTED_BY[code]) == {DeviceType.ESME}
    assert all(executes(kind, CS02A) for kind in SIMULATED)
    assert not executes(DeviceType.TYPE_2, CS02A)


@pytest.mark.parametrize("device_type", SIMULATED)
def test_party_that_renews_a_device_has_a_cell_on_it(device_type: DeviceType) -> None:
    for choice in ("wan-provider", "access-control-broker"):
        policy = Policy.from_choices({"hub_certificate_authority": choice})
        assert certificate_authority(device_type, policy) in meter(device_type).device.cells()
