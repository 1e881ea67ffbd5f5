"""CS06: which image runs afterwards, now or later, and what else is left as it was."""

from datetime import timedelta

import pytest

from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS06
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.image.use_records import MeterState
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.uses.test_top_up import held
from tests.support.answers import signed_answer
from tests.support.commands import MODE, replacements, update
from tests.support.meter import DAY, OWN_START, Meter, durable, meter
from tests.support.pki import entity, key
from tests.support.uses import STEP, activation, token, top_up, use

HASH, OTHER = bytes(range(32)), bytes(32)
OLD, NEW = bytes.fromhex("00000001"), bytes.fromhex("0123abce")
DUE = DAY + timedelta(days=1)
TEXT = "323032363033303231323030 30305a".replace(" ", "")


def with_image(device_type: DeviceType = DeviceType.ESME, policy: Policy | None = None) -> Meter:
    device = meter(device_type, policy=policy)
    changes = device.device.machine.state.changes()
    state = MeterState(77, OLD, NEW, HASH, image_held=True)
    changes.put(state)
    changes.commit()
    return device


def payload(device: Meter, effects: Effects) -> str:
    assert effects.refusal is None, effects.refusal
    told = signed_answer(effects.messages[0], device.signing_point)
    assert told.date_time or told.cra == 3
    return told.payload.hex()


@pytest.mark.parametrize(
    ("device_type", "asking"),
    [
        (DeviceType.ESME, "supplier.DS"),
        (DeviceType.GSME, "supplier.DS"),
        (DeviceType.CHF, "wanProvider.DS"),
    ],
)
def test_an_image_is_activated_once_and_its_version_is_told(
    device_type: DeviceType, asking: str
) -> None:
    device = with_image(device_type)
    told = device.device.receive(activation(device, HASH, asking=asking).build())
    assert payload(device, told) == "3009020100" + "04040123abce"
    assert held(device).meter == MeterState(77, NEW)
    again = device.device.receive(activation(device, HASH, asking=asking).build())
    assert payload(device, again) == "3009020101" + "04040123abce"


def test_another_hash_activates_nothing() -> None:
    esme = with_image()
    told = esme.device.receive(activation(esme, OTHER).build())
    assert payload(esme, told) == "3009020102" + "040400000001"
    assert held(esme).meter.image_held


def test_an_activation_that_fails_leaves_the_old_firmware_running() -> None:
    faulty = meter(faults=(Fault.FIRMWARE_ACTIVATION,))
    changes = faulty.device.machine.state.changes()
    changes.put(MeterState(0, OLD, NEW, HASH, image_held=True))
    changes.commit()
    told = faulty.device.receive(activation(faulty, HASH).build())
    assert payload(faulty, told) == "3009020103" + "040400000001"


def test_a_future_dated_activation_waits_through_a_power_cut_and_reports_by_alert() -> None:
    esme = with_image()
    command = activation(esme, HASH, DUE)
    assert payload(esme, esme.device.receive(command.build())) == "0500"
    esme.device.power_on()
    assert esme.device.tick().messages == ()
    esme.clock.time = DUE
    (alert,) = esme.device.tick().messages
    told = signed_answer(alert, esme.signing_point)
    assert (told.code, told.counter, told.target) == (
        0x00CA,
        OWN_START,
        entity(RemotePartyRole.SUPPLIER),
    )
    number = f"{command.counter:x}".zfill(4)
    size = 5 + 17 + 4 + 11
    expected = f"30{size:02x}" + "0203008f66" + "180f" + TEXT + "0202" + number
    assert told.payload.hex() == expected + "3009020100" + "04040123abce"
    assert held(esme).activation is None
    assert held(esme).meter.firmware_version == NEW
    assert esme.device.tick().messages == ()


def test_a_waiting_activation_whose_hash_differs_is_reported_when_it_is_due() -> None:
    esme = with_image()
    assert payload(esme, esme.device.receive(activation(esme, OTHER, DUE).build())) == "0500"
    esme.clock.time = DUE
    (alert,) = esme.device.tick().messages
    assert "0203008f67" in signed_answer(alert, esme.signing_point).payload.hex()
    assert held(esme).meter.firmware_version == OLD


def test_a_later_command_takes_the_place_and_a_cancellation_removes_it() -> None:
    esme = with_image()
    esme.device.receive(activation(esme, OTHER, DUE).build())
    esme.device.receive(activation(esme, HASH, DUE).build())
    waiting = held(esme).activation
    assert waiting is not None
    assert waiting.image_hash == HASH
    assert payload(esme, esme.device.receive(activation(esme, OTHER, NEVER).build())) == "0500"
    assert held(esme).activation is None
    assert payload(esme, esme.device.receive(activation(esme, OTHER, NEVER).build())) == "0500"
    esme.clock.time = DUE
    assert esme.device.tick().messages == ()


def test_an_overdue_activation_is_not_cancelled_and_not_overtaken() -> None:
    esme = with_image()
    esme.device.receive(activation(esme, HASH, DUE).build())
    esme.clock.time = DUE
    refusal = esme.device.receive(activation(esme, OTHER, DUE).build()).refusal
    assert refusal is not None
    assert refusal.reason is RefusalReason.NO_ROOM
    esme.device.receive(activation(esme, HASH, NEVER).build())
    assert len(esme.device.tick().messages) == 1
    assert held(esme).meter.firmware_version == NEW


def test_an_invalid_clock_lets_no_activation_fall_due() -> None:
    esme = with_image()
    esme.device.receive(activation(esme, HASH, DUE).build())
    esme.clock.time, esme.clock.reliability = DUE, ClockReliability.INVALID
    assert esme.device.tick().messages == ()


def test_a_new_signing_key_takes_a_waiting_activation_of_the_old_one_away() -> None:
    esme = with_image()
    esme.device.receive(activation(esme, HASH, DUE).build())
    what = replacements(["supplier.DS"])
    assert esme.device.receive(update(esme, MODE.SUPPLIER_BY_SUPPLIER, what).build()).messages
    assert held(esme).activation is None
    assert any(event.detail.endswith("1 void") for event in held(esme).log.values())


def test_a_stolen_key_and_a_captured_command_meet_silence() -> None:
    esme = with_image()
    command = activation(esme, HASH).build()
    esme.device.receive(command)
    for octets, reason in (
        (command, RefusalReason.REPLAYED),
        (activation(esme, HASH, signer=key("thief")).build(), RefusalReason.BAD_SIGNATURE),
        (activation(esme, HASH, asking="networkOperator.DS").build(), RefusalReason.NO_AUTHORITY),
    ):
        refusal = esme.device.receive(octets).refusal
        assert refusal is not None
        assert refusal.reason is reason


@pytest.mark.parametrize("wrong", ["3000", "", "30260420" + "00" * 32 + "020101", "0500"])
def test_a_payload_that_is_no_activation_is_malformed_and_spends_the_counter(wrong: str) -> None:
    esme = with_image()
    spoilt = use(esme, CS06, wrong, "supplier.DS")
    effects = esme.device.receive(spoilt.build())
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is RefusalReason.MALFORMED
    assert esme.counter(RemotePartyRole.SUPPLIER) == spoilt.counter


def test_new_firmware_keeps_every_cell_counter_and_cache_entry() -> None:
    esme = with_image()
    esme.device.receive(top_up(esme, token(esme, 5 * STEP), 5 * STEP).build())
    before, used = durable(esme.device), held(esme)
    command = activation(esme, HASH)
    esme.device.receive(command.build())
    after = durable(esme.device)
    assert (after.cells, after.root, after.keys, after.certificates) == (
        before.cells,
        before.root,
        before.keys,
        before.certificates,
    )
    supplier = RemotePartyRole.SUPPLIER
    moved = before.counters[supplier]._replace(execution=command.counter)
    assert after.counters == {**before.counters, supplier: moved}
    assert held(esme).top_ups == used.top_ups
    assert held(esme).meter.balance == 77 + 1_250_000
