"""One update, one transaction: verdicts are independent, what is accepted lasts together."""

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused, total
from tests.machine.commands.unfit_updates import UNFIT
from tests.support.answers import outcome, signed_answer, statuses
from tests.support.commands import (
    MODE,
    ROLE,
    by_recovery,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, fill, meter
from tests.support.pki import FIRST, SECOND_UNDER_FIRST, cell, entity

OK = StatusCode.SUCCESS
BAD = StatusCode.BAD_CERTIFICATE

FULL = Geometry((4480,) * 2, write_unit=4)
"""Room for a meter's first image and a little more; see `fill`."""


def test_one_bad_certificate_does_not_stop_the_others() -> None:
    esme = meter()
    good, bad, last = replacements(["supplier.DS", "supplier.KA", "supplier.KA.PP"])
    command = update(
        esme, MODE.SUPPLIER_BY_SUPPLIER, [good, bad._replace(certificate=b"\x30\x00"), last]
    )
    assert statuses(esme, esme.device.receive(command.build())) == [OK, BAD, OK]
    cells = esme.device.cells()
    new, old = SECOND_UNDER_FIRST, FIRST
    assert cells[cell("supplier.DS")].public_key == new.leaf("supplier.DS").point
    assert cells[cell("supplier.KA")].public_key == old.leaf("supplier.KA").point
    assert cells[cell("supplier.KA.PP")].public_key == new.leaf("supplier.KA.PP").point


def test_outcomes_come_in_the_order_of_the_replacements() -> None:
    esme = meter()
    names = ["transitionalCoS.DS", "supplier.KA.PP", "wanProvider.DS", "recovery.DS"]
    command = update(esme, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, replacements(names))
    outcomes = outcome(esme, esme.device.receive(command.build())).outcomes
    assert [item.cell for item in outcomes] == list(map(cell, names))
    assert [item.status for item in outcomes] == [OK, OK, StatusCode.TRUST_ANCHOR_NOT_FOUND, OK]


def test_identifiers_state_what_the_cell_held_and_what_it_holds() -> None:
    esme = meter()
    good, bad = replacements(["supplier.DS", "supplier.KA"])
    command = update(esme, MODE.SUPPLIER_BY_SUPPLIER, [good, bad._replace(certificate=b"\x30\x00")])
    first, second = outcome(esme, esme.device.receive(command.build())).outcomes
    party = entity(ROLE.SUPPLIER)
    assert first.existing_subject_id == first.replacing_subject_id == party
    assert first.existing_key_identifier == FIRST.leaf("supplier.DS").key_identifier
    new = SECOND_UNDER_FIRST.leaf("supplier.DS").key_identifier
    assert first.replacing_key_identifier == new
    held = FIRST.leaf("supplier.KA").key_identifier
    assert second.existing_key_identifier == second.replacing_key_identifier == held


def test_a_cell_that_is_not_there_has_no_identifiers() -> None:
    esme = meter()
    command = update(
        esme, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, replacements(["wanProvider.DS"])
    )
    (item,) = outcome(esme, esme.device.receive(command.build())).outcomes
    assert item.existing_subject_id == item.replacing_key_identifier == bytes(8)


def test_the_outcome_names_counter_and_mode() -> None:
    esme = meter()
    command = supplier_by_supplier(esme)
    result = outcome(esme, esme.device.receive(command.build()))
    assert (result.counter, result.mode) == (command.counter, MODE.SUPPLIER_BY_SUPPLIER)
    assert result.changes == ()


def test_replacing_every_cell_fits_a_tight_flash() -> None:
    esme = meter(geometry=FULL)
    assert statuses(esme, esme.device.receive(by_recovery(esme).build())) == [OK] * 8


def test_full_flash_spends_the_command_and_changes_no_cell() -> None:
    """A flash with room for one more record only: the counter's place is there already."""
    esme = meter(geometry=FULL)
    fill(esme.device)
    before = esme.device.cells()
    command = supplier_by_supplier(esme)
    result = outcome(esme, esme.device.receive(command.build()))
    assert {item.status for item in result.outcomes} == {StatusCode.INSUFFICIENT_MEMORY}
    for item in result.outcomes:
        assert item.replacing_key_identifier == item.existing_key_identifier
    assert esme.device.cells() == before
    assert esme.counter(ROLE.SUPPLIER) == command.counter
    refused_again = esme.device.receive(command.build())
    assert refused_again.refusal is not None
    assert refused_again.refusal.reason is RefusalReason.REPLAYED


def test_a_bad_certificate_stays_bad_where_there_is_no_room() -> None:
    esme = meter(geometry=FULL)
    fill(esme.device)
    good, bad = replacements(["supplier.DS", "supplier.KA"])
    command = update(esme, MODE.SUPPLIER_BY_SUPPLIER, [good, bad._replace(certificate=b"\x30\x00")])
    expected = [StatusCode.INSUFFICIENT_MEMORY, BAD]
    assert statuses(esme, esme.device.receive(command.build())) == expected


def test_reads_and_refusals_go_on_in_a_full_flash() -> None:
    esme = meter(geometry=FULL)
    fill(esme.device)
    command = query(esme)
    assert esme.device.receive(command.build()).messages
    effects = esme.device.receive(command.build())
    assert effects.refusal is not None
    assert effects.messages == (), "an alert's counter cannot be reserved"


def test_a_future_dated_command_that_does_not_fit_is_refused() -> None:
    esme = meter(geometry=FULL)
    command = supplier_by_supplier(esme, execution=DAY.replace(year=2027))
    effects = refused(esme, command.build(), RefusalReason.NO_ROOM, spends=ROLE.SUPPLIER)
    refused(esme, command.build(), RefusalReason.REPLAYED)
    payload = signed_answer(effects.messages[0], esme.signing_point).payload
    found = UpdateResponse.decode(payload).outcome
    assert found is not None
    assert {item.status for item in found.outcomes} == {StatusCode.INSUFFICIENT_MEMORY}


def test_an_unfit_update_whose_refusal_does_not_fit_is_answered_and_spent() -> None:
    make, reason, role, _ = UNFIT["no_cell_named"]
    esme = meter(geometry=FULL)
    fill(esme.device)
    command = make(esme)
    effects = esme.device.receive(command.build())
    assert effects.refusal is not None
    assert effects.refusal.reason is reason
    assert total(esme, reason) == 0, "there is no room for the count"
    assert len(effects.messages) == 1, "an alert's counter cannot be reserved"
    assert esme.counter(role) == command.counter


def test_a_cancellation_that_does_not_fit_is_not_answered_and_yet_spent() -> None:
    esme = meter(geometry=FULL)
    fill(esme.device)
    command = supplier_by_supplier(esme, execution=NEVER)
    effects = esme.device.receive(command.build())
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is RefusalReason.NO_ROOM
    assert esme.counter(ROLE.SUPPLIER) == command.counter
