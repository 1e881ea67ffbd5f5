"""Pairs of CS02c, CS02d and CS02e: every answer that there is, from the state it implies."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.result import ConformanceResult
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E
from tests.bench.experiments.conformance.pki_set import (
    CHF,
    ESME,
    GPF,
    DeviceOwner,
    Holder,
    PkiSet,
    from_party,
    to_party,
)
from tests.support.device_pki import device_certificate
from tests.support.pki import SUITE, key

DS, KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
QUERY = {
    DS: bytes.fromhex("3004 03020780"),
    KA: bytes.fromhex("3004 03020308"),
    KeyUsage.KEY_CERT_SIGN: bytes.fromhex("3004 03020204"),
}
CCS02 = MessageCode(0x0002)
NEW_KEY = key("a key pair that only the device knows")
NEW_POINT = SUITE.public_key(NEW_KEY)
ALWAYS = {
    "another device",
    "counter already used",
    "another certificate in supplier.DS",
    "another certificate in accessControlBroker.KA",
}


@pytest.fixture
def pki_set(tmp_path: Path) -> PkiSet:
    return PkiSet(tmp_path)


def code(number: int) -> bytes:
    return bytes((0x02, 0x01, number))


def command(use_case: MessageCode, payload: bytes) -> Message:
    return from_party(Holder.of("supplier.DS"), ESME, use_case, payload, 1000)


def run(
    pki_set: PkiSet, asked: Message, payload: bytes, policy: Policy | None = None
) -> ConformanceResult:
    pki_set.add("pair/x_COMMAND", asked)
    pki_set.add("pair/x_RESPONSE", to_party(asked, payload))
    return run_conformance(
        locate(pki_set.root), strict=False, policy=policy or Policy(), progress=Silent()
    )


def wrong_states_of(result: ConformanceResult) -> set[str]:
    assert result.wrong == []
    assert [*result.replay.differ, *result.replay.unsupported] == []
    (found,) = result.replay.wrong_states.values()
    return set(found)


def request(usage: KeyUsage, private_key: bytes = NEW_KEY) -> bytes:
    """A device's request as another library writes it (RFC 2986, RFC 4108)."""
    serial = b"\x04\x08" + ESME
    hardware_type = bytes.fromhex("060d 2a863a0001848fb90f01020201")
    module = b"\x30" + bytes((len(hardware_type + serial),)) + hardware_type + serial
    name = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4"), module)
    wanted = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    wanted["digital_signature" if usage is DS else "key_agreement"] = True
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(x509.KeyUsage(**wanted), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=True)
    scalar = ec.derive_private_key(int.from_bytes(private_key, "big"), ec.SECP256R1())
    return builder.sign(scalar, hashes.SHA256()).public_bytes(Encoding.DER)


def certificate(usage: KeyUsage = DS, **changes: Any) -> bytes:
    return device_certificate(NEW_POINT, usage, changes.pop("entity", ESME), **changes)


@pytest.mark.parametrize("usage", [DS, KA])
def test_request_replays_but_for_its_signature(pki_set: PkiSet, usage: KeyUsage) -> None:
    result = run(pki_set, command(CS02C, QUERY[usage]), request(usage))
    assert wrong_states_of(result) == ALWAYS | {"another key pair made"}
    assert result.replay.stood_in == {
        "pair/x_COMMAND_GBCS": ["the key pair that the command makes"]
    }
    assert result.as_json()["certification_requests"] == {"ok": 1, "bad": 0, "no_key": 0}


def test_request_for_another_usage_differs(pki_set: PkiSet) -> None:
    result = run(pki_set, command(CS02C, QUERY[DS]), request(KA))
    assert [found.name for found in result.replay.differ] == ["pair/x_COMMAND_GBCS"]


def test_request_with_another_signature_is_wrong_though_it_replays(pki_set: PkiSet) -> None:
    good = request(DS)
    result = run(pki_set, command(CS02C, QUERY[DS]), good[:-1] + bytes((good[-1] ^ 1,)))
    assert len(result.replay.matched) == 1
    reasons = [found.reason for found in result.wrong]
    assert reasons == ["the certification request does not verify"]


@pytest.mark.parametrize(
    ("asked", "answer", "fault"),
    [
        (command(CS02C, QUERY[DS]), 2, "the generation of a key pair"),
        (command(CS02C, QUERY[KA]), 3, "the production of a certification request"),
        (command(CS02D, certificate()), 6, "the storage of the device's own certificate"),
        (command(CS02D, certificate(KA)), 7, "the change to a new private key"),
        (command(CS02E, QUERY[DS]), 3, "the retrieval of the device's own certificate"),
    ],
)
def test_answer_that_no_rule_yields_needs_a_fault_and_the_result_says_so(
    pki_set: PkiSet, asked: Message, answer: int, fault: str
) -> None:
    result = run(pki_set, asked, code(answer))
    assert wrong_states_of(result) >= ALWAYS | {"no fault"}
    assert result.replay.injected_faults == {"pair/x_COMMAND_GBCS": [fault]}
    assert result.replay.from_answer == {"pair/x_COMMAND_GBCS": [f"the fault: {fault}"]}
    assert result.as_json()["replay"]["found_out"] == 0


NO_KEY, OTHER_KEY = "no waiting key", "another waiting key"
ITS_KEY = "the certificate's key waiting"


@pytest.mark.parametrize(
    ("octets", "answer", "wrong"),
    [
        (certificate(), 0, {NO_KEY, OTHER_KEY}),
        (certificate(KA), 0, {NO_KEY, OTHER_KEY}),
        (b"\x30\x00", 1, set()),
        (certificate(policies=()), 1, {NO_KEY, OTHER_KEY}),
        (certificate(entity=GPF), 2, set()),
        (certificate(KeyUsage.KEY_CERT_SIGN), 3, set()),
        (certificate(), 4, {OTHER_KEY, ITS_KEY}),
        (certificate(), 5, {NO_KEY, ITS_KEY}),
    ],
)
def test_certificate_is_judged_by_the_key_that_waits(
    pki_set: PkiSet, octets: bytes, answer: int, wrong: set[str]
) -> None:
    result = run(pki_set, command(CS02D, octets), code(answer))
    assert wrong_states_of(result) == ALWAYS | wrong
    assert result.replay.injected_faults == {}
    assert (result.replay.from_answer, result.replay.found_out) == ({}, 1)


@pytest.mark.parametrize("usage", [DS, KA])
def test_certificate_that_is_published_is_provided(pki_set: PkiSet, usage: KeyUsage) -> None:
    result = run(pki_set, command(CS02E, QUERY[usage]), DeviceOwner(ESME, usage).certificate)
    assert wrong_states_of(result) == ALWAYS | {"no own certificate", "another own certificate"}


def test_certificate_that_only_the_answer_shows_is_provided(pki_set: PkiSet) -> None:
    result = run(pki_set, command(CS02E, QUERY[KA]), certificate(KA))
    assert wrong_states_of(result) >= ALWAYS | {"another own certificate"}


def test_absent_certificate_is_not_provided(pki_set: PkiSet) -> None:
    result = run(pki_set, command(CS02E, QUERY[DS]), code(2))
    assert wrong_states_of(result) == ALWAYS | {"another own certificate"}


@pytest.mark.parametrize("use_case", [CS02C, CS02E])
def test_usage_that_no_device_key_has_is_answered_so(
    pki_set: PkiSet, use_case: MessageCode
) -> None:
    result = run(pki_set, command(use_case, QUERY[KeyUsage.KEY_CERT_SIGN]), code(1))
    assert wrong_states_of(result) == ALWAYS


@pytest.mark.parametrize(
    ("use_case", "payload", "answer"),
    [
        (CS02C, QUERY[DS], 1),
        (CS02D, certificate(), 1),
        (CS02D, certificate(), 2),
        (CS02D, certificate(), 3),
        (CS02E, QUERY[DS], 1),
    ],
)
def test_answer_that_the_command_cannot_have_differs(
    pki_set: PkiSet, use_case: MessageCode, payload: bytes, answer: int
) -> None:
    result = run(pki_set, command(use_case, payload), code(answer))
    assert result.replay.matched == []


@pytest.mark.parametrize("authority", ["wan-provider", "access-control-broker"])
def test_hub_is_told_by_the_party_that_the_policy_says(pki_set: PkiSet, authority: str) -> None:
    name = {"wan-provider": "wanProvider.DS", "access-control-broker": "accessControlBroker.DS"}
    party = Holder.of(name[authority])
    pki_set.add("other/CCS02_COMMAND", from_party(party, CHF, CCS02, b"", 1))
    asked = from_party(party, CHF, CS02E, QUERY[DS], 1000)
    policy = Policy.from_choices({"hub_certificate_authority": authority})
    result = run(pki_set, asked, DeviceOwner(CHF, DS).certificate, policy)
    assert f"another certificate in {party.cell}" in wrong_states_of(result)
