"""A key that comes back to a cell: what it has authenticated before stays refused."""

from collections.abc import Iterable
from hashlib import sha256

import pytest

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.image.records import RetiredKey
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import outcome
from tests.support.commands import ACB, MODE, ROLE, by_contingency, query, replacements, update
from tests.support.meter import START, Meter, durable, meter
from tests.support.pki import FIRST, SECOND, Generation, cell

SIGNING = cell("supplier.DS")
TOP_UP = cell("supplier.KA.PP")
BROKER = ["accessControlBroker.DS", ACB]
SECOND_KEYS, THIRD_KEYS, *MORE_KEYS = (Generation(number, 1) for number in range(2, 7))


def hand_over(
    device: Meter,
    generation: Generation,
    *,
    floor: int | None = 0,
    specialist: int | None = None,
    cells: Iterable[str] = ("supplier.DS",),
) -> None:
    """The Transitional CoS party puts a generation's keys into the supplier's cells."""
    special = (
        ()
        if specialist is None
        else (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, specialist),)
    )
    change = () if floor is None else (FloorChange(ROLE.SUPPLIER, floor, special or None),)
    command = update(
        device,
        MODE.SUPPLIER_BY_TRANS_COS,
        replacements(cells, generation),
        path=(generation.issuing().certificate,),
        control={"other_changes": change} if change else {},
    )
    result = outcome(device, device.device.receive(command.build()))
    assert {item.status for item in result.outcomes} == {StatusCode.SUCCESS}
    assert result.changes == change, "the change that was asked for"


def recover(device: Meter, generation: Generation, cells: Iterable[str], **control: object) -> None:
    command = update(
        device,
        MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
        replacements(cells, generation),
        path=(generation.issuing().certificate,),
        control=dict(control),
    )
    assert device.device.receive(command.build()).refusal is None


def captured(device: Meter) -> bytes:
    """A command of the supplier's that was obeyed, and that an adversary has recorded."""
    octets = query(device, "supplier.DS").build()
    assert device.device.receive(octets).refusal is None
    return octets


def remembered(device: Meter, name: str = "supplier.DS") -> dict[int, RetiredKey]:
    """What the flash holds of a cell's former keys, by place."""
    device.device.power_on()
    held = device.device.machine.state.retired.get(cell(name), ())
    return {each.place: each for each in held}


def digest(generation: Generation, name: str = "supplier.DS") -> bytes:
    return sha256(generation.leaf(name).point).digest()


def test_returning_key_brings_its_counter_back() -> None:
    esme = meter()
    old = captured(esme)
    past = esme.counter(ROLE.SUPPLIER)
    hand_over(esme, SECOND_KEYS)
    assert esme.counter(ROLE.SUPPLIER) == 0
    hand_over(esme, FIRST)
    assert esme.counter(ROLE.SUPPLIER) == past
    refused(esme, old, RefusalReason.REPLAYED)


def test_returning_key_brings_its_counter_back_without_a_floor() -> None:
    """Its counter was lowered for another key; the command that puts it back need not ask."""
    esme = meter()
    old = captured(esme)
    hand_over(esme, SECOND_KEYS)
    hand_over(esme, FIRST, floor=None)
    refused(esme, old, RefusalReason.REPLAYED)


def test_returning_key_brings_its_counter_back_after_a_power_failure() -> None:
    esme = meter()
    old = captured(esme)
    hand_over(esme, SECOND_KEYS)
    esme.device.power_on()
    hand_over(esme, FIRST)
    esme.device.power_on()
    refused(esme, old, RefusalReason.REPLAYED)


def test_captured_command_runs_again_where_policy_forgets_returning_keys() -> None:
    """Why returning_key is not 'forgotten': this is the hole that it opens."""
    esme = meter(policy=Policy(returning_key="forgotten"))
    old = captured(esme)
    hand_over(esme, SECOND_KEYS)
    assert remembered(esme) == {}
    hand_over(esme, FIRST)
    assert esme.device.receive(old).refusal is None


def test_floor_above_the_remembered_counter_counts() -> None:
    esme = meter()
    captured(esme)
    hand_over(esme, SECOND_KEYS)
    hand_over(esme, FIRST, floor=10**12)
    assert esme.counter(ROLE.SUPPLIER) == 10**12


def test_key_never_held_before_lets_its_floor_lower_the_counter() -> None:
    esme = meter()
    captured(esme)
    hand_over(esme, SECOND_KEYS)
    hand_over(esme, THIRD_KEYS, floor=3)
    assert esme.counter(ROLE.SUPPLIER) == 3


def test_highest_counter_that_a_key_ever_had_is_remembered() -> None:
    esme = meter()
    past = START
    hand_over(esme, SECOND_KEYS)
    hand_over(esme, FIRST)
    hand_over(esme, THIRD_KEYS, floor=1)
    assert {each.key_digest: each.counter for each in remembered(esme).values()} == {
        digest(FIRST): past,
        digest(SECOND_KEYS): 0,
    }
    hand_over(esme, SECOND_KEYS)
    assert esme.counter(ROLE.SUPPLIER) == 0


def test_counter_of_the_command_that_takes_a_key_away_is_remembered() -> None:
    """Signed by the key that goes: it must not run again when that key is back."""
    esme = meter()
    command = update(
        esme,
        MODE.SUPPLIER_BY_SUPPLIER,
        replacements(["supplier.DS"], SECOND_KEYS),
        control={"floor": 0},
    )
    assert esme.device.receive(command.build()).refusal is None
    assert esme.counter(ROLE.SUPPLIER) == 0
    [item] = remembered(esme).values()
    assert item == RetiredKey(SIGNING, 0, 1, command.counter, digest(FIRST))
    hand_over(esme, FIRST)
    refused(esme, command.build(), RefusalReason.REPLAYED)


def test_four_keys_are_remembered_and_the_fifth_pushes_out_the_one_longest_gone() -> None:
    """The bound of what a device knows: docs/attackers.md names it."""
    esme = meter()
    old = captured(esme)
    for generation in (SECOND_KEYS, THIRD_KEYS, *MORE_KEYS[:2]):
        hand_over(esme, generation)
    assert remembered(esme)[0].key_digest == digest(FIRST)
    hand_over(esme, MORE_KEYS[2])
    places = remembered(esme)
    assert [places[place].sequence for place in range(4)] == [5, 2, 3, 4]
    assert places[0].key_digest == digest(MORE_KEYS[1])
    hand_over(esme, FIRST)
    assert esme.device.receive(old).refusal is None


def test_a_key_that_goes_again_is_the_latest_gone_in_its_place() -> None:
    esme = meter()
    old = captured(esme)
    for generation in (SECOND_KEYS, THIRD_KEYS, FIRST, *MORE_KEYS, THIRD_KEYS):
        hand_over(esme, generation)
    places = remembered(esme)
    assert len(places) == 4
    assert places[0].key_digest == digest(FIRST)
    hand_over(esme, FIRST)
    refused(esme, old, RefusalReason.REPLAYED)


def test_returning_top_up_key_brings_only_the_specialist_counter_back() -> None:
    esme = meter()
    cells = ("supplier.DS", "supplier.KA.PP")
    hand_over(esme, SECOND_KEYS, floor=1, specialist=900, cells=cells)
    hand_over(esme, THIRD_KEYS, floor=1, specialist=2, cells=cells)
    assert durable(esme.device).counters[ROLE.SUPPLIER].specialist == 2
    hand_over(esme, SECOND_KEYS, floor=1, specialist=3, cells=["supplier.KA.PP"])
    held = durable(esme.device).counters[ROLE.SUPPLIER]
    assert held.specialist == 900
    assert (held.execution or 0) < START
    assert remembered(esme, "supplier.KA.PP")[1] == RetiredKey(
        TOP_UP, 1, 2, 900, digest(SECOND_KEYS, "supplier.KA.PP")
    )


def test_key_without_a_counter_is_not_remembered() -> None:
    esme = meter()
    hand_over(esme, SECOND_KEYS, cells=("supplier.DS", "supplier.KA"))
    assert esme.device.machine.state.retired.keys() == {SIGNING}


def test_the_same_key_certified_anew_has_not_gone() -> None:
    esme = meter()
    hand_over(esme, FIRST)
    assert remembered(esme) == {}


def test_one_returning_key_of_two_is_enough_on_a_hub() -> None:
    """The Broker's signature and MAC count together; each of its keys keeps the past out."""
    for returning in BROKER:
        hub = meter(DeviceType.CHF)
        low = (FloorChange(ROLE.ACCESS_CONTROL_BROKER, 0),)
        recover(hub, SECOND_KEYS, BROKER, other_changes=low)
        assert hub.counter(ROLE.ACCESS_CONTROL_BROKER) == 0
        recover(hub, THIRD_KEYS, set(BROKER) - {returning})
        recover(hub, FIRST, [returning])
        assert hub.counter(ROLE.ACCESS_CONTROL_BROKER) == START


def test_a_root_that_returns_brings_back_the_counter_of_contingency() -> None:
    esme = meter()
    first = by_contingency(esme, control={"floor": 0})
    assert esme.device.receive(first.build()).refusal is None
    assert esme.counter(ROLE.ROOT) == 0
    esme.generation = SECOND
    back = by_contingency(
        esme, FIRST, path=(FIRST.issuing().certificate,), control={"floor": 0}, counter=5
    )
    assert esme.device.receive(back.build()).refusal is None
    assert esme.counter(ROLE.ROOT) == first.counter
    refused(esme, first.build(), RefusalReason.REPLAYED)


@pytest.mark.parametrize("choice", ["remembered", "forgotten"])
def test_floor_that_policy_always_obeys_counts_for_a_key_that_stays(choice: str) -> None:
    """Two points, two questions: a key that stays does not return."""
    chosen = {"floor_scope": "always", "returning_key": choice}
    esme = meter(policy=Policy.from_choices(chosen))
    captured(esme)
    hand_over(esme, FIRST)
    assert esme.counter(ROLE.SUPPLIER) == 0
