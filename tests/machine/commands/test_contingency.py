"""Mode 9: the contingency key under the present root replaces the root, abnormally."""

from dataclasses import replace

import pytest

from firmware_sim.gbcs.contingency import WrapAlgorithm
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import statuses
from tests.support.commands import MODE, ROLE, by_contingency, by_recovery, replacements, update
from tests.support.meter import START, Meter, custom, durable, meter
from tests.support.pki import FIRST, SECOND, SECOND_UNDER_FIRST, Generation

OK = StatusCode.SUCCESS
BAD = StatusCode.BAD_CERTIFICATE
THIRD = Generation(3, 3)


def with_root(esme: Meter, certificate: bytes, generation: Generation = SECOND) -> bytes:
    """A contingency command with that root, and the generation's recovery certificate."""
    root, recovery = replacements(["root.CS", "recovery.DS"], generation)
    what = [root._replace(certificate=certificate), recovery]
    path = (generation.issuing().certificate,)
    return update(esme, MODE.ANY_BY_CONTINGENCY, what, path=path).build()


def test_root_name_and_wrapped_key_are_replaced_with_the_root() -> None:
    esme = meter()
    esme.device.receive(by_contingency(esme).build())
    root = durable(esme.device).root
    assert root.cell.public_key == SECOND.root().point
    assert root.cell.unique_id == bytes(8)
    assert root.subject_name == SECOND.name.octets
    assert root.wrapped_contingency_key in SECOND.root().certificate
    assert root.wrapped_contingency_key not in FIRST.root().certificate


def test_the_next_contingency_command_needs_the_new_roots_keys() -> None:
    esme = meter()
    assert esme.device.receive(by_contingency(esme).build()).refusal is None
    old = by_contingency(esme, THIRD)
    refused(esme, old.build(), RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP)
    half_old = by_contingency(
        esme,
        THIRD,
        path=(THIRD.issuing().certificate,),
        control={"symmetric_key": SECOND.symmetric_key},
    )
    refused(esme, half_old.build(), RefusalReason.BAD_SIGNATURE)
    new = by_contingency(
        replace(esme, generation=SECOND), THIRD, path=(THIRD.issuing().certificate,)
    )
    assert statuses(esme, esme.device.receive(new.build())) == [OK] * 9


def test_the_present_roots_wrapped_key_counts_not_the_incoming_ones() -> None:
    esme = meter()
    command = by_contingency(
        esme, signer=SECOND.contingency_key, control={"symmetric_key": SECOND.symmetric_key}
    )
    refused(esme, command.build(), RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP)


def test_wrong_symmetric_key_gets_no_answer_however_often() -> None:
    esme = meter()
    for _ in range(4):
        command = by_contingency(esme, control={"symmetric_key": bytes(16)})
        effects = refused(esme, command.build(), RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP)
        assert effects.messages == ()


def test_cells_are_judged_by_the_incoming_root() -> None:
    esme = meter()
    command = by_contingency(esme, path=(FIRST.issuing().certificate,))
    expected = [OK] + [StatusCode.NO_TRUST_ANCHOR] * 8
    assert statuses(esme, esme.device.receive(command.build())) == expected


def test_cells_are_judged_by_the_incoming_root_that_comes_last() -> None:
    esme = meter()
    what = replacements(["supplier.DS", "root.CS"], SECOND)
    command = update(esme, MODE.ANY_BY_CONTINGENCY, what)
    assert statuses(esme, esme.device.receive(command.build())) == [OK, OK]


def test_certificates_under_the_old_root_are_refused_beside_a_new_root() -> None:
    esme = meter()
    what = (*replacements(["root.CS"], SECOND), *replacements(["supplier.DS"], SECOND_UNDER_FIRST))
    command = update(
        esme, MODE.ANY_BY_CONTINGENCY, what, path=(SECOND_UNDER_FIRST.issuing().certificate,)
    )
    expected = [OK, StatusCode.NO_TRUST_ANCHOR]
    assert statuses(esme, esme.device.receive(command.build())) == expected


def with_failing_root(esme: Meter) -> bytes:
    """The present root once more, which brings no new key, and a cell that is good beneath it."""
    (root,) = replacements(["root.CS"], FIRST)
    what = [*replacements(["supplier.DS"], SECOND_UNDER_FIRST), root]
    path = (SECOND_UNDER_FIRST.issuing().certificate,)
    return update(esme, MODE.ANY_BY_CONTINGENCY, what, path=path).build()


def test_a_root_that_is_not_accepted_fails_every_cell() -> None:
    """The present root is compromised: a thief of it would have certified what rests on it."""
    esme = meter()
    before = durable(esme.device)
    effects = esme.device.receive(with_failing_root(esme))
    assert statuses(esme, effects) == [StatusCode.NO_TRUST_ANCHOR, BAD]
    assert durable(esme.device).cells == before.cells
    assert esme.counter(ROLE.ROOT) > START


def test_a_failing_root_fails_a_cell_that_the_device_lacks_like_the_others() -> None:
    esme = meter()
    (root,) = replacements(["root.CS"], FIRST)
    what = [root, *replacements(["wanProvider.DS"], SECOND_UNDER_FIRST)]
    command = update(esme, MODE.ANY_BY_CONTINGENCY, what, path=())
    effects = esme.device.receive(command.build())
    assert statuses(esme, effects) == [BAD, StatusCode.NO_TRUST_ANCHOR]


def test_a_root_that_fails_by_recovery_leaves_the_other_cells_to_the_present_one() -> None:
    esme = meter()
    (root,) = replacements(["root.CS"], FIRST)
    what = [root, *replacements(["supplier.DS"], SECOND_UNDER_FIRST)]
    command = update(esme, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, what)
    assert statuses(esme, esme.device.receive(command.build())) == [BAD, OK]


def test_a_new_root_that_keeps_the_contingency_key_is_a_bad_certificate() -> None:
    """Else a party that learnt the symmetric key from this command could use it again."""
    esme = meter()
    present = durable(esme.device).root.wrapped_contingency_key
    command = with_root(esme, SECOND.root(wrapped_contingency_key=present).certificate)
    assert statuses(esme, esme.device.receive(command))[0] is BAD


@pytest.mark.parametrize("apex", [None, b"\x30\x00", b"\x30\x03\x02\x01\x01"])
def test_a_new_root_without_a_readable_contingency_key_is_a_bad_certificate(
    apex: bytes | None,
) -> None:
    esme = meter()
    command = with_root(esme, SECOND.root(wrapped_contingency_key=apex).certificate)
    assert statuses(esme, esme.device.receive(command))[0] is BAD


def test_a_root_not_signed_by_itself_is_a_bad_certificate() -> None:
    esme = meter()
    certificate = SECOND.root().certificate
    altered = certificate[:-1] + bytes((certificate[-1] ^ 1,))
    assert statuses(esme, esme.device.receive(with_root(esme, altered)))[0] is BAD


def test_a_root_whose_name_exceeds_its_cell_meets_insufficient_memory() -> None:
    esme = meter()
    long = Name.of_authority("L" * 120, RemotePartyRole.ROOT)
    command = with_root(esme, SECOND.root(issuer=long, subject=long).certificate)
    expected = StatusCode.INSUFFICIENT_MEMORY
    assert statuses(esme, esme.device.receive(command))[0] is expected


def test_recovery_cannot_install_a_root_that_the_present_one_does_not_vouch_for() -> None:
    esme = meter()
    command = update(
        esme,
        MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
        replacements(["root.CS", "supplier.DS"], SECOND),
        path=(SECOND.issuing().certificate,),
    )
    expected = [StatusCode.NO_TRUST_ANCHOR] * 2
    assert statuses(esme, esme.device.receive(command.build())) == expected
    assert durable(esme.device).root.cell.public_key == FIRST.root().point


@pytest.mark.parametrize("mode", list(MODE)[2:8])
def test_no_partys_own_mode_reaches_the_root(mode: ReplacementMode) -> None:
    """Each has a party on some device; there the root cell is judged 'other'."""
    device = meter(DeviceType.CHF if mode is MODE.WAN_PROVIDER_BY_WAN_PROVIDER else DeviceType.ESME)
    link = SECOND.link(FIRST)
    command = update(device, mode, replacements(["root.CS"], SECOND), path=(link,))
    assert statuses(device, device.device.receive(command.build())) == [StatusCode.OTHER]
    assert device.device.cells()[ROOT_CELL].public_key == FIRST.root().point


def test_a_floor_for_root_lets_the_new_contingency_party_start_low() -> None:
    esme = meter()
    assert esme.device.receive(by_contingency(esme, control={"floor": 0}).build()).refusal is None
    assert esme.counter(ROLE.ROOT) == 0
    low = by_contingency(
        replace(esme, generation=SECOND), THIRD, counter=1, path=(THIRD.issuing().certificate,)
    )
    assert statuses(esme, esme.device.receive(low.build())) == [OK] * 9


def test_the_captured_command_is_refused_whether_or_not_it_lowered_the_floor() -> None:
    for floor, reason in (
        (None, RefusalReason.REPLAYED),
        (0, RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP),
    ):
        esme = meter()
        captured = by_contingency(esme, control={"floor": floor}).build()
        assert esme.device.receive(captured).refusal is None
        refused(esme, captured, reason)


@pytest.mark.parametrize("wrap", WrapAlgorithm)
def test_every_wrap_algorithm_works_where_policy_has_it(wrap: WrapAlgorithm) -> None:
    first = Generation(1, 1, wrap)
    esme = meter(policy=Policy(wrap_algorithm="any"), generation=first)
    assert statuses(esme, esme.device.receive(by_contingency(esme).build())) == [OK] * 9


def test_a_root_of_which_only_the_key_is_known_cannot_be_replaced_by_contingency() -> None:
    esme = custom(root=FIRST.anchor())
    command = by_contingency(esme)
    refused(esme, command.build(), RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP)
    assert statuses(esme, esme.device.receive(by_recovery(esme).build())) == [OK] * 8
