"""CS01a and CS01b: what credits a meter, what does not, and what of it is durable."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import CS01A
from firmware_sim.machine.image.records import Counters
from firmware_sim.machine.image.use_records import MeterState, TopUp, TopUpFlag
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import open_image
from tests.support.answers import Answer, maced_answer
from tests.support.commands import MODE, replacements, update
from tests.support.meter import Meter, meter
from tests.support.pki import SECOND_UNDER_FIRST, cell, entity, key
from tests.support.uses import POUNDS, STEP, own_agreement_key, read_version, token, top_up, use

REASON = RefusalReason
SUPPLIER = RemotePartyRole.SUPPLIER
BOTH = (DeviceType.ESME, DeviceType.GSME)
FIVE = 5 * STEP
REFUSED = {DeviceType.ESME: "000001000103 01", DeviceType.GSME: "09000301ffffffff00ffffffff"}


def held(device: Meter) -> DeviceState:
    """What the flash says, past the running machine."""
    return DeviceState.load(open_image(device.device.image())[1])


def answer(device: Meter, effects: Effects) -> Answer:
    (octets,) = effects.messages
    reader = device.generation.leaf("supplier.KA").certificate
    point = parse_certificate(reader).public_key
    return maced_answer(octets, own_agreement_key(device), point)


def refusal(device: Meter, effects: Effects, reason: RefusalReason) -> None:
    """Refused, and answered as a reference answer is."""
    assert effects.refusal is not None
    assert effects.refusal.reason is reason, effects.refusal
    told = answer(device, effects).payload.hex()
    assert told.endswith(REFUSED[device.device.device_type].replace(" ", ""))


def test_a_token_by_command_adds_its_value_to_an_electricity_meters_balance() -> None:
    esme = meter()
    command = top_up(esme, token(esme, FIVE, 1250), FIVE)
    told = answer(esme, esme.device.receive(command.build()))
    assert told.payload.hex() == "da20000000000001000103" + "00"
    assert told.date_time[-1] == 0
    assert held(esme).meter.balance == 1_250_000
    assert held(esme).top_ups == {0: TopUp(0, 5, TopUpFlag.CREDITED | TopUpFlag.ANSWERED)}


def test_a_gas_meter_answers_with_value_and_balance() -> None:
    gsme = meter(DeviceType.GSME)
    gsme.device.receive(top_up(gsme, token(gsme, FIVE, 1250), FIVE).build())
    counter = 6 * STEP
    told = answer(gsme, gsme.device.receive(top_up(gsme, token(gsme, counter, 1), counter).build()))
    assert told.payload.hex() == "0109010107050 00d090003".replace(" ", "") + "00e803000000b8161300"


def test_pounds_count_a_hundred_times_as_much_as_pence() -> None:
    esme = meter()
    digits = token(esme, FIVE, 3, value_class=POUNDS)
    esme.device.receive(top_up(esme, digits, FIVE).build())
    assert held(esme).meter.balance == 300_000


BAD: dict[str, tuple[Callable[[Meter], str], RefusalReason]] = {
    "letters": (lambda m: "ABCDEFGHIJKLMNOPQRST", REASON.TOP_UP_MALFORMED),
    "19 digits": (lambda m: token(m, FIVE)[:-1], REASON.TOP_UP_MALFORMED),
    "21 digits": (lambda m: token(m, FIVE) + "0", REASON.TOP_UP_MALFORMED),
    "no digits": (lambda m: "", REASON.TOP_UP_MALFORMED),
    "a wrong check digit": (
        lambda m: token(m, FIVE)[:-1] + str((int(token(m, FIVE)[-1]) + 1) % 10),
        REASON.TOP_UP_MALFORMED,
    ),
    "a number below every UTRN": (lambda m: "12345678910121314156", REASON.TOP_UP_MALFORMED),
    "class 2": (lambda m: token(m, FIVE, value_class=2), REASON.TOP_UP_RESERVED_CLASS),
    "class 3": (lambda m: token(m, FIVE, value_class=3), REASON.TOP_UP_RESERVED_CLASS),
    "another counter": (lambda m: token(m, 6 * STEP), REASON.TOP_UP_OF_ANOTHER_COMMAND),
    "the same low bits, another counter": (
        lambda m: token(m, FIVE + 1024 * STEP),
        REASON.TOP_UP_NOT_AUTHENTIC,
    ),
    "another meter's": (
        lambda m: token(m, FIVE, device=EntityId(bytes(8))),
        REASON.TOP_UP_NOT_AUTHENTIC,
    ),
    "another supplier's": (
        lambda m: token(m, FIVE, supplier=entity(RemotePartyRole.NETWORK_OPERATOR)),
        REASON.TOP_UP_NOT_AUTHENTIC,
    ),
    "by the management key": (
        lambda m: token(m, FIVE, signer=m.generation.key_of(cell("supplier.KA"))),
        REASON.TOP_UP_NOT_AUTHENTIC,
    ),
    "by a thief": (lambda m: token(m, FIVE, signer=key("thief")), REASON.TOP_UP_NOT_AUTHENTIC),
}


@pytest.mark.parametrize("device_type", BOTH)
@pytest.mark.parametrize("case", BAD)
def test_a_bad_token_is_answered_credits_nothing_and_spends_the_commands_counter(
    case: str, device_type: DeviceType
) -> None:
    device = meter(device_type)
    make, reason = BAD[case]
    command = top_up(device, make(device), FIVE).build()
    refusal(device, device.device.receive(command), reason)
    state = held(device)
    assert state.meter == held(meter(device_type)).meter._replace(cache_head=1)
    assert state.top_ups == {0: TopUp(0, 5, TopUpFlag.ANSWERED)}
    again = device.device.receive(command)
    assert again.messages == ()
    assert again.refusal is not None
    assert again.refusal.reason is REASON.DUPLICATE_TOP_UP


@pytest.mark.parametrize("device_type", BOTH)
def test_a_spent_token_credits_nothing_again_and_its_repetition_meets_silence(
    device_type: DeviceType,
) -> None:
    """A second answer under one counter would be made with the keys of the first."""
    device = meter(device_type)
    command = top_up(device, token(device, FIVE), FIVE).build()
    device.device.receive(command)
    effects = device.device.receive(command)
    assert (effects.messages, effects.refusal and effects.refusal.reason) == (
        (),
        REASON.DUPLICATE_TOP_UP,
    )
    assert held(device).meter.balance == 1_250_000


def test_a_token_that_was_typed_in_is_answered_as_a_duplicate_when_it_comes_by_command() -> None:
    gsme = meter(DeviceType.GSME)
    digits = token(gsme, FIVE)
    assert gsme.device.enter(digits).refusal is None
    effects = gsme.device.receive(top_up(gsme, digits, FIVE).build())
    assert effects.refusal is not None
    assert effects.refusal.reason is REASON.DUPLICATE_TOP_UP
    assert answer(gsme, effects).payload[10:11] == b"\x03"
    assert answer(gsme, effects).payload[11:12] == b"\x02"
    assert held(gsme).meter.balance == 1_250_000


def test_a_token_out_of_order_is_good_as_long_as_it_is_unspent() -> None:
    esme = meter()
    for high in (9, 7, 8):
        counter = high * STEP
        command = top_up(esme, token(esme, counter, 100), counter)
        assert esme.device.receive(command.build()).refusal is None
    assert held(esme).meter.balance == 300_000


def test_what_falls_out_of_the_cache_raises_the_floor_so_that_it_is_never_good_again() -> None:
    esme = meter()
    for high in range(1, 102):
        counter = high * STEP
        assert esme.device.receive(top_up(esme, token(esme, counter, 1), counter).build()).messages
    state = held(esme)
    assert len(state.top_ups) == 100
    assert state.counters[SUPPLIER].specialist == STEP
    assert state.meter.cache_head == 1
    oldest = esme.device.receive(top_up(esme, token(esme, STEP, 1), STEP).build())
    assert (oldest.messages, oldest.refusal and oldest.refusal.reason) == (
        (),
        REASON.TOP_UP_BELOW_FLOOR,
    )
    assert held(esme).meter.balance == 101_000


def test_the_specialist_floor_of_cs02b_refuses_tokens_up_to_it() -> None:
    esme = meter()
    changes = esme.device.machine.state.changes()
    changes.put(Counters(SUPPLIER, 1000, FIVE))
    changes.commit()
    at_floor = esme.device.receive(top_up(esme, token(esme, FIVE), FIVE).build())
    assert at_floor.refusal is not None
    assert at_floor.refusal.reason is REASON.TOP_UP_BELOW_FLOOR
    six = 6 * STEP
    assert esme.device.receive(top_up(esme, token(esme, six), six).build()).refusal is None


def test_top_ups_and_the_suppliers_other_commands_have_sequences_of_their_own() -> None:
    esme = meter()
    esme.device.receive(top_up(esme, token(esme, FIVE), FIVE).build())
    assert esme.device.receive(read_version(esme).build()).refusal is None
    six = 6 * STEP
    assert esme.device.receive(top_up(esme, token(esme, six), six).build()).refusal is None


def test_a_balance_that_the_answer_could_not_show_is_refused() -> None:
    gsme = meter(DeviceType.GSME)
    _put(gsme, MeterState(balance=(1 << 31) - 1_000))
    effects = gsme.device.receive(top_up(gsme, token(gsme, FIVE, 1), FIVE).build())
    assert effects.refusal is not None
    assert effects.refusal.reason is REASON.TOP_UP_EXCEEDS_BALANCE
    assert answer(gsme, effects).payload[11:12] == b"\x04"
    assert held(gsme).meter.balance == (1 << 31) - 1_000


SILENT: dict[str, tuple[Callable[[Meter], bytes], RefusalReason]] = {
    "MAC by the old broker": (
        lambda m: top_up(m, token(m, FIVE), FIVE, broker=key("old broker")).build(),
        REASON.BAD_MAC,
    ),
    "from another party": (
        lambda m: top_up(m, token(m, FIVE), FIVE, asking="networkOperator.KA").build(),
        REASON.NO_AUTHORITY,
    ),
    "a counter that is no UTRN's": (
        lambda m: top_up(m, token(m, FIVE), FIVE + 1).build(),
        REASON.MALFORMED,
    ),
    "a signature too": (
        lambda m: replace(top_up(m, token(m, FIVE), FIVE), signature=bytes(64)).build(),
        REASON.WRONG_PROTECTION,
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_an_unauthenticated_top_up_meets_silence_and_changes_nothing(case: str) -> None:
    esme = meter()
    make, reason = SILENT[case]
    before = held(esme)
    effects = esme.device.receive(make(esme))
    assert effects.refusal is not None
    assert effects.refusal.reason is reason
    state = held(esme)
    assert (state.meter, state.top_ups, state.counters) == (
        before.meter,
        before.top_ups,
        before.counters,
    )


FRAMES: dict[str, str | bytes] = {
    "an empty payload": b"",
    "two items": "d920<c3>00 02 03 0073 0000132800ff 01 03 0073 0000132800ff 01 02 00 00",
    "another object": "d920<c3>00 01 03 0009 00000a006aff 01 01 120036",
    "no octet-string": "d920<c3>00 01 03 0073 0000132800ff 01 01 00",
    "a length that lies": "d920<c3>00 01 03 0073 0000132800ff 01 01 0915 00",
    "another invoke id": "d920ffffff00 01 03 0073 0000132800ff 01 01 0900",
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_frame_that_brings_no_token_is_silent_and_spends_its_counter(case: str) -> None:
    esme = meter()
    effects = esme.device.receive(use(esme, CS01A, FRAMES[case], counter=FIVE).build())
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is REASON.MALFORMED
    assert held(esme).top_ups == {0: TopUp(0, 5, TopUpFlag.ANSWERED)}


def test_a_new_prepayment_key_refuses_the_old_ones_unspent_tokens() -> None:
    esme = meter()
    spent, unspent = token(esme, FIVE), token(esme, 6 * STEP)
    esme.device.receive(top_up(esme, spent, FIVE).build())
    what = replacements(["supplier.KA.PP"])
    changed = update(esme, MODE.SUPPLIER_BY_SUPPLIER, what).build()
    assert esme.device.receive(changed).refusal is None
    old = esme.device.receive(top_up(esme, unspent, 6 * STEP).build())
    refusal(esme, old, REASON.TOP_UP_NOT_AUTHENTIC)
    new_key = SECOND_UNDER_FIRST.key_of(cell("supplier.KA.PP"))
    seven = 7 * STEP
    good = top_up(esme, token(esme, seven, signer=new_key), seven)
    assert esme.device.receive(good.build()).refusal is None
    assert held(esme).meter.balance == 2_500_000
    assert len(held(esme).top_ups) == 3


def _put(device: Meter, state: MeterState) -> None:
    changes = device.device.machine.state.changes()
    changes.put(state)
    changes.commit()


def test_policy_shared_lets_top_ups_overtake_the_suppliers_other_commands() -> None:
    esme = meter(policy=Policy(topup_counter="shared"))
    esme.device.receive(top_up(esme, token(esme, FIVE), FIVE).build())
    effects = esme.device.receive(read_version(esme).build())
    assert effects.refusal is not None
    assert effects.refusal.reason is REASON.REPLAYED
