"""UTRNs that a customer types in."""

import pytest

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.image.records import Counters
from firmware_sim.machine.image.use_records import TopUp, TopUpFlag
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.uses.test_top_up import held
from tests.support.answers import maced_answer
from tests.support.meter import OWN_START, Meter, meter
from tests.support.pki import key
from tests.support.uses import STEP, own_agreement_key, token, top_up

REASON = RefusalReason
FIVE = 5 * STEP
HIGH = 1_700_000_000
"""Bits 63 to 32 of a counter that was made of the time, in seconds."""


def reason(device: Meter, digits: str) -> RefusalReason:
    effects = device.device.enter(digits)
    assert effects.messages == ()
    assert effects.refusal is not None
    return effects.refusal.reason


@pytest.mark.parametrize(
    ("device_type", "body"),
    [(DeviceType.ESME, "0f20001b58000202 12810e090c"), (DeviceType.GSME, "010900810e")],
)
def test_a_typed_token_is_credited_and_told_to_the_supplier(
    device_type: DeviceType, body: str
) -> None:
    device = meter(device_type)
    effects = device.device.enter(token(device, FIVE, 500))
    assert effects.refusal is None
    point = parse_certificate(device.generation.leaf("supplier.KA").certificate).public_key
    alert = maced_answer(effects.messages[0], own_agreement_key(device), point)
    assert (alert.cra, alert.code, alert.counter) == (3, 0x1001, OWN_START)
    assert alert.payload.hex().startswith(body.replace(" ", ""))
    assert held(device).meter.balance == 500_000
    assert held(device).top_ups == {0: TopUp(0, 5, TopUpFlag.CREDITED)}


def test_a_token_is_good_once_whichever_way_it_comes() -> None:
    esme = meter()
    digits = token(esme, FIVE)
    assert esme.device.enter(digits).refusal is None
    assert reason(esme, digits) is REASON.DUPLICATE_TOP_UP
    six = 6 * STEP
    esme.device.receive(top_up(esme, token(esme, six), six).build())
    assert reason(esme, token(esme, six)) is REASON.DUPLICATE_TOP_UP
    assert held(esme).meter.balance == 2_500_000


def test_a_token_whose_command_failed_is_still_good_when_it_is_typed_in() -> None:
    """Otherwise a spoilt message would cost the customer the credit."""
    esme = meter()
    digits = token(esme, FIVE)
    esme.device.receive(top_up(esme, digits[:-2] + "00", FIVE).build())
    assert held(esme).top_ups[0].flags == TopUpFlag.ANSWERED
    assert esme.device.enter(digits).refusal is None
    assert held(esme).top_ups[0].flags == TopUpFlag.ANSWERED | TopUpFlag.CREDITED
    assert held(esme).meter.balance == 1_250_000


@pytest.mark.parametrize("step", [1, 511, 512, -511, -1])
def test_the_missing_bits_are_those_of_the_counter_nearest_to_the_highest_credited(
    step: int,
) -> None:
    esme = meter()
    first = HIGH * STEP
    assert esme.device.receive(top_up(esme, token(esme, first), first).build()).refusal is None
    assert esme.device.enter(token(esme, first + step * STEP)).refusal is None


@pytest.mark.parametrize("step", [513, -512, 1024])
def test_a_counter_too_far_away_is_taken_for_another_and_is_not_authentic(step: int) -> None:
    esme = meter()
    first = HIGH * STEP
    esme.device.receive(top_up(esme, token(esme, first), first).build())
    typed = token(esme, first + step * STEP)
    expected = REASON.TOP_UP_NOT_AUTHENTIC
    assert reason(esme, typed) is expected


def test_the_floor_helps_to_find_the_counter_and_refuses_what_is_not_above() -> None:
    esme = meter()
    changes = esme.device.machine.state.changes()
    changes.put(Counters(RemotePartyRole.SUPPLIER, 1000, HIGH * STEP))
    changes.commit()
    assert esme.device.enter(token(esme, (HIGH + 1) * STEP)).refusal is None
    assert reason(esme, token(esme, HIGH * STEP)) is REASON.TOP_UP_BELOW_FLOOR


def test_ten_tokens_that_are_not_authentic_suspend_the_entry_until_a_command_succeeds() -> None:
    esme = meter()
    forged = token(esme, FIVE, signer=key("thief"))
    for count in range(1, 11):
        assert reason(esme, forged) is REASON.TOP_UP_NOT_AUTHENTIC
        assert held(esme).meter.entry_failures == count
    good = token(esme, FIVE)
    assert reason(esme, good) is REASON.TOP_UP_ENTRY_SUSPENDED
    esme.device.power_on()
    assert reason(esme, good) is REASON.TOP_UP_ENTRY_SUSPENDED
    six = 6 * STEP
    assert esme.device.receive(top_up(esme, token(esme, six), six).build()).refusal is None
    assert esme.device.enter(good).refusal is None


def test_mistyped_tokens_are_refused_and_not_counted() -> None:
    esme = meter()
    before = held(esme)
    for typed in ("", "hello", "1" * 19, token(esme, FIVE)[:-1] + "x", "٣" * 20, "0" * 10_000):
        assert reason(esme, typed) is REASON.TOP_UP_MALFORMED
    assert held(esme).meter == before.meter
    assert held(esme).top_ups == {}


def test_devices_without_a_keypad_take_no_token() -> None:
    hub = meter(DeviceType.CHF)
    assert reason(hub, "1" * 20) is REASON.USE_CASE_NOT_SUPPORTED


@pytest.mark.parametrize(("choice", "step"), [("above", 1024), ("zero", None)])
def test_other_policies_choose_the_bits_otherwise(choice: str, step: int | None) -> None:
    esme = meter(policy=Policy.from_choices({"utrn_counter_high_bits": choice}))
    first = HIGH * STEP
    esme.device.receive(top_up(esme, token(esme, first), first).build())
    counter = first + step * STEP if step else 7 * STEP
    assert esme.device.enter(token(esme, counter)).refusal is None
