"""Counters after a command: advanced, floored, and never a way back for captured commands."""

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import outcome, statuses
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
from tests.support.pki import FIRST, SECOND_UNDER_FIRST, Generation

OK = StatusCode.SUCCESS
TOP_UP = SeqNumberUsage.PREPAYMENT_TOP_UP
HIGH = 10**12


def accept(device: Meter, message: Message) -> None:
    assert device.device.receive(message.build()).refusal is None


def special(floor: int) -> tuple[SpecialistFloor, ...]:
    return (SpecialistFloor(TOP_UP, floor),)


def test_counter_without_a_floor_is_that_of_the_command() -> None:
    esme = meter()
    command = supplier_by_supplier(esme)
    accept(esme, command)
    assert esme.counter(ROLE.SUPPLIER) == command.counter


def test_a_floor_lowers_the_counter_if_the_authenticating_key_changed() -> None:
    esme = meter()
    accept(esme, supplier_by_supplier(esme, control={"floor": 5}))
    assert esme.counter(ROLE.SUPPLIER) == 5
    low = supplier_by_supplier(esme, counter=6, signer=SECOND_UNDER_FIRST.key_of("supplier.DS"))
    accept(esme, low)


def test_captured_command_of_the_old_key_stays_refused_after_a_low_floor() -> None:
    esme = meter()
    captured = query(esme, "supplier.DS").build()
    assert esme.device.receive(captured).refusal is None
    accept(esme, supplier_by_supplier(esme, control={"floor": 0}))
    assert esme.counter(ROLE.SUPPLIER) == 0
    refused(esme, captured, RefusalReason.BAD_SIGNATURE)


def only_agreement(esme: Meter, floor: int) -> Message:
    """The signing key stays; the floor asks for a lower counter all the same."""
    return update(
        esme, MODE.SUPPLIER_BY_SUPPLIER, replacements(["supplier.KA"]), control={"floor": floor}
    )


def test_a_floor_does_not_lower_the_counter_if_the_signing_key_stays() -> None:
    esme = meter()
    captured = query(esme, "supplier.DS").build()
    assert esme.device.receive(captured).refusal is None
    command = only_agreement(esme, 0)
    accept(esme, command)
    assert esme.counter(ROLE.SUPPLIER) == command.counter
    refused(esme, captured, RefusalReason.REPLAYED)


def test_the_naive_rule_lets_the_captured_command_run_again() -> None:
    """Why floor_scope is not 'always': this is the hole that it opens."""
    esme = meter(policy=Policy(floor_scope="always"))
    captured = query(esme, "supplier.DS").build()
    assert esme.device.receive(captured).refusal is None
    accept(esme, only_agreement(esme, 0))
    assert esme.counter(ROLE.SUPPLIER) == 0
    assert esme.device.receive(captured).refusal is None


def test_the_same_key_certified_anew_is_no_new_key() -> None:
    esme = meter()
    renewed = FIRST.leaf("supplier.DS", serial=99).certificate
    (item,) = replacements(["supplier.DS"])
    command = update(
        esme,
        MODE.SUPPLIER_BY_SUPPLIER,
        [item._replace(certificate=renewed)],
        path=(FIRST.issuing().certificate,),
        control={"floor": 0},
    )
    assert statuses(esme, esme.device.receive(command.build())) == [OK]
    assert esme.counter(ROLE.SUPPLIER) == command.counter


def test_a_rejected_certificate_changes_no_key_and_lowers_no_counter() -> None:
    esme = meter()
    command = supplier_by_supplier(esme, path=(), control={"floor": 0})
    result = outcome(esme, esme.device.receive(command.build()))
    assert {item.status for item in result.outcomes} == {StatusCode.NO_TRUST_ANCHOR}
    assert result.changes == (FloorChange(ROLE.SUPPLIER, 0),), "reported all the same"
    assert esme.counter(ROLE.SUPPLIER) == command.counter


def test_a_key_that_is_replaced_and_put_back_is_no_new_key() -> None:
    esme = meter(policy=Policy(duplicate_cells="last-wins"))
    captured = query(esme, "supplier.DS").build()
    assert esme.device.receive(captured).refusal is None
    (new,) = replacements(["supplier.DS"])
    old = new._replace(certificate=FIRST.leaf("supplier.DS").certificate)
    command = update(
        esme,
        MODE.SUPPLIER_BY_SUPPLIER,
        [new, old],
        path=(SECOND_UNDER_FIRST.issuing().certificate, FIRST.issuing().certificate),
        control={"floor": 0},
    )
    assert statuses(esme, esme.device.receive(command.build())) == [OK, OK]
    refused(esme, captured, RefusalReason.REPLAYED)


def test_a_floor_above_the_counter_raises_it_in_any_case() -> None:
    esme = meter()
    accept(esme, only_agreement(esme, HIGH))
    assert esme.counter(ROLE.SUPPLIER) == HIGH


def test_the_change_of_supplier_sets_the_new_suppliers_floors() -> None:
    esme = meter()
    command = update(
        esme,
        MODE.SUPPLIER_BY_TRANS_COS,
        replacements(["supplier.DS", "supplier.KA", "supplier.KA.PP"]),
        control={"other_changes": (FloorChange(ROLE.SUPPLIER, 3, special(4)),)},
    )
    result = outcome(esme, esme.device.receive(command.build()))
    assert result.changes == (FloorChange(ROLE.SUPPLIER, 3, special(4)),)
    counters = durable(esme.device).counters
    assert (counters[ROLE.SUPPLIER].execution, counters[ROLE.SUPPLIER].specialist) == (3, 4)
    assert esme.counter(ROLE.TRANSITIONAL_COS) == command.counter


def test_the_specialist_counter_falls_only_with_the_top_up_key() -> None:
    esme = meter()
    accept(esme, supplier_by_supplier(esme, control={"floor": 0, "specialist_floors": special(9)}))
    assert durable(esme.device).counters[ROLE.SUPPLIER].specialist == 9
    third = Generation(3, 1)
    keep = update(
        esme,
        MODE.SUPPLIER_BY_SUPPLIER,
        replacements(["supplier.DS"], third),
        path=(third.issuing().certificate,),
        signer=SECOND_UNDER_FIRST.key_of("supplier.DS"),
        control={"floor": 0, "specialist_floors": special(2)},
    )
    assert statuses(esme, esme.device.receive(keep.build())) == [OK]
    held = durable(esme.device).counters[ROLE.SUPPLIER]
    assert (held.execution, held.specialist) == (0, 9)


def test_recovery_sets_the_floors_of_all_whose_keys_it_replaces() -> None:
    esme = meter()
    roles = (ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR, ROLE.ACCESS_CONTROL_BROKER)
    others = tuple(FloorChange(role, 10 + role) for role in roles)
    accept(esme, by_recovery(esme, control={"floor": 1, "other_changes": others}))
    assert esme.counter(ROLE.RECOVERY) == 1
    assert [esme.counter(role) for role in roles] == [10 + role for role in roles]
    assert esme.counter(ROLE.TRANSITIONAL_COS) == START


def test_brokers_counter_on_a_hub_falls_only_with_both_its_keys() -> None:
    """One counter stands behind its MAC and its signature; a MAC alone reads (GBCS 13.2)."""
    floors = (FloorChange(ROLE.ACCESS_CONTROL_BROKER, 0),)
    for cells, expected in (
        (["accessControlBroker.DS"], START),
        ([ACB], START),
        ([ACB, "accessControlBroker.DS"], 0),
    ):
        hub = meter(DeviceType.CHF)
        command = update(
            hub,
            MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
            replacements(cells),
            control={"other_changes": floors},
        )
        accept(hub, command)
        assert hub.counter(ROLE.ACCESS_CONTROL_BROKER) == expected


def test_the_broker_on_a_meter_needs_only_its_agreement_key() -> None:
    esme = meter()
    command = update(esme, MODE.ACB_BY_ACB, replacements([ACB]), control={"floor": 0})
    accept(esme, command)
    assert esme.counter(ROLE.ACCESS_CONTROL_BROKER) == 0
    low = maced(esme, query(esme, counter=1), SECOND_UNDER_FIRST.key_of(ACB))
    accept(esme, low)


@pytest.mark.parametrize(
    "change",
    [
        FloorChange(ROLE.NETWORK_OPERATOR, 0),
        FloorChange(ROLE.ROOT, 0),
        FloorChange(ROLE.TRANSITIONAL_COS, HIGH),
    ],
    ids=lambda change: change.role.label,
)
def test_a_mode_moves_no_counter_of_a_role_that_it_does_not_cover(change: FloorChange) -> None:
    esme = meter()
    command = supplier_by_supplier(esme, control={"other_changes": (change,)})
    refused(esme, command.build(), RefusalReason.NO_AUTHORITY, spends=ROLE.SUPPLIER)


def test_contingency_moves_roots_counter_only_as_its_own_floor() -> None:
    esme = meter()
    command = by_contingency(esme, control={"other_changes": (FloorChange(ROLE.ROOT, 0),)})
    refused(esme, command.build(), RefusalReason.NO_AUTHORITY, spends=ROLE.ROOT)


def test_a_floor_beyond_the_range_is_malformed() -> None:
    esme = meter()
    command = supplier_by_supplier(esme, control={"floor": 2**63})
    refused(esme, command.build(), RefusalReason.MALFORMED, spends=ROLE.SUPPLIER)


def test_the_outcome_lists_own_floor_first_then_the_others_in_order() -> None:
    esme = meter()
    others = (FloorChange(ROLE.SUPPLIER, 3), FloorChange(ROLE.NETWORK_OPERATOR, 2))
    command = by_recovery(esme, control={"floor": 1, "other_changes": others})
    changes = outcome(esme, esme.device.receive(command.build())).changes
    assert changes == (FloorChange(ROLE.RECOVERY, 1), *others)
