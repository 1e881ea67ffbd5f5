"""Every alternative of every open point, executed: what a device does under it.

CHECKS names the check of each; a point or an alternative without one fails the last test.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from firmware_sim.gbcs.contingency import WrapAlgorithm
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.device_certificates import InstallCode
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.policy import OPEN_POINTS, Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02F
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import RefusalReason
from tests.machine import unfit_alternatives, use_alternatives
from tests.machine.commands import unfit_updates
from tests.machine.commands.refusing import refused
from tests.machine.own_key_alternatives import (
    another_issuer,
    own_certificate_alert,
    response_to_a_new_signing_key,
    second_request,
    who_renews_a_hub,
)
from tests.support.answers import report, signed_answer, statuses
from tests.support.commands import (
    MODE,
    ROLE,
    by_contingency,
    by_recovery,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, Clock, durable, meter
from tests.support.pki import (
    FIRST,
    NOT_AFTER,
    SECOND,
    SECOND_UNDER_FIRST,
    Generation,
    cell,
    entity,
)

OK = StatusCode.SUCCESS
BAD = StatusCode.BAD_CERTIFICATE
NO_PATH = StatusCode.NO_TRUST_ANCHOR
REASON = RefusalReason
SUPPLIER = MODE.SUPPLIER_BY_SUPPLIER
DUE = DAY + timedelta(days=1)
OWN = "1.2.826.0.1.8641679.1.2.1.4"
"""The policy in every Organisation Certificate of the published test key store."""
OTHER = "1.3.6.1.4.1.99999.1"

Check = Callable[[Policy], None]


def wraps(*accepted: WrapAlgorithm) -> Check:
    def check(policy: Policy) -> None:
        for algorithm in WrapAlgorithm:
            esme = meter(policy=policy, generation=Generation(1, 1, algorithm))
            second = Generation(2, 2, algorithm)
            if algorithm not in accepted:
                command = by_contingency(esme, second).build()
                refused(esme, command, REASON.CONTINGENCY_KEY_DOES_NOT_UNWRAP)
                continue
            for other in WrapAlgorithm:
                command = by_contingency(esme, Generation(2, 2, other)).build()
                if other not in accepted:
                    assert statuses(esme, esme.device.receive(command))[0] is BAD
            command = by_contingency(esme, second).build()
            assert statuses(esme, esme.device.receive(command))[0] is OK

    return check


def unwrap_failure_is_silent(policy: Policy) -> None:
    esme = meter(policy=policy)
    guess = by_contingency(esme, control={"symmetric_key": bytes(16)}).build()
    assert refused(esme, guess, REASON.CONTINGENCY_KEY_DOES_NOT_UNWRAP).messages == ()


def unwrap_failure_is_answered(policy: Policy) -> None:
    esme = meter(policy=policy)
    guess = by_contingency(esme, control={"symmetric_key": bytes(16)}).build()
    (answer,) = refused(esme, guess, REASON.CONTINGENCY_KEY_DOES_NOT_UNWRAP).messages
    outcome = UpdateResponse.decode(signed_answer(answer, esme.signing_point).payload).outcome
    assert outcome is not None
    expected = StatusCode.CONTINGENCY_PUBLIC_KEY_DECRYPT
    assert [item.status for item in outcome.outcomes] == [expected] * 9


def kept_contingency_key(policy: Policy, *, expected: StatusCode) -> None:
    esme = meter(policy=policy)
    present = durable(esme.device).root.wrapped_contingency_key
    (root,) = replacements(["root.CS"], SECOND)
    root = root._replace(certificate=SECOND.root(wrapped_contingency_key=present).certificate)
    for mode in (MODE.ANY_BY_CONTINGENCY, MODE.ROOT_BY_SUPPLIER):
        esme = meter(policy=policy)
        command = update(esme, mode, [root], path=(SECOND.link(FIRST),)).build()
        assert statuses(esme, esme.device.receive(command)) == [expected]


def cell_beside_a_failing_root(policy: Policy, *, expected: StatusCode) -> None:
    esme = meter(policy=policy)
    (root,) = replacements(["root.CS"], FIRST)
    what = [root, *replacements(["supplier.DS"], SECOND_UNDER_FIRST)]
    path = (SECOND_UNDER_FIRST.issuing().certificate,)
    command = update(esme, MODE.ANY_BY_CONTINGENCY, what, path=path).build()
    assert statuses(esme, esme.device.receive(command)) == [BAD, expected]


def linked_root(policy: Policy, *, expected: StatusCode) -> None:
    esme = meter(policy=policy)
    path = (SECOND.link(FIRST),)
    command = update(esme, MODE.ROOT_BY_SUPPLIER, replacements(["root.CS"], SECOND), path=path)
    assert statuses(esme, esme.device.receive(command.build())) == [expected]


def floor_with_the_key_unchanged(policy: Policy, *, replay_runs: bool) -> None:
    esme = meter(policy=policy)
    captured = query(esme, "supplier.DS").build()
    assert esme.device.receive(captured).refusal is None
    command = update(esme, SUPPLIER, replacements(["supplier.KA"]), control={"floor": 0})
    assert esme.device.receive(command.build()).refusal is None
    if replay_runs:
        assert esme.device.receive(captured).refusal is None
    else:
        refused(esme, captured, REASON.REPLAYED)


def key_that_returns(policy: Policy, *, replay_runs: bool) -> None:
    esme = meter(policy=policy)
    captured = query(esme, "supplier.DS").build()
    assert esme.device.receive(captured).refusal is None
    for generation in (SECOND_UNDER_FIRST, FIRST):
        command = update(
            esme,
            MODE.SUPPLIER_BY_TRANS_COS,
            replacements(["supplier.DS"], generation),
            path=(generation.issuing().certificate,),
            control={"other_changes": (FloorChange(ROLE.SUPPLIER, 0),)},
        )
        assert statuses(esme, esme.device.receive(command.build())) == [OK]
    if replay_runs:
        assert esme.device.receive(captured).refusal is None
    else:
        refused(esme, captured, REASON.REPLAYED)


def floor_of_the_authorising_role(policy: Policy, *, lowered: bool) -> None:
    esme = meter(policy=policy)
    command = supplier_by_supplier(esme, control={"floor": 5})
    assert statuses(esme, esme.device.receive(command.build())) == [OK] * 3
    assert esme.counter(ROLE.SUPPLIER) == (5 if lowered else command.counter)
    high = command.counter + 10**6
    raised = by_recovery(esme, control={"floor": high})
    assert set(statuses(esme, esme.device.receive(raised.build()))) == {OK}
    assert esme.counter(ROLE.RECOVERY) == high


def reads_advance(policy: Policy) -> None:
    esme = meter(policy=policy)
    command = query(esme)
    assert esme.device.receive(command.build()).messages
    assert esme.counter(ROLE.ACCESS_CONTROL_BROKER) == command.counter
    refused(esme, command.build(), REASON.REPLAYED)


def reads_do_not_count(policy: Policy) -> None:
    esme = meter(policy=policy)
    before = esme.counter(ROLE.ACCESS_CONTROL_BROKER)
    command = query(esme, counter=1).build()
    answers = {esme.device.receive(command).messages for _ in range(2)}
    assert len(answers) == 1
    assert esme.counter(ROLE.ACCESS_CONTROL_BROKER) == before


def mode_under_another_code(policy: Policy, *, accepted: bool) -> None:
    esme = meter(policy=policy)
    by_supplier = supplier_by_supplier(esme, code=MessageCode(0x0103)).build()
    by_operator = unfit_updates.mode_under_another_code(esme).build()
    if accepted:
        refused(esme, by_operator, REASON.NO_AUTHORITY)
        assert statuses(esme, esme.device.receive(by_supplier)) == [OK] * 3
    else:
        refused(esme, by_supplier, REASON.NO_AUTHORITY)
        reason = REASON.MODE_AND_CODE_DISAGREE
        refused(esme, by_operator, reason, spends=ROLE.NETWORK_OPERATOR)


def cell_outside_the_mode(policy: Policy, *, accepted: bool) -> None:
    esme = meter(policy=policy)
    command = update(esme, SUPPLIER, replacements(["supplier.DS", "networkOperator.DS"])).build()
    if accepted:
        assert statuses(esme, esme.device.receive(command)) == [OK, StatusCode.OTHER]
    else:
        refused(esme, command, REASON.NO_AUTHORITY, spends=ROLE.SUPPLIER)


def expired(policy: Policy, reliable: StatusCode, unreliable: StatusCode) -> None:
    time = NOT_AFTER + timedelta(days=1)
    for reliability, expected in (
        (ClockReliability.RELIABLE, reliable),
        (ClockReliability.UNRELIABLE, unreliable),
    ):
        esme = meter(policy=policy, clock=Clock(time, reliability))
        command = update(esme, SUPPLIER, replacements(["supplier.DS"])).build()
        assert statuses(esme, esme.device.receive(command)) == [expected]


def certificate_of(other: str, policy: Policy, *, expected: StatusCode) -> None:
    esme = meter(policy=policy)
    (item,) = replacements(["supplier.DS"])
    item = item._replace(certificate=SECOND_UNDER_FIRST.leaf(other).certificate)
    command = update(esme, SUPPLIER, [item]).build()
    assert statuses(esme, esme.device.receive(command)) == [expected]


def path_of_policies(policy: Policy, expected: Mapping[str, StatusCode]) -> None:
    """By the policies of the certificate; the Issuing Authority below the root has them too."""
    for policies, status in expected.items():
        esme = meter(policy=policy)
        given = (OTHER,) if policies == "none shared" else tuple(policies.split(", "))
        issuing = (OWN,) if policies == "none shared" else given
        (item,) = replacements(["supplier.DS"])
        leaf = SECOND_UNDER_FIRST.leaf("supplier.DS", policies=given)
        path = (SECOND_UNDER_FIRST.issuing(policies=issuing).certificate,)
        command = update(esme, SUPPLIER, [item._replace(certificate=leaf.certificate)], path=path)
        assert statuses(esme, esme.device.receive(command.build())) == [status]


def refusal_alert(policy: Policy, *, sent: int) -> None:
    esme = meter(policy=policy)
    assert len(refused(esme, query(esme, counter=1).build(), REASON.REPLAYED).messages) == sent
    own = esme.device.machine.state.own
    assert own.next_counter == 7_000 + sent


def optional_cell(name: str, device_type: DeviceType, policy: Policy, *, held: bool) -> None:
    device = meter(device_type, policy=policy)
    assert (cell(name) in device.device.cells()) == held
    command = by_recovery(device)
    results = statuses(device, device.device.receive(command.build()))
    assert set(results) == {OK}
    role = cell(name).role
    authorised = update(
        device,
        MODE.TRANS_COS_BY_TRANS_COS
        if role is ROLE.TRANSITIONAL_COS
        else MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
        replacements([name]),
        signer=SECOND_UNDER_FIRST.key_of(name),
    )
    refusal = device.device.receive(authorised.build()).refusal
    assert refusal is not None
    assert (refusal.reason is REASON.NO_AUTHORITY) != held


def compromised_key_ordered_for_later(policy: Policy, *, comes_back: bool) -> None:
    esme = meter(policy=policy)
    due = DAY + timedelta(days=1)
    path = (FIRST.issuing().certificate,)
    rollback = update(
        esme, SUPPLIER, replacements(["supplier.DS"], FIRST), path=path, execution=due
    )
    for message in (rollback, by_recovery(esme)):
        assert esme.device.receive(message.build()).refusal is None
    esme.clock.time = due
    esme.device.tick()
    old = FIRST.leaf("supplier.DS").point
    assert (esme.device.cells()[cell("supplier.DS")].public_key == old) == comes_back


def bad_certificate_for_later(policy: Policy, *, waits: bool) -> None:
    esme = meter(policy=policy)
    good, bad = replacements(["supplier.DS", "supplier.KA"])
    what = [good, bad._replace(certificate=b"\x30\x00")]
    command = update(esme, SUPPLIER, what, execution=DUE)
    before = esme.device.cells()
    (answer,) = esme.device.receive(command.build()).messages
    found = UpdateResponse.decode(signed_answer(answer, esme.signing_point).payload).outcome
    assert esme.device.cells() == before
    assert esme.counter(ROLE.SUPPLIER) == command.counter
    assert len(durable(esme.device).pending) == waits
    if waits:
        assert found is None
        return
    assert found is not None
    assert [item.status for item in found.outcomes] == [StatusCode.OTHER, BAD]
    assert all(
        item.replacing_key_identifier == item.existing_key_identifier for item in found.outcomes
    )
    sound = supplier_by_supplier(esme, execution=DUE)
    assert esme.device.receive(sound.build()).refusal is None
    assert len(durable(esme.device).pending) == 1


def no_place_to_wait(policy: Policy, *, answered: bool) -> None:
    esme = meter(policy=policy)
    for mode, name in (
        (SUPPLIER, "supplier.DS"),
        (MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR, "networkOperator.DS"),
        (MODE.ACB_BY_ACB, "accessControlBroker.KA"),
        (MODE.TRANS_COS_BY_TRANS_COS, "transitionalCoS.DS"),
    ):
        message = update(esme, mode, replacements([name]), execution=DUE)
        assert esme.device.receive(message.build()).refusal is None
    command = by_recovery(esme, execution=DUE).build()
    effects = refused(esme, command, REASON.NO_ROOM, spends=ROLE.RECOVERY)
    assert len(effects.messages) == answered
    for octets in effects.messages:
        payload = signed_answer(octets, esme.signing_point).payload
        outcome = UpdateResponse.decode(payload).outcome
        assert outcome is not None
        assert {item.status for item in outcome.outcomes} == {StatusCode.RESOURCES_BUSY}


def cancellation_of_another_mode(policy: Policy, *, left: int) -> None:
    esme = meter(policy=policy)
    for_later = [
        update(esme, SUPPLIER, replacements(["supplier.DS"]), execution=DUE),
        update(
            esme,
            MODE.LOAD_CONTROLLER_BY_SUPPLIER,
            replacements(["loadController.DS"]),
            execution=DUE,
        ),
        update(
            esme,
            MODE.TRANS_COS_BY_TRANS_COS,
            replacements(["transitionalCoS.DS"]),
            execution=DUE,
        ),
    ]
    for message in for_later:
        assert esme.device.receive(message.build()).refusal is None
    cancellation = update(esme, SUPPLIER, replacements(["supplier.DS"]), execution=NEVER)
    assert esme.device.receive(cancellation.build()).refusal is None
    assert len(durable(esme.device).pending) == left
    others = {pending.originator for pending in durable(esme.device).pending.values()}
    assert entity(ROLE.TRANSITIONAL_COS) in others


def nothing_to_cancel(policy: Policy, *, accepted: bool) -> None:
    esme = meter(policy=policy)
    cancellation = supplier_by_supplier(esme, execution=NEVER)
    if accepted:
        (answer,) = esme.device.receive(cancellation.build()).messages
        assert signed_answer(answer, esme.signing_point).payload.hex() == "30020500"
        return
    octets = cancellation.build()
    effects = refused(esme, octets, REASON.NOTHING_TO_CANCEL, spends=ROLE.SUPPLIER)
    assert effects.messages == ()
    refused(esme, octets, REASON.REPLAYED)
    assert esme.device.receive(supplier_by_supplier(esme, execution=DUE).build()).messages
    assert esme.device.receive(supplier_by_supplier(esme, execution=NEVER).build()).messages


def nothing_to_cancel_is_told(policy: Policy) -> None:
    esme = meter(policy=policy)
    before = esme.device.cells()
    cancellation = supplier_by_supplier(esme, execution=NEVER)
    told = esme.device.receive(cancellation.build())
    assert statuses(esme, told) == [StatusCode.OTHER] * 3
    assert (esme.device.cells(), esme.counter(ROLE.SUPPLIER)) == (before, cancellation.counter)
    assert esme.device.receive(supplier_by_supplier(esme, execution=DUE).build()).messages
    (answer,) = esme.device.receive(supplier_by_supplier(esme, execution=NEVER).build()).messages
    assert signed_answer(answer, esme.signing_point).payload.hex() == "30020500"


def load_controller(policy: Policy, *, expected: StatusCode) -> None:
    esme = meter(policy=policy)
    cells = ["loadController.DS", "loadController.KA"]
    command = update(esme, MODE.LOAD_CONTROLLER_BY_SUPPLIER, replacements(cells))
    assert statuses(esme, esme.device.receive(command.build())) == [expected] * 2


def transitional_cos_read_by_cs02f(policy: Policy, *, expected: StatusCode) -> None:
    esme = meter(policy=policy)
    roles = [ROLE.SUPPLIER, ROLE.TRANSITIONAL_COS]
    found = report(esme, esme.device.receive(query(esme, roles=roles, code=CS02F).build()))
    assert [item.status for item in found.roles] == [OK, expected]


CHECKS: dict[tuple[str, str], Check] = {
    **unfit_alternatives.CHECKS,
    **use_alternatives.CHECKS,
    ("wrap_algorithm", "id-aes128-wrap-pad"): wraps(WrapAlgorithm.AES128_WRAP_PAD),
    ("wrap_algorithm", "id-aes256-wrap-pad"): wraps(WrapAlgorithm.AES256_WRAP_PAD),
    ("wrap_algorithm", "id-aes128-GCM"): wraps(WrapAlgorithm.AES128_GCM),
    ("wrap_algorithm", "id-aes256-GCM"): wraps(WrapAlgorithm.AES256_GCM),
    ("wrap_algorithm", "any"): wraps(*WrapAlgorithm),
    ("contingency_unwrap_failure", "silence"): unwrap_failure_is_silent,
    ("contingency_unwrap_failure", "status-22"): unwrap_failure_is_answered,
    ("contingency_renewal", "required"): lambda p: kept_contingency_key(p, expected=BAD),
    ("contingency_renewal", "optional"): lambda p: kept_contingency_key(p, expected=OK),
    ("contingency_failed_root", "fails-every-cell"): lambda p: cell_beside_a_failing_root(
        p, expected=NO_PATH
    ),
    ("contingency_failed_root", "judges-the-rest"): lambda p: cell_beside_a_failing_root(
        p, expected=OK
    ),
    ("normal_root", "link-certificate"): lambda p: linked_root(p, expected=OK),
    ("normal_root", "never"): lambda p: linked_root(p, expected=NO_PATH),
    ("floor_scope", "changed-keys"): lambda p: floor_with_the_key_unchanged(p, replay_runs=False),
    ("floor_scope", "always"): lambda p: floor_with_the_key_unchanged(p, replay_runs=True),
    ("own_floor", "floor"): lambda p: floor_of_the_authorising_role(p, lowered=True),
    ("own_floor", "not-below-command"): lambda p: floor_of_the_authorising_role(p, lowered=False),
    ("returning_key", "remembered"): lambda p: key_that_returns(p, replay_runs=False),
    ("returning_key", "forgotten"): lambda p: key_that_returns(p, replay_runs=True),
    ("read_counter", "advance"): reads_advance,
    ("read_counter", "ignore"): reads_do_not_count,
    ("waiting_commands", "void"): lambda p: compromised_key_ordered_for_later(p, comes_back=False),
    ("waiting_commands", "keep"): lambda p: compromised_key_ordered_for_later(p, comes_back=True),
    ("mode_and_code", "must-agree"): lambda p: mode_under_another_code(p, accepted=False),
    ("mode_and_code", "mode-decides"): lambda p: mode_under_another_code(p, accepted=True),
    ("cell_outside_mode", "status-127"): lambda p: cell_outside_the_mode(p, accepted=True),
    ("cell_outside_mode", "refuse"): lambda p: cell_outside_the_mode(p, accepted=False),
    ("time_checks", "reliable-clock"): lambda p: expired(p, NO_PATH, OK),
    ("time_checks", "always"): lambda p: expired(p, NO_PATH, NO_PATH),
    ("time_checks", "never"): lambda p: expired(p, OK, OK),
    ("certificate_key_usage", "must-match-cell"): lambda p: certificate_of(
        "supplier.KA", p, expected=BAD
    ),
    ("certificate_key_usage", "ignored"): lambda p: certificate_of("supplier.KA", p, expected=OK),
    ("certificate_role", "any"): lambda p: certificate_of("networkOperator.DS", p, expected=OK),
    ("certificate_role", "must-match-cell"): lambda p: certificate_of(
        "networkOperator.DS", p, expected=BAD
    ),
    ("path_policy", "any-shared"): lambda p: path_of_policies(
        p, {OWN: OK, f"{OWN}, {OTHER}": OK, OTHER: OK, "none shared": NO_PATH}
    ),
    ("path_policy", "issuing-environment"): lambda p: path_of_policies(
        p, {OWN: OK, f"{OWN}, {OTHER}": OK, OTHER: NO_PATH, "none shared": NO_PATH}
    ),
    ("refusal_alerts", "alert"): lambda p: refusal_alert(p, sent=1),
    ("refusal_alerts", "silence"): lambda p: refusal_alert(p, sent=0),
    ("chf_transitional_cos", "held"): lambda p: optional_cell(
        "transitionalCoS.DS", DeviceType.CHF, p, held=True
    ),
    ("chf_transitional_cos", "absent"): lambda p: optional_cell(
        "transitionalCoS.DS", DeviceType.CHF, p, held=False
    ),
    ("future_certificates", "at-execution"): lambda p: bad_certificate_for_later(p, waits=True),
    ("future_certificates", "at-receipt-too"): lambda p: bad_certificate_for_later(p, waits=False),
    ("cannot_store", "status"): lambda p: no_place_to_wait(p, answered=True),
    ("cannot_store", "silence"): lambda p: no_place_to_wait(p, answered=False),
    ("cancellation_scope", "same-mode"): lambda p: cancellation_of_another_mode(p, left=2),
    ("cancellation_scope", "any-of-originator"): lambda p: cancellation_of_another_mode(p, left=1),
    ("cancellation_of_nothing", "accept"): lambda p: nothing_to_cancel(p, accepted=True),
    ("cancellation_of_nothing", "status-127"): nothing_to_cancel_is_told,
    ("cancellation_of_nothing", "silence"): lambda p: nothing_to_cancel(p, accepted=False),
    ("cs02f_refused_roles", "transitional-cos"): lambda p: transitional_cos_read_by_cs02f(
        p, expected=StatusCode.OTHER
    ),
    ("cs02f_refused_roles", "none"): lambda p: transitional_cos_read_by_cs02f(p, expected=OK),
    ("pending_key", "replace"): lambda p: second_request(p, same=False),
    ("pending_key", "keep"): lambda p: second_request(p, same=True),
    ("device_certificate_issuer", "unchecked"): lambda p: another_issuer(
        p, expected=InstallCode.SUCCESS
    ),
    ("device_certificate_issuer", "as-held"): lambda p: another_issuer(
        p, expected=InstallCode.INVALID_CERTIFICATE
    ),
    ("install_response_key", "new-key"): lambda p: response_to_a_new_signing_key(p, by_new=True),
    ("install_response_key", "old-key"): lambda p: response_to_a_new_signing_key(p, by_new=False),
    ("own_certificate_alerts", "silence"): lambda p: own_certificate_alert(p, sent=0),
    ("own_certificate_alerts", "alert"): lambda p: own_certificate_alert(p, sent=1),
    ("hub_certificate_authority", "wan-provider"): lambda p: who_renews_a_hub(
        p, asking="wanProvider.DS", other="accessControlBroker.DS"
    ),
    ("hub_certificate_authority", "access-control-broker"): lambda p: who_renews_a_hub(
        p, asking="accessControlBroker.DS", other="wanProvider.DS"
    ),
    ("esme_load_controller", "held"): lambda p: load_controller(p, expected=OK),
    ("esme_load_controller", "absent"): lambda p: load_controller(
        p, expected=StatusCode.TRUST_ANCHOR_NOT_FOUND
    ),
    ("gpf_wan_provider", "absent"): lambda p: optional_cell(
        "wanProvider.DS", DeviceType.GPF, p, held=False
    ),
    ("gpf_wan_provider", "held"): lambda p: optional_cell(
        "wanProvider.DS", DeviceType.GPF, p, held=True
    ),
}


@pytest.mark.parametrize(("point", "choice"), CHECKS, ids=lambda text: text)
def test_device_obeys_each_alternative_of_its_policy(point: str, choice: str) -> None:
    CHECKS[point, choice](Policy.from_choices({point: choice}))


def test_every_alternative_of_the_policy_has_a_check() -> None:
    published = {(point.name, choice) for point in OPEN_POINTS for choice in point.alternatives}
    assert set(CHECKS) == published
