"""First authenticity, then everything else: what an unfit update brings with and without a key."""

import pytest

from firmware_sim.gbcs.message import Supplementary
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.device_certificates import KeyUsageQuery
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand, UpdateResponse
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import alert_code, refused
from tests.machine.commands.unfit_updates import UNFIT
from tests.support.answers import signed_answer
from tests.support.commands import ROLE, maced, query, signed, supplier_by_supplier
from tests.support.device_commands import own_command
from tests.support.meter import meter
from tests.support.pki import entity, key

USAGE = KeyUsageQuery.of(KeyUsage.DIGITAL_SIGNATURE).encode()


@pytest.mark.parametrize("name", UNFIT)
def test_an_authentic_unfit_update_is_answered_cell_by_cell_and_spent(name: str) -> None:
    """Every authenticated CS06 gets a response in the draft; here each cell says *other*."""
    make, reason, role, alert = UNFIT[name]
    esme = meter()
    command = make(esme)
    answer, *alerts = refused(esme, command.build(), reason, spends=role).messages
    assert [alert_code(esme, sent) for sent in alerts] == [alert] * (alert is not None)
    response = signed_answer(answer, esme.signing_point)
    assert (response.cra, response.code, response.counter) == (2, command.code, command.counter)
    outcome = UpdateResponse.decode(response.payload).outcome
    assert outcome is not None
    asked = UpdateCommand.decode(command.payload)
    assert [item.cell for item in outcome.outcomes] == [item.cell for item in asked.replacements]
    assert {item.status for item in outcome.outcomes} == {StatusCode.OTHER}
    for item in outcome.outcomes:
        assert item.replacing_subject_id == item.existing_subject_id
        assert item.replacing_key_identifier == item.existing_key_identifier
    refused(esme, command.build(), RefusalReason.REPLAYED)


@pytest.mark.parametrize("name", UNFIT)
def test_with_a_wrong_signature_only_the_signature_is_told_of(name: str) -> None:
    """A stranger learns the same from every command that he cannot sign."""
    make, _, _, _ = UNFIT[name]
    esme = meter()
    octets = make(esme, signer=key("stranger")).build()
    (sent,) = refused(esme, octets, RefusalReason.BAD_SIGNATURE).messages
    assert alert_code(esme, sent) == 0x8F3D


@pytest.mark.parametrize("payload", [b"", b"\x30\x00", b"\x30\x81\x00", b"\x02\x01\x00"])
def test_with_a_wrong_signature_a_malformed_payload_is_not_told_of(payload: bytes) -> None:
    esme = meter()
    for command in (
        supplier_by_supplier(esme, payload=payload, signer=key("stranger")),
        *(
            own_command(esme, code, payload, signer=key("stranger"))
            for code in (CS02C, CS02D, CS02E)
        ),
    ):
        refused(esme, command.build(), RefusalReason.BAD_SIGNATURE)


def test_an_authentic_update_that_cannot_be_read_is_spent_without_an_answer() -> None:
    esme = meter()
    command = supplier_by_supplier(esme, payload=b"\x30\x00").build()
    assert refused(esme, command, RefusalReason.MALFORMED, spends=ROLE.SUPPLIER).messages == ()
    refused(esme, command, RefusalReason.REPLAYED)


def test_a_read_is_authenticated_before_the_roles_are_looked_at() -> None:
    esme = meter()
    many = [ROLE.ROOT] * 17
    forged = signed(query(esme, "supplier.DS", many), key("stranger")).build()
    refused(esme, forged, RefusalReason.BAD_SIGNATURE)
    wrong_mac = maced(esme, query(esme, roles=many), key("stranger")).build()
    refused(esme, wrong_mac, RefusalReason.BAD_MAC)


def test_a_read_without_a_readable_asking_cell_selects_no_key() -> None:
    esme = meter()
    assert (
        refused(esme, query(esme, payload=b"\x30\x00").build(), RefusalReason.MALFORMED).messages
        == ()
    )


def test_contingency_without_a_readable_symmetric_key_selects_no_key() -> None:
    make, *_ = UNFIT["contingency_without_a_root"]
    esme = meter()
    for payload in (b"", b"\x30\x02\x30\x00"):
        assert (
            refused(esme, make(esme, payload=payload).build(), RefusalReason.MALFORMED).messages
            == ()
        )


def test_a_read_with_a_date_time_or_supplementary_fields_is_refused_and_spent() -> None:
    esme = meter()
    role = ROLE.ACCESS_CONTROL_BROKER
    extras = {"date_time": bytes(12)}, {"supplementary": Supplementary(entity(role), 7)}
    for extra in extras:
        octets = query(esme, **extra).build()
        assert refused(esme, octets, RefusalReason.MALFORMED, spends=role).messages == ()


def test_a_command_about_own_credentials_with_a_date_time_is_refused_and_spent() -> None:
    esme = meter()
    for code, payload in ((CS02C, USAGE), (CS02D, b"\x30\x00"), (CS02E, USAGE)):
        octets = own_command(esme, code, payload, date_time=bytes(12)).build()
        refused(esme, octets, RefusalReason.MALFORMED, spends=ROLE.SUPPLIER)
