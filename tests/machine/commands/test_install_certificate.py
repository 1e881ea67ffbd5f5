"""CS02d: a device changes to the key pair that it made, or says why not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.certification_request import CertificationRequest
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import InstallCode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.image.layout import MAX_CERTIFICATE_OCTETS
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import is_signed_by, only, report
from tests.support.commands import by_recovery, query
from tests.support.device_commands import (
    DS,
    KA,
    certified,
    install,
    install_code,
    requested,
)
from tests.support.device_pki import device_certificate
from tests.support.meter import Meter, durable, meter, own_key
from tests.support.pki import SUITE, key

SUPPLIER = RemotePartyRole.SUPPLIER
ESME = DeviceType.ESME
OTHER_METER = EntityId(bytes.fromhex("00db1234567890a1"))


def test_a_new_signing_key_signs_from_the_response_on() -> None:
    esme = meter()
    old = own_key(ESME, DS)
    request = requested(esme, DS)
    certificate = certified(esme, request)
    effects = esme.device.receive(install(esme, certificate).build())
    assert install_code(effects, request.public_key) is InstallCode.SUCCESS
    state = durable(esme.device)
    assert state.keys[DS].public_key == request.public_key
    assert state.certificates[DS] == certificate
    assert state.waiting_keys == {}
    assert old not in esme.device.image()
    assert esme.device.machine.context.signer is None  # nothing is kept that the old key made
    later = only(esme.device.receive(query(esme, "supplier.DS").build()))
    assert is_signed_by(later, request.public_key)
    assert not is_signed_by(later, esme.signing_point)


def test_a_new_agreement_key_agrees_from_the_next_message_on() -> None:
    esme = meter()
    assert only(esme.device.receive(query(esme).build()))  # its secret is known now
    request = requested(esme, KA)
    install_now(esme, certified(esme, request))
    assert own_key(ESME, KA) not in esme.device.image()
    refused(esme, query(esme).build(), RefusalReason.BAD_MAC)
    esme.renewed[KA] = request.public_key
    assert report(esme, esme.device.receive(query(esme).build()))
    esme.device.power_on()
    assert report(esme, esme.device.receive(query(esme).build()))


def install_now(esme: Meter, certificate: bytes) -> None:
    effects = esme.device.receive(install(esme, certificate).build())
    assert install_code(effects, esme.signing_point) is InstallCode.SUCCESS


def test_both_keys_can_be_renewed_again_and_again() -> None:
    esme = meter()
    for _ in range(2):
        for usage in (DS, KA):
            request = requested(esme, usage)
            command = install(esme, certified(esme, request)).build()
            esme.renewed[usage] = request.public_key
            effects = esme.device.receive(command)
            assert install_code(effects, esme.signing_point) is InstallCode.SUCCESS
    keys = durable(esme.device).keys
    assert {usage: key.public_key for usage, key in keys.items()} == esme.renewed


def test_certificate_is_installed_only_once() -> None:
    esme = meter()
    request = requested(esme, KA)
    certificate = certified(esme, request)
    install_now(esme, certificate)
    esme.renewed[KA] = request.public_key
    effects = esme.device.receive(install(esme, certificate).build())
    expected = InstallCode.NO_CORRESPONDING_KEY_PAIR_GENERATED
    assert install_code(effects, esme.signing_point) is expected


Certify = Callable[[Meter, CertificationRequest], bytes]
IN_USE: dict[str, Any] = {"not_after": datetime(2039, 12, 31, 23, 59, 59, tzinfo=UTC)}
CODES: dict[str, tuple[Certify, InstallCode]] = {
    "no certificate": (lambda m, r: b"\x30\x00", InstallCode.INVALID_CERTIFICATE),
    "not DER": (lambda m, r: certified(m, r) + b"\0", InstallCode.INVALID_CERTIFICATE),
    "a validity that ends": (
        lambda m, r: certified(m, r, **IN_USE),
        InstallCode.INVALID_CERTIFICATE,
    ),
    "a certification authority": (
        lambda m, r: certified(m, r, is_authority=True),
        InstallCode.INVALID_CERTIFICATE,
    ),
    "another device": (
        lambda m, r: device_certificate(r.public_key, r.key_usage, OTHER_METER),
        InstallCode.WRONG_DEVICE_IDENTITY,
    ),
    "of no device": (
        lambda m, r: certified(m, r, device_entity_id=None),
        InstallCode.WRONG_DEVICE_IDENTITY,
    ),
    "a usage of no device": (
        lambda m, r: certified(m, r, key_usages=frozenset({5})),
        InstallCode.INVALID_KEY_USAGE,
    ),
    "two usages": (
        lambda m, r: certified(m, r, key_usages=frozenset({0, 4})),
        InstallCode.INVALID_KEY_USAGE,
    ),
    "the other usage": (
        lambda m, r: device_certificate(r.public_key, DS, m.entity_id),
        InstallCode.NO_CORRESPONDING_KEY_PAIR_GENERATED,
    ),
    "another key": (
        lambda m, r: device_certificate(SUITE.public_key(key("x")), r.key_usage, m.entity_id),
        InstallCode.WRONG_PUBLIC_KEY,
    ),
    "the key in use": (
        lambda m, r: device_certificate(m.agreement_point, r.key_usage, m.entity_id),
        InstallCode.WRONG_PUBLIC_KEY,
    ),
    "longer than its place": (
        lambda m, r: certified(m, r, more=(("1.2.3", False, bytes(MAX_CERTIFICATE_OCTETS)),)),
        InstallCode.CERTIFICATE_STORAGE_FAILED,
    ),
}


@pytest.mark.parametrize("case", CODES)
def test_a_certificate_that_does_not_fit_is_answered_with_its_code(case: str) -> None:
    certify, code = CODES[case]
    esme = meter()
    request = requested(esme, KA)
    before = durable(esme.device)
    command = install(esme, certify(esme, request))
    effects = esme.device.receive(command.build())
    assert install_code(effects, esme.signing_point) is code
    assert_unchanged(esme, before, command)
    install_now(esme, certified(esme, request))  # the key pair still waits


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.CERTIFICATE_STORAGE, InstallCode.CERTIFICATE_STORAGE_FAILED),
        (Fault.KEY_CHANGE, InstallCode.PRIVATE_KEY_CHANGE_FAILED),
    ],
)
def test_a_failing_device_keeps_its_old_key(fault: Fault, code: InstallCode) -> None:
    esme = meter(faults=[fault])
    request = requested(esme, DS)
    before = durable(esme.device)
    command = install(esme, certified(esme, request))
    effects = esme.device.receive(command.build())
    assert install_code(effects, esme.signing_point) is code
    assert_unchanged(esme, before, command)


def test_every_install_code_is_reached() -> None:
    reached = {code for _, code in CODES.values()}
    elsewhere = {InstallCode.SUCCESS, InstallCode.PRIVATE_KEY_CHANGE_FAILED}
    assert reached | elsewhere == set(InstallCode)


def test_the_key_usage_is_judged_before_a_signature_that_it_breaks() -> None:
    """As in the reference messages: another usage under the old signature gives 3, not 1."""
    esme = meter()
    good = certified(esme, requested(esme, DS))
    altered = good.replace(bytes.fromhex("03020780"), bytes.fromhex("03020640"))
    assert len(altered) == len(good)
    assert altered != good
    effects = esme.device.receive(install(esme, altered).build())
    assert install_code(effects, esme.signing_point) is InstallCode.INVALID_KEY_USAGE


def assert_unchanged(esme: Meter, before: Any, command: Message) -> None:
    """Only the counter and the log have moved on."""
    after = durable(esme.device)
    assert after._replace(counters={}, log={}) == before._replace(counters={}, log={})
    assert esme.counter(SUPPLIER) == command.counter


def test_result_of_an_installation_is_in_the_log() -> None:
    esme = meter()
    request = requested(esme, DS)
    esme.device.receive(install(esme, certified(esme, request, **IN_USE)).build())
    esme.device.receive(install(esme, certified(esme, request)).build())
    log = sorted(durable(esme.device).log.values(), key=lambda event: event.sequence)
    events = [(event.event_code, event.detail) for event in log]
    assert events[1:] == [
        (0x8F4C, "digitalSignature: code 1"),
        (0x8F4D, "digitalSignature: code 0"),
    ]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_certificates_are_answered_and_never_crash(data: st.DataObject) -> None:
    esme = meter()
    octets = bytearray(certified(esme, requested(esme, KA)))
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(octets[: data.draw(st.sampled_from([len(octets), 5, 200]))])
    effects = esme.device.receive(install(esme, whole).build())
    code = install_code(effects, esme.signing_point)
    assert (durable(esme.device).certificates[KA] == whole) == (code is InstallCode.SUCCESS)


def test_recovery_does_not_touch_the_devices_own_keys() -> None:
    esme = meter()
    requested(esme, DS)
    before = durable(esme.device)
    assert only(esme.device.receive(by_recovery(esme).build()))
    after = durable(esme.device)
    assert after.keys == before.keys
    assert after.waiting_keys == before.waiting_keys
