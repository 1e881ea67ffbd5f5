"""Which certificate may go into which cell, and what each refusal is called."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.ports import ClockReliability
from tests.machine.credentials.hostile_points import POINTS
from tests.support.answers import statuses
from tests.support.commands import MODE, ROLE, by_recovery, replacements, update
from tests.support.meter import DAY, Clock, Meter, durable, meter
from tests.support.pki import (
    FIRST,
    NOT_AFTER,
    NOT_BEFORE,
    SECOND,
    SECOND_UNDER_FIRST,
    SUITE,
    Generation,
    cell,
    entity,
    key,
)

OK = StatusCode.SUCCESS
BAD = StatusCode.BAD_CERTIFICATE
NO_PATH = StatusCode.NO_TRUST_ANCHOR
NEW = SECOND_UNDER_FIRST
EARLY, LATE = NOT_BEFORE - timedelta(seconds=1), NOT_AFTER + timedelta(seconds=1)


def verdict(
    certificate: bytes,
    name: str = "supplier.DS",
    *,
    path: tuple[bytes, ...] | None = None,
    device: Meter | None = None,
    mode: MODE = MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    **control: Any,
) -> StatusCode:
    """What becomes of one certificate; the cell must hold it afterwards, or what it held."""
    device = device or meter()
    before = durable(device.device).cells
    what = [Replacement(certificate, cell(name))]
    effects = device.device.receive(update(device, mode, what, path=path, control=control).build())
    (status,) = statuses(device, effects)
    if status is not OK:
        assert durable(device.device).cells == before
    return status


class Departure(NamedTuple):
    """A field of the request that breaks the profile of Organisation Certificates."""

    why: str
    changes: dict[str, Any]


DEPARTURES = [
    Departure("serial is zero", {"serial": 0}),
    Departure("no policy", {"policies": ()}),
    Departure("two key usages", {"key_usages": frozenset({0, 4})}),
    Departure("key usage of an authority", {"key_usages": frozenset({5})}),
    Departure("an authority", {"is_authority": True, "path_length": 0}),
    Departure("a root's role", {"subject": Name.of_party(ROLE.ROOT, entity(ROLE.SUPPLIER))}),
    Departure(
        "an issuing authority's role",
        {"subject": Name.of_party(ROLE.ISSUING_AUTHORITY, entity(ROLE.SUPPLIER))},
    ),
    Departure("no unique identifier", {"subject": Name.of_authority("X", ROLE.SUPPLIER)}),
    Departure("no role", {"subject": Name.of_authority("X")}),
    Departure("an empty subject", {"subject": Name.build(())}),
    Departure("no authority key identifier", {"authority_key_identifier": None}),
    Departure("ends before it starts", {"not_before": NOT_AFTER, "not_after": NOT_BEFORE}),
    Departure("a contingency key", {"wrapped_contingency_key": b"\x30\x00"}),
    Departure("an unknown critical extension", {"more": (("1.2.3.4", True, b"\x05\x00"),)}),
    Departure(
        "a device's name", {"device_entity_id": entity(ROLE.SUPPLIER), "hardware_type": "1.2"}
    ),
]


@pytest.mark.parametrize("departure", DEPARTURES, ids=lambda departure: departure.why)
def test_a_broken_profile_is_a_bad_certificate(departure: Departure) -> None:
    assert verdict(NEW.leaf("supplier.DS", **departure.changes).certificate) is BAD


def test_a_certificate_for_another_usage_is_a_bad_certificate() -> None:
    assert verdict(NEW.leaf("supplier.KA").certificate, "supplier.DS") is BAD
    assert verdict(NEW.leaf("supplier.DS").certificate, "supplier.KA") is BAD


def test_the_top_up_cell_takes_any_key_agreement_certificate_of_the_party() -> None:
    assert verdict(NEW.leaf("supplier.KA").certificate, "supplier.KA.PP") is OK


def test_a_certificates_organisational_unit_need_not_be_the_cells_role() -> None:
    assert verdict(NEW.leaf("networkOperator.DS").certificate, "supplier.DS") is OK


@pytest.mark.parametrize("certificate", [b"\x30\x00", b"\x05\x00", b"\x30\x03\x02\x01\x05"])
def test_octets_that_are_no_certificate_are_a_bad_certificate(certificate: bytes) -> None:
    assert verdict(certificate) is BAD


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
@pytest.mark.parametrize("name", ["supplier.DS", "supplier.KA", "root.CS"])
def test_a_hostile_point_is_a_bad_certificate(point: bytes, name: str) -> None:
    device = meter()
    if name == "root.CS":
        certificate = SECOND.root(public_key=point).certificate
        what = [Replacement(certificate, cell(name))]
        effects = device.device.receive(update(device, MODE.ANY_BY_CONTINGENCY, what).build())
        assert statuses(device, effects) == [BAD]
    else:
        certificate = NEW.leaf(name, public_key=point).certificate
        assert verdict(certificate, name, device=device) is BAD


# --- path ----------------------------------------------------------------------------------


def test_certificate_without_its_issuer_has_no_path() -> None:
    assert verdict(NEW.leaf("supplier.DS").certificate, path=()) is NO_PATH


def test_certificate_with_another_issuer_has_no_path() -> None:
    assert verdict(NEW.leaf("supplier.DS").certificate, path=(FIRST.issuing().certificate,)) is (
        NO_PATH
    )


def test_certificate_under_another_root_has_no_path() -> None:
    assert verdict(
        SECOND.leaf("supplier.DS").certificate, path=(SECOND.issuing().certificate,)
    ) is (NO_PATH)


def test_a_stray_certificate_in_the_path_does_no_harm() -> None:
    path = (FIRST.issuing().certificate, b"\x30\x00", NEW.issuing().certificate)
    assert verdict(NEW.leaf("supplier.DS").certificate, path=path) is OK


@pytest.mark.parametrize("what", ["leaf", "issuing"])
def test_an_altered_signature_breaks_the_path(what: str) -> None:
    leaf, issuing = NEW.leaf("supplier.DS").certificate, NEW.issuing().certificate
    if what == "leaf":
        leaf = leaf[:-1] + bytes((leaf[-1] ^ 1,))
    else:
        issuing = issuing[:-1] + bytes((issuing[-1] ^ 1,))
    assert verdict(leaf, path=(issuing,)) is NO_PATH


@pytest.mark.parametrize(
    "changes",
    [
        {"is_authority": False, "path_length": None},
        {"key_usages": frozenset({0})},
        {"policies": ("1.2.3",)},
        {"authority_key_identifier": bytes(8)},
        {"issuer": Name.of_authority("Another Authority", RemotePartyRole.ROOT)},
        {"more": (("1.2.3.4", True, b"\x05\x00"),)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_issuer_that_is_none_breaks_the_path(changes: dict[str, Any]) -> None:
    path = (NEW.issuing(**changes).certificate,)
    assert verdict(NEW.leaf("supplier.DS").certificate, path=path) is NO_PATH


def test_a_party_cannot_issue_certificates() -> None:
    """The supplier's own certificate as a link of the path: it is no authority."""
    supplier = FIRST.leaf("supplier.DS")
    subject = Name.of_party(ROLE.SUPPLIER, entity(ROLE.SUPPLIER))
    forged = CertificateRequest(
        serial=5,
        issuer=subject,
        subject=subject,
        not_before=NOT_BEFORE,
        not_after=NOT_AFTER,
        public_key=SUITE.public_key(key("forged")),
        key_usages=frozenset({0}),
        policies=("1.2.826.0.1.8641679.1.2.1.4",),
        authority_key_identifier=supplier.key_identifier,
    )
    certificate = build_certificate(forged, supplier.key, SUITE)
    path = (supplier.certificate, FIRST.issuing().certificate)
    assert verdict(certificate, path=path) is NO_PATH


# --- time ----------------------------------------------------------------------------------


def clock_at(time: datetime, reliability: ClockReliability = ClockReliability.RELIABLE) -> Meter:
    return meter(clock=Clock(time, reliability))


@pytest.mark.parametrize(("time", "expected"), [(EARLY, NO_PATH), (LATE, NO_PATH), (DAY, OK)])
def test_certificate_period_is_checked_with_a_reliable_clock(
    time: datetime, expected: StatusCode
) -> None:
    assert verdict(NEW.leaf("supplier.DS").certificate, device=clock_at(time)) is expected


def test_first_and_last_second_of_a_period_are_inside() -> None:
    for time in (NOT_BEFORE, NOT_AFTER):
        assert verdict(NEW.leaf("supplier.DS").certificate, device=clock_at(time)) is OK


@pytest.mark.parametrize("reliability", [ClockReliability.UNRELIABLE, ClockReliability.INVALID])
def test_certificate_period_is_not_checked_with_another_clock(
    reliability: ClockReliability,
) -> None:
    device = clock_at(LATE, reliability)
    assert verdict(NEW.leaf("supplier.DS").certificate, device=device) is OK


def test_a_command_may_disapply_time_checks() -> None:
    device = clock_at(LATE)
    assert verdict(NEW.leaf("supplier.DS").certificate, device=device, time_checks=False) is OK


def test_an_expired_issuer_breaks_the_path() -> None:
    path = (NEW.issuing(not_after=DAY - timedelta(seconds=1)).certificate,)
    assert verdict(NEW.leaf("supplier.DS").certificate, path=path) is NO_PATH


def test_expired_issuer_beside_its_renewed_certificate_does_no_harm() -> None:
    expired = NEW.issuing(not_after=DAY - timedelta(seconds=1)).certificate
    path = (expired, NEW.issuing().certificate)
    assert verdict(NEW.leaf("supplier.DS").certificate, path=path) is OK


@pytest.mark.parametrize("time", [EARLY, LATE])
def test_a_new_root_has_a_period_too(time: datetime) -> None:
    device = clock_at(time)
    command = update(device, MODE.ANY_BY_CONTINGENCY, replacements(["root.CS"], SECOND))
    assert statuses(device, device.device.receive(command.build())) == [NO_PATH]


def test_a_shared_memory_of_certificates_does_not_remember_the_time() -> None:
    verified = SignatureCache()
    certificate = NEW.leaf("supplier.DS").certificate
    for time, expected in ((DAY, OK), (LATE, NO_PATH), (DAY, OK)):
        device = meter(clock=Clock(time), verified=verified)
        assert verdict(certificate, device=device) is expected


# --- root, vouched for ------------------------------------------------------------------------

NORMAL = [
    (MODE.ROOT_BY_SUPPLIER, DeviceType.ESME),
    (MODE.ROOT_BY_WAN_PROVIDER, DeviceType.CHF),
    (MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, DeviceType.GSME),
]


def new_root(
    device: Meter, mode: MODE, path: tuple[bytes, ...], root: bytes | None = None
) -> StatusCode:
    what = [Replacement(root or SECOND.root().certificate, cell("root.CS"))]
    (status,) = statuses(
        device, device.device.receive(update(device, mode, what, path=path).build())
    )
    return status


@pytest.mark.parametrize(("mode", "device_type"), NORMAL)
def test_the_present_root_vouches_for_the_next_by_a_link_certificate(
    mode: MODE, device_type: DeviceType
) -> None:
    device = meter(device_type)
    assert new_root(device, mode, (SECOND.link(FIRST),)) is OK
    root = durable(device.device).root
    assert root.cell.public_key == SECOND.root().point
    assert root.wrapped_contingency_key in SECOND.root().certificate


@pytest.mark.parametrize(("mode", "device_type"), NORMAL)
def test_new_root_without_a_link_certificate_has_no_path(
    mode: MODE, device_type: DeviceType
) -> None:
    assert new_root(meter(device_type), mode, ()) is NO_PATH


THIRD = Generation(3, 3)


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(lambda: THIRD.link(FIRST), id="for another root"),
        pytest.param(lambda: SECOND.link(THIRD), id="by another root"),
        pytest.param(lambda: SECOND.link(FIRST, subject=THIRD.name), id="for another name"),
        pytest.param(
            lambda: SECOND.link(FIRST, public_key=THIRD.root().point), id="for another key"
        ),
        pytest.param(lambda: SECOND.link(FIRST, is_authority=False), id="not for an authority"),
        pytest.param(lambda: SECOND.link(FIRST, not_after=DAY - timedelta(1)), id="expired"),
        pytest.param(lambda: b"\x30\x00", id="no certificate"),
    ],
)
def test_new_root_with_a_wrong_link_certificate_has_no_path(link: Callable[[], bytes]) -> None:
    assert new_root(meter(), MODE.ROOT_BY_SUPPLIER, (link(),)) is NO_PATH


def test_an_issuing_authority_cannot_make_itself_the_root() -> None:
    """Its certificate is issued by the root for its name and key, as a link certificate is."""
    issuing = FIRST.issuing()
    name = Name.of_authority("Test Issuing 1", RemotePartyRole.ISSUING_AUTHORITY)
    request = CertificateRequest(
        serial=9,
        issuer=name,
        subject=name,
        not_before=NOT_BEFORE,
        not_after=NOT_AFTER,
        public_key=issuing.point,
        key_usages=frozenset({5}),
        policies=("1.2.826.0.1.8641679.1.2.1.4",),
        is_authority=True,
        wrapped_contingency_key=wrapped_of(SECOND),
    )
    itself = build_certificate(request, issuing.key, SUITE)
    path = (issuing.certificate,)
    assert new_root(meter(), MODE.ROOT_BY_SUPPLIER, path, itself) is BAD


def wrapped_of(generation: Generation) -> bytes:
    device = meter(generation=generation)
    return durable(device.device).root.wrapped_contingency_key


def test_recovery_may_bring_a_root_and_cells_under_it() -> None:
    device = meter()
    command = by_recovery(device, path=(NEW.issuing().certificate,))
    assert statuses(device, device.device.receive(command.build())) == [OK] * 8
    device = meter()
    what = replacements(["root.CS", "supplier.DS"], SECOND)
    path = (SECOND.link(FIRST), SECOND.issuing().certificate)
    command = update(device, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, what, path=path)
    assert statuses(device, device.device.receive(command.build())) == [OK, OK]


# --- cells -----------------------------------------------------------------------------------


def test_a_cell_that_the_device_has_not_is_not_found() -> None:
    certificate = NEW.leaf("wanProvider.DS").certificate
    assert verdict(certificate, "wanProvider.DS") is StatusCode.TRUST_ANCHOR_NOT_FOUND


def test_a_cell_outside_the_mode_is_other() -> None:
    certificate = NEW.leaf("networkOperator.DS").certificate
    status = verdict(certificate, "networkOperator.DS", mode=MODE.SUPPLIER_BY_SUPPLIER)
    assert status is StatusCode.OTHER


def test_no_mode_reaches_cells_of_no_party() -> None:
    certificate = NEW.leaf("supplier.DS").certificate
    for name in ("issuingAuthority.DS", "other.KA", "root.DS"):
        assert verdict(certificate, name) in (
            StatusCode.OTHER,
            StatusCode.TRUST_ANCHOR_NOT_FOUND,
        )


def test_a_replacement_may_change_the_cells_entity_identifier() -> None:
    newcomer = bytes.fromhex("02465300000000aa")
    subject = Name.of_party(ROLE.SUPPLIER, type(entity(ROLE.SUPPLIER))(newcomer))
    device = meter()
    certificate = NEW.leaf("supplier.DS", subject=subject).certificate
    assert verdict(certificate, device=device) is OK
    assert device.device.cells()[cell("supplier.DS")].unique_id == newcomer


def test_a_time_before_the_epoch_of_the_log_does_no_harm() -> None:
    device = clock_at(datetime(1960, 1, 1, tzinfo=UTC), ClockReliability.INVALID)
    assert verdict(NEW.leaf("supplier.DS").certificate, device=device) is OK
