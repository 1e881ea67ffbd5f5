"""Every durable operation there is has its sweep, and does in full what its name says."""

import json

import pytest

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.operation import TriggerKind
from firmware_sim.bench.experiments.sweep.operations import operations, replacements
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.devices.profiles import PROFILES, profile_of
from firmware_sim.gbcs.device_duties import certificate_authority, executes
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RULES_BY_CODE
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.commands.dispatch import HANDLERS
from firmware_sim.machine.image.codec import decode
from firmware_sim.machine.image.records import Counters, RecordKind, cell_key, counters_key
from scripts.tables.sweep_tables import COUNTS

NAMES = list(operations())
_HELD = Policy.from_choices({"esme_load_controller": "held"})
_LOAD_CONTROL = {
    cell
    for cell in profile_of(DeviceType.ESME, _HELD).cells
    if cell.role is RemotePartyRole.LOAD_CONTROLLER
}


@pytest.mark.parametrize("device_type", list(PROFILES), ids=lambda kind: kind.name)
def test_every_command_that_a_device_type_executes_is_swept(device_type: DeviceType) -> None:
    swept = {
        code
        for operation in operations().values()
        if operation.device_type is device_type
        for code in operation.codes
    }
    held = profile_of(device_type, _HELD).cells
    expected = {
        code
        for code in HANDLERS
        if executes(device_type, code)
        and (code not in RULES_BY_CODE or RULES_BY_CODE[code].authorising_cell(device_type) in held)
    }
    assert expected <= swept


def test_a_command_handler_without_a_sweep_would_be_noticed() -> None:
    swept = {code for operation in operations().values() for code in operation.codes}
    assert HANDLERS.keys() == swept


@pytest.mark.parametrize("device_type", list(PROFILES), ids=lambda kind: kind.name)
def test_an_update_replaces_all_that_its_mode_may(device_type: DeviceType) -> None:
    for mode, cells, _ in replacements(device_type):
        name = f"{device_type.name.lower()}/update/{REPLACEMENT_RULES[mode].mode.label}"
        changed = {
            key
            for each in (name, f"{name}-with-root")
            if each in operations()
            for key in record(operations()[each]).transactions[0]
        }
        held = set(PROFILES[device_type].cells)
        held |= _LOAD_CONTROL if device_type is DeviceType.ESME else set()
        assert {cell_key(cell) for cell in cells if cell in held} <= changed


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("esme/", "chf/"))])
def test_an_operation_is_one_transaction_and_is_answered(name: str) -> None:
    recorded = record(operations()[name])
    assert len(recorded.transactions) == (recorded.trigger.kind is not TriggerKind.PROVISION)
    answering = (TriggerKind.RECEIVE, TriggerKind.TICK)
    answered = recorded.trigger.kind in answering and "malformed" not in name
    # What a customer types in is answered by nobody; a credit is told to the supplier.
    answered = answered or name.endswith("/use/enter-utrn")
    # The answer to an unfit update is followed by the alert.
    assert recorded.messages == answered + ("unfit" in name)


@pytest.mark.parametrize("device_type", list(PROFILES), ids=lambda kind: kind.name)
def test_an_unfit_update_is_spent_and_counted_in_the_same_transaction(
    device_type: DeviceType,
) -> None:
    [changes] = record(operations()[f"{device_type.name.lower()}/refuse/unfit"]).transactions
    assert {key.kind for key in changes} == {
        RecordKind.COUNTERS,
        RecordKind.LOG_TALLY,
        RecordKind.OWN_COUNTERS,
    }


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("esme/update")])
def test_an_update_logs_what_it_did(name: str) -> None:
    [changes] = record(operations()[name]).transactions
    assert any(key.kind is RecordKind.LOG_EVENT for key in changes)


def test_the_same_operation_is_the_same_octets_every_time() -> None:
    first, second = (record(operations()["chf/update/anyByContingency"]) for _ in range(2))
    assert first == second


def test_an_operation_that_the_device_refuses_is_an_error_of_the_bench() -> None:
    operation = operations()["esme/future/cancel"]
    parties = AllParties()
    device = parties.device(parties.flash(DeviceType.CHF, Policy()), Policy())
    with pytest.raises(AssertionError, match="refused"):
        operation.arrange(parties, device)


def test_what_has_no_message_has_no_cuts_under_a_device() -> None:
    assert DeviceCuts(record(operations()["esme/boot"])).run().skipped


def test_the_counts_in_the_documentation_are_of_today_s_operations() -> None:
    counts = json.loads(COUNTS.read_text(encoding="utf-8"))
    assert counts["operations"] == len(operations())
    assert counts["mixtures"] == counts["faults"] == 0


@pytest.mark.parametrize("device_type", list(PROFILES), ids=lambda kind: kind.name)
def test_a_key_that_returns_raises_its_counter_in_the_same_transaction(
    device_type: DeviceType,
) -> None:
    recorded = record(operations()[f"{device_type.name.lower()}/update/key-returns"])
    [changes] = recorded.transactions
    assert {RecordKind.CELL, RecordKind.RETIRED_KEY} <= {key.kind for key in changes}
    key = counters_key(certificate_authority(device_type, Policy()).role)
    before, after = (decode(key, (state or {})[key]) for state in recorded.states)
    assert isinstance(before, Counters)
    assert isinstance(after, Counters)
    assert before.execution == 1, "the floor for the key in between"
    assert (after.execution or 0) > 1
