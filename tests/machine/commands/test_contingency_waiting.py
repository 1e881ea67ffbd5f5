"""Mode 9 for later: one place, and void when the contingency key that authorised it goes."""

from datetime import datetime, timedelta

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.image.records import PendingChunk
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.commands import (
    MODE,
    ROLE,
    by_contingency,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, Meter, durable, meter
from tests.support.pki import FIRST, SECOND, entity

DUE = DAY + timedelta(days=300)


def renewed_root(esme: Meter) -> Message:
    """Mode 0: the root's own key stays, its wrapped contingency key is that of the second root."""
    apex = parse_certificate(SECOND.root().certificate).wrapped_contingency_key
    (root,) = replacements(["root.CS"], FIRST)
    root = root._replace(certificate=FIRST.root(wrapped_contingency_key=apex).certificate)
    return update(esme, MODE.ROOT_BY_SUPPLIER, [root], path=(FIRST.link(FIRST),))


def accept(esme: Meter, message: Message) -> None:
    assert esme.device.receive(message.build()).refusal is None


def test_a_renewed_contingency_key_voids_what_the_old_one_ordered_for_later() -> None:
    esme = meter()
    accept(esme, by_contingency(esme, execution=DUE))
    accept(esme, renewed_root(esme))
    assert durable(esme.device).root.cell.public_key == FIRST.root().point
    assert durable(esme.device).pending == {}
    refused(esme, by_contingency(esme).build(), RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP)
    esme.clock.time = DUE
    assert esme.device.tick().messages == ()
    assert durable(esme.device).root.cell.public_key == FIRST.root().point


def test_the_security_log_counts_the_void_contingency_command() -> None:
    esme = meter()
    accept(esme, by_contingency(esme, execution=DUE))
    accept(esme, renewed_root(esme))
    details = [event.detail for event in durable(esme.device).log.values()]
    assert "mode 0: 1 of 1 cells; 1 void" in details


def test_a_root_that_is_not_accepted_voids_nothing() -> None:
    esme = meter()
    accept(esme, by_contingency(esme, execution=DUE))
    (root,) = replacements(["root.CS"], SECOND)
    accept(esme, update(esme, MODE.ROOT_BY_SUPPLIER, [root], path=()))
    assert len(durable(esme.device).pending) == 1


def from_originator(esme: Meter, number: int, execution: datetime) -> Message:
    """A contingency command with an originator that nothing authenticates."""
    return by_contingency(
        esme, execution=execution, originator=EntityId(bytes(7) + bytes((number,)))
    )


def test_contingency_commands_of_any_originators_share_one_place() -> None:
    esme = meter()
    for number in range(1, 6):
        accept(esme, from_originator(esme, number, DUE))
    assert [pending.originator[7] for pending in durable(esme.device).pending.values()] == [5]
    accept(esme, supplier_by_supplier(esme, execution=DUE))
    assert len(durable(esme.device).pending) == 2


def test_a_contingency_cancellation_reaches_the_command_of_another_originator() -> None:
    esme = meter()
    accept(esme, from_originator(esme, 1, DUE))
    accept(esme, by_contingency(esme, execution=NEVER))
    assert durable(esme.device).pending == {}
    details = [event.detail for event in durable(esme.device).log.values()]
    assert details[-1] == "cancelled"
    esme.clock.time = DUE
    assert esme.device.tick().messages == ()


def test_a_cancellation_of_every_mode_spares_a_contingency_command_and_is_spared_by_one() -> None:
    """Its originator is authenticated by nothing: it may name the supplier."""
    esme = meter(policy=Policy(cancellation_scope="any-of-originator"))
    supplier = entity(ROLE.SUPPLIER)
    accept(esme, supplier_by_supplier(esme, execution=DUE))
    accept(esme, by_contingency(esme, execution=DUE, originator=supplier))
    accept(esme, by_contingency(esme, execution=NEVER, originator=supplier))
    assert [each.message_code for each in durable(esme.device).pending.values()] == [0x0102]
    accept(esme, by_contingency(esme, execution=DUE, originator=supplier))
    accept(esme, supplier_by_supplier(esme, execution=NEVER))
    assert [each.message_code for each in durable(esme.device).pending.values()] == [0x0109]


def test_contingency_commands_kept_by_originator_in_an_older_image_go_together() -> None:
    """An image of an earlier device may hold several."""
    esme = meter()
    for number in (1, 2):
        other = meter()
        accept(other, from_originator(other, number, DUE))
        state = other.device.machine.state
        changes = esme.device.machine.state.changes()
        changes.put(state.pending[0]._replace(place=number))
        for (_, chunk), octets in state.chunks.items():
            changes.put(PendingChunk(number, chunk, octets))
        changes.commit()
    esme.device.power_on()
    assert len(durable(esme.device).pending) == 2
    accept(esme, by_contingency(esme, execution=NEVER))
    assert durable(esme.device).pending == {}
    assert esme.device.machine.state.chunks == {}
