"""Mode 9 for later: one place, and void when the contingency key that authorised it goes."""

from datetime import timedelta

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.commands import (
    MODE,
    by_contingency,
    replacements,
    update,
)
from tests.support.meter import DAY, Meter, durable, meter
from tests.support.pki import FIRST, SECOND

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
