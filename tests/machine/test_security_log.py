"""Floods of refusals: counted, bounded in what they write, and no danger to the evidence."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.refusals import RefusalReason
from tests.support.commands import (
    MODE,
    ROLE,
    by_contingency,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, Meter, durable, meter
from tests.support.pki import FIRST, SECOND_UNDER_FIRST, entity, key

FLOOD = 10_000
DOUBLINGS = 14  # 1, 2, 4 … 8192


def flood(esme: Meter, messages: Iterator[bytes]) -> tuple[int, int, int]:
    """Programs, erases and alerts that so many refusals cost."""
    flash = esme.device.flash
    programs, erases, alerts = flash.programs, flash.erases, 0
    for octets in messages:
        effects = esme.device.receive(octets)
        assert effects.refusal is not None
        alerts += len(effects.messages)
    return flash.programs - programs, flash.erases - erases, alerts


def change(esme: Meter, number: int) -> Message:
    """Recovery replaces the network operator's key, by turns with another."""
    generation = (SECOND_UNDER_FIRST, FIRST)[number % 2]
    return update(
        esme,
        MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
        replacements(["networkOperator.DS"], generation),
        path=(generation.issuing().certificate,),
    )


def accepted(esme: Meter, message: Message) -> None:
    assert esme.device.receive(message.build()).refusal is None


def with_evidence() -> Meter:
    """A device whose log is full: twelve changes of credentials, four other events."""
    esme = meter()
    for number in range(12):
        accepted(esme, change(esme, number))
    for _ in range(4):
        accepted(esme, supplier_by_supplier(esme, path=()))
    return esme


def test_identical_refusals_cost_a_handful_of_writes_and_alerts() -> None:
    esme = with_evidence()
    evidence = durable(esme.device).log
    assert len(evidence) == 16
    replay = query(esme, counter=1).build()
    programs, erases, alerts = flood(esme, (replay for _ in range(FLOOD)))
    assert programs <= 4 * DOUBLINGS
    assert erases <= 1
    assert alerts == DOUBLINGS
    assert durable(esme.device).log == evidence
    (tally,) = esme.device.machine.state.tallies.values()
    assert (tally.reason, tally.refusals) == (RefusalReason.REPLAYED, 8192)


def strange(esme: Meter, number: int) -> bytes:
    """Refusals of many kinds, each from an originator never seen before."""
    stranger = EntityId(key(f"stranger {number}")[:8])
    message = replace(query(esme), originator=stranger, counter=number + 10**6)
    kinds: list[Callable[[], bytes]] = [
        message.build,
        lambda: replace(message, target=stranger).build(),
        lambda: replace(message, code=MessageCode(0xEE00 + number % 256)).build(),
        lambda: replace(message, code=MessageCode(0x000A)).build(),
        lambda: replace(message, cra=CraFlag.ALERT).build(),
        lambda: replace(message, counter=number % 1000).build(),
        lambda: replace(message, mac=None).build(),
        lambda: message.build()[: number % 60],
        lambda: stranger * (number % 40),
    ]
    return kinds[number % len(kinds)]()


def test_varied_refusals_by_strangers_cost_no_more() -> None:
    esme = with_evidence()
    evidence = durable(esme.device).log
    programs, erases, alerts = flood(esme, (strange(esme, number) for number in range(FLOOD)))
    kinds = len(esme.device.machine.state.tallies)
    assert 5 <= kinds <= 2 * len(RefusalReason)
    assert programs <= 4 * DOUBLINGS * kinds
    assert erases <= 4
    assert alerts <= DOUBLINGS * kinds
    assert durable(esme.device).log == evidence
    held = durable(esme.device)
    assert held.cells == durable(with_evidence().device).cells


def test_a_count_survives_power_to_the_last_doubling_and_goes_on() -> None:
    esme = meter()
    replay = query(esme, counter=1).build()
    flood(esme, (replay for _ in range(7)))
    esme.device.power_on()
    (tally,) = esme.device.machine.state.tallies.values()
    assert tally.refusals == 4
    flood(esme, (replay for _ in range(4)))
    (tally,) = esme.device.machine.state.tallies.values()
    assert tally.refusals == 8


def test_known_parties_and_strangers_are_counted_apart() -> None:
    esme = meter()
    known = query(esme, counter=1).build()
    unknown = query(esme, counter=1, originator=EntityId(bytes(7) + b"\x09")).build()
    flood(esme, iter([known, unknown, unknown]))
    tallies = {
        tally.known_party: (tally.refusals, tally.last_originator)
        for tally in esme.device.machine.state.tallies.values()
    }
    assert tallies == {
        True: (1, entity(ROLE.ACCESS_CONTROL_BROKER)),
        False: (2, bytes(7) + b"\x09"),
    }


def test_tally_holds_the_first_and_last_time() -> None:
    esme = meter()
    replay = query(esme, counter=1).build()
    flood(esme, iter([replay]))
    esme.clock.time = DAY.replace(hour=13)
    flood(esme, iter([replay]))
    (tally,) = esme.device.machine.state.tallies.values()
    assert tally.last_time - tally.first_time == 3600


@pytest.mark.parametrize("attempts", [1, 50])
def test_guesses_of_the_contingency_key_are_counted_and_never_answered(attempts: int) -> None:
    esme = meter()
    guesses = (
        by_contingency(esme, control={"symmetric_key": key(f"guess {number}")[:16]}).build()
        for number in range(attempts)
    )
    _, erases, alerts = flood(esme, guesses)
    assert (erases, alerts) == (0, 0)
    (tally,) = esme.device.machine.state.tallies.values()
    assert tally.reason == RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP
    assert not tally.known_party


def cancels_nothing(esme: Meter) -> Message:
    return supplier_by_supplier(esme, execution=NEVER)


def fails(esme: Meter) -> Message:
    return supplier_by_supplier(esme, path=())


def changes_nothing(esme: Meter) -> Message:
    """The network operator's own key once more."""
    return change(esme, 0)


def waits(esme: Meter) -> Message:
    return supplier_by_supplier(esme, execution=DAY + timedelta(days=1))


@pytest.mark.parametrize("make", [cancels_nothing, fails, changes_nothing, waits])
def test_what_changes_no_credential_cannot_push_out_the_record_of_a_change(
    make: Callable[[Meter], Message],
) -> None:
    esme = meter()
    accepted(esme, change(esme, 0))
    (record,) = durable(esme.device).log.values()
    for _ in range(40):
        accepted(esme, make(esme))
    log = durable(esme.device).log.values()
    assert record in log
    assert record.detail == "mode 8: 1 of 1 cells"
    assert sorted(event.sequence for event in log) == [1, 38, 39, 40, 41]


def test_twelve_changes_are_held_and_the_next_takes_the_place_of_the_first() -> None:
    esme = with_evidence()
    assert len(durable(esme.device).log) == 16
    accepted(esme, change(esme, 12))
    sequences = sorted(event.sequence for event in durable(esme.device).log.values())
    assert sequences == [*range(2, 18)]


def test_the_log_of_an_older_image_goes_on_in_the_places_of_its_oldest_events() -> None:
    """There an event of any kind stood in the place of its sequence."""
    esme = with_evidence()
    state = esme.device.machine.state
    older = state.changes()
    for number, event in enumerate(sorted(state.log.values(), key=lambda each: each.sequence)):
        older.put(event._replace(ring=(number + 21) % 16, sequence=number + 21))
    older.commit()
    esme.device.power_on()
    accepted(esme, change(esme, 12))
    accepted(esme, cancels_nothing(esme))
    log = durable(esme.device).log
    assert {place: event.sequence for place, event in log.items() if event.sequence > 36} == {
        5: 37,
        12: 38,
    }
