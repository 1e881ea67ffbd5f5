"""Future-dated updates: accepted now, carried out and reported when due, or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateResponse
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import Answer, only, signed_answer
from tests.support.commands import (
    MODE,
    ROLE,
    by_recovery,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, OWN_START, Meter, durable, meter
from tests.support.pki import FIRST, NOT_AFTER, SECOND_UNDER_FIRST, cell, entity

OK = StatusCode.SUCCESS
DUE = DAY + timedelta(days=30)


def accepted(esme: Meter, message: Message) -> None:
    """It is answered at once: accepted, without an outcome."""
    answer = signed_answer(only(esme.device.receive(message.build())), esme.signing_point)
    assert (answer.cra, answer.counter) == (2, message.counter)
    assert len(answer.date_time) == 12
    assert answer.payload.hex() == "30020500"
    assert UpdateResponse.decode(answer.payload).outcome is None


def alert(esme: Meter, effects: Effects) -> tuple[Answer, UpdateAlert]:
    answer = signed_answer(only(effects), esme.signing_point)
    assert (answer.cra, answer.date_time) == (3, b"")
    return answer, UpdateAlert.decode(answer.payload)


def at(esme: Meter, time: datetime) -> Effects:
    esme.clock.time = time
    return esme.device.tick()


def holds(esme: Meter, generation: object, name: str = "supplier.DS") -> bool:
    assert isinstance(generation, type(FIRST))
    return esme.device.cells()[cell(name)].public_key == generation.leaf(name).point


def test_future_dated_command_waits_then_runs_then_reports() -> None:
    esme = meter()
    command = supplier_by_supplier(esme, execution=DUE, control={"floor": 3})
    accepted(esme, command)
    assert holds(esme, FIRST)
    assert at(esme, DUE - timedelta(seconds=1)).messages == ()
    answer, report = alert(esme, at(esme, DUE))
    assert holds(esme, SECOND_UNDER_FIRST)
    assert (answer.counter, answer.code) == (OWN_START, 0x00CB)
    assert answer.target == entity(ROLE.SUPPLIER)
    assert (report.alert_code, report.execution) == (0x8F66, DUE)
    assert report.outcome.counter == command.counter
    assert report.outcome.changes == (FloorChange(ROLE.SUPPLIER, 3),)
    assert [item.status for item in report.outcome.outcomes] == [OK] * 3
    assert at(esme, DUE).messages == ()
    assert durable(esme.device).pending == {}


def test_one_failed_cell_makes_the_alert_a_failure() -> None:
    esme = meter()
    good, bad = replacements(["supplier.DS", "supplier.KA"])
    what = [good, bad._replace(certificate=b"\x30\x00")]
    accepted(esme, update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, execution=DUE))
    _, report = alert(esme, at(esme, DUE))
    assert report.alert_code == 0x8F67
    statuses = [item.status for item in report.outcome.outcomes]
    assert statuses == [OK, StatusCode.BAD_CERTIFICATE]
    assert holds(esme, SECOND_UNDER_FIRST)


def test_certificates_of_a_future_dated_command_are_judged_when_it_runs() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=NOT_AFTER + timedelta(days=1)))
    _, report = alert(esme, at(esme, NOT_AFTER + timedelta(days=1)))
    assert {item.status for item in report.outcome.outcomes} == {StatusCode.NO_TRUST_ANCHOR}


def test_alert_of_execution_goes_to_the_originator_not_to_the_new_supplier() -> None:
    esme = meter()
    what = replacements(["supplier.DS", "supplier.KA", "supplier.KA.PP"])
    accepted(esme, update(esme, MODE.SUPPLIER_BY_TRANS_COS, what, execution=DUE))
    answer, _ = alert(esme, at(esme, DUE))
    assert answer.target == entity(ROLE.TRANSITIONAL_COS)


def test_a_time_in_the_past_is_due_at_once() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DAY - timedelta(days=1)))
    assert holds(esme, FIRST)
    alert(esme, esme.device.tick())
    assert holds(esme, SECOND_UNDER_FIRST)


@pytest.mark.parametrize("due", [datetime(1960, 1, 1, tzinfo=UTC), NEVER - timedelta(seconds=1)])
def test_the_ends_of_the_calendar_are_dates_like_others(due: datetime) -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=due))
    esme.device.power_on()
    assert len(at(esme, DUE).messages) == (due < DUE)


def test_future_dated_command_is_kept_over_a_reboot() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    esme.device.power_on()
    alert(esme, at(esme, DUE))
    assert holds(esme, SECOND_UNDER_FIRST)


def test_power_failure_over_the_due_time_only_delays_a_command() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    esme.clock.time = DUE + timedelta(days=3)
    esme.device.power_on()
    _, report = alert(esme, esme.device.tick())
    assert report.execution == DUE


def test_counter_of_a_future_dated_command_is_spent_when_it_is_accepted() -> None:
    esme = meter()
    command = supplier_by_supplier(esme, execution=DUE)
    accepted(esme, command)
    refused(esme, command.build(), RefusalReason.REPLAYED)
    at(esme, DUE)
    refused(esme, command.build(), RefusalReason.REPLAYED)


def test_counters_do_not_go_back_when_a_future_dated_command_runs() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    later = query(esme, "supplier.DS")
    assert esme.device.receive(later.build()).refusal is None
    at(esme, DUE)
    assert esme.counter(ROLE.SUPPLIER) == later.counter


def test_floor_of_a_future_dated_command_counts_when_its_keys_do() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE, control={"floor": 2}))
    assert esme.counter(ROLE.SUPPLIER) > 2
    at(esme, DUE)
    assert esme.counter(ROLE.SUPPLIER) == 2


def test_cancellation_removes_the_waiting_command_without_a_later_message() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    accepted(esme, supplier_by_supplier(esme, execution=NEVER))
    assert durable(esme.device).pending == {}
    assert at(esme, DUE).messages == ()
    assert holds(esme, FIRST)


def test_a_cancellation_of_nothing_is_accepted() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=NEVER))
    details = [event.detail for event in durable(esme.device).log.values()]
    assert details == ["nothing was waiting"]


def test_a_cancellation_reaches_its_own_mode_only() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    cancel = update(
        esme, MODE.TRANS_COS_BY_TRANS_COS, replacements(["transitionalCoS.DS"]), execution=NEVER
    )
    accepted(esme, cancel)
    assert len(durable(esme.device).pending) == 1


def test_a_cancellation_cannot_be_replayed_against_a_later_command() -> None:
    esme = meter()
    cancel = supplier_by_supplier(esme, execution=NEVER)
    accepted(esme, cancel)
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    refused(esme, cancel.build(), RefusalReason.REPLAYED)


def test_nothing_is_due_while_the_clock_is_invalid() -> None:
    """A device that knows nothing of the time cannot know that a time has come."""
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    esme.clock.reliability = ClockReliability.INVALID
    assert at(esme, DUE + timedelta(days=400)).messages == ()
    assert holds(esme, FIRST)
    esme.clock.reliability = ClockReliability.UNRELIABLE
    alert(esme, esme.device.tick())
    assert holds(esme, SECOND_UNDER_FIRST)


def test_a_cancellation_after_the_due_time_comes_too_late_even_before_the_tick() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    esme.clock.time = DUE
    accepted(esme, supplier_by_supplier(esme, execution=NEVER))
    details = [event.detail for event in durable(esme.device).log.values()]
    assert details[-1] == "nothing was waiting"
    alert(esme, esme.device.tick())
    assert holds(esme, SECOND_UNDER_FIRST)


def test_a_later_command_does_not_take_the_place_of_one_that_is_due() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    esme.clock.time = DUE
    later = update(
        esme,
        MODE.SUPPLIER_BY_SUPPLIER,
        replacements(["supplier.KA"]),
        execution=DUE + timedelta(days=1),
    )
    accepted(esme, later)
    assert len(durable(esme.device).pending) == 2
    alert(esme, esme.device.tick())
    assert holds(esme, SECOND_UNDER_FIRST)


def full_of_other_modes(esme: Meter) -> None:
    """Every place is taken by a command that no recovery voids or replaces."""
    for mode, name in (
        (MODE.SUPPLIER_BY_SUPPLIER, "supplier.DS"),
        (MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR, "networkOperator.DS"),
        (MODE.ACB_BY_ACB, "accessControlBroker.KA"),
        (MODE.TRANS_COS_BY_TRANS_COS, "transitionalCoS.DS"),
    ):
        accepted(esme, update(esme, mode, replacements([name]), execution=DUE))


def test_a_command_that_found_no_place_is_spent_and_cannot_be_sent_again() -> None:
    """Kept by an eavesdropper, it would else run when a place is free, even after its time."""
    esme = meter()
    full_of_other_modes(esme)
    busy = by_recovery(esme, execution=DUE)
    (answer,) = refused(esme, busy.build(), RefusalReason.NO_ROOM, spends=ROLE.RECOVERY).messages
    outcome = UpdateResponse.decode(signed_answer(answer, esme.signing_point).payload).outcome
    assert outcome is not None
    assert {item.status for item in outcome.outcomes} == {StatusCode.RESOURCES_BUSY}
    assert len(at(esme, DUE).messages) == 4
    refused(esme, busy.build(), RefusalReason.REPLAYED)
    assert holds(esme, FIRST, "recovery.DS")


def test_the_counter_of_a_command_that_found_no_place_is_spent_after_a_reboot_too() -> None:
    esme = meter()
    full_of_other_modes(esme)
    busy = by_recovery(esme, execution=DUE)
    assert esme.device.receive(busy.build()).messages
    esme.device.power_on()
    assert esme.counter(ROLE.RECOVERY) == busy.counter


def test_a_later_command_takes_the_place_of_an_earlier_one() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    what = replacements(["supplier.KA"])
    sooner = update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, execution=DUE - timedelta(days=1))
    accepted(esme, sooner)
    assert len(durable(esme.device).pending) == 1
    esme.device.power_on()
    _, report = alert(esme, at(esme, DUE))
    assert report.outcome.counter == sooner.counter
    assert holds(esme, FIRST, "supplier.DS")
    assert holds(esme, SECOND_UNDER_FIRST, "supplier.KA")
    assert at(esme, DUE + timedelta(days=9)).messages == ()


def test_future_dated_commands_run_in_the_order_of_their_times() -> None:
    esme = meter()
    last = update(
        esme,
        MODE.TRANS_COS_BY_TRANS_COS,
        replacements(["transitionalCoS.DS"]),
        execution=DUE + timedelta(hours=1),
    )
    first = supplier_by_supplier(esme, execution=DUE)
    accepted(esme, last)
    accepted(esme, first)
    effects = at(esme, DUE + timedelta(days=1))
    answers = [signed_answer(octets, esme.signing_point) for octets in effects.messages]
    assert [UpdateAlert.decode(answer.payload).outcome.counter for answer in answers] == [
        first.counter,
        last.counter,
    ]
    assert [answer.counter for answer in answers] == [OWN_START, OWN_START + 1]


def test_storing_and_cancelling_are_logged() -> None:
    esme = meter()
    accepted(esme, supplier_by_supplier(esme, execution=DUE))
    accepted(esme, supplier_by_supplier(esme, execution=NEVER))
    details = [event.detail for event in durable(esme.device).log.values()]
    assert details == ["due 2026-03-31 12:00:00", "cancelled"]


# --- a waiting command and the key that authorised it -------------------------------------------


def rollback(esme: Meter) -> Message:
    """The thief of the supplier's key orders its own certificates back, for later."""
    what = replacements(["supplier.DS", "supplier.KA", "supplier.KA.PP"], FIRST)
    path = (FIRST.issuing().certificate,)
    return update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, path=path, execution=DUE)


def test_recovery_voids_waiting_commands_of_the_compromised_key() -> None:
    esme = meter()
    accepted(esme, rollback(esme))
    recovery = by_recovery(esme)
    assert esme.device.receive(recovery.build()).refusal is None
    state = durable(esme.device)
    assert state.pending == {}
    assert at(esme, DUE).messages == ()
    assert holds(esme, SECOND_UNDER_FIRST)
    last = max(state.log.values(), key=lambda event: event.sequence)
    assert last.detail == "mode 8: 8 of 8 cells; 1 void"


def test_waiting_command_that_policy_keeps_puts_the_compromised_key_back() -> None:
    """Why waiting_commands is not 'keep'."""
    esme = meter(policy=Policy(waiting_commands="keep"))
    accepted(esme, rollback(esme))
    assert esme.device.receive(by_recovery(esme).build()).refusal is None
    alert(esme, at(esme, DUE))
    assert holds(esme, FIRST)


def test_commands_of_parties_whose_keys_stay_wait_on() -> None:
    esme = meter()
    accepted(esme, rollback(esme))
    command = update(
        esme, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, replacements(["networkOperator.DS"])
    )
    assert esme.device.receive(command.build()).refusal is None
    assert len(durable(esme.device).pending) == 1


def test_second_of_two_due_commands_is_void_if_the_first_takes_its_key() -> None:
    esme = meter()
    accepted(esme, rollback(esme))
    accepted(esme, by_recovery(esme, execution=DUE - timedelta(days=1)))
    answer, report = alert(esme, at(esme, DUE))
    assert answer.target == entity(ROLE.RECOVERY)
    assert report.alert_code == 0x8F66
    assert holds(esme, SECOND_UNDER_FIRST)


def test_a_command_that_renews_its_own_key_is_carried_out_once() -> None:
    esme = meter()
    accepted(esme, by_recovery(esme, execution=DUE))
    alert(esme, at(esme, DUE))
    assert holds(esme, SECOND_UNDER_FIRST, "recovery.DS")
    assert at(esme, DUE).messages == ()
