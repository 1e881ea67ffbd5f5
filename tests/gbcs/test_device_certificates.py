"""Payloads of CS02c, CS02d and CS02e: exact octets, a second encoder, reference messages."""

from pathlib import Path
from typing import Any

import asn1tools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallCode,
    InstallResponse,
    IssueCode,
    IssueResponse,
    KeyUsageQuery,
    ProvideCode,
    ProvideResponse,
)
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E

SCHEMA = asn1tools.compile_string(
    """
    Own DEFINITIONS IMPLICIT TAGS ::= BEGIN
    Query ::= SEQUENCE { keyUsage BIT STRING {
        digitalSignature(0), contentCommitment(1), keyEncipherment(2), dataEncipherment(3),
        keyAgreement(4), keyCertSign(5), cRLSign(6), encipherOnly(7), decipherOnly(8) } }
    Code ::= INTEGER
    END
    """,
    "der",
)
TYPES: dict[tuple[MessageCode, CraFlag], Any] = {
    (CS02C, CraFlag.COMMAND): KeyUsageQuery,
    (CS02C, CraFlag.RESPONSE): IssueResponse,
    (CS02D, CraFlag.COMMAND): CertificateCommand,
    (CS02D, CraFlag.RESPONSE): InstallResponse,
    (CS02E, CraFlag.COMMAND): KeyUsageQuery,
    (CS02E, CraFlag.RESPONSE): ProvideResponse,
}


@pytest.mark.parametrize(
    ("octets", "usages", "usage"),
    [
        ("3004 0302 0780", {0}, KeyUsage.DIGITAL_SIGNATURE),
        ("3004 0302 0308", {4}, KeyUsage.KEY_AGREEMENT),
        ("3004 0302 0204", {5}, None),
        ("3004 0302 0640", {1}, None),
        ("3004 0302 0388", {0, 4}, None),
        ("3005 0303 070080", {8}, None),
        ("3003 0301 00", set(), None),
    ],
)
def test_key_usage_query_has_the_specified_octets(
    octets: str, usages: set[int], usage: KeyUsage | None
) -> None:
    query = KeyUsageQuery.decode(bytes.fromhex(octets))
    assert query.usages == usages
    assert query.usage is usage
    assert query.encode() == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "3000",
        "3004 0302 0700",  # no bit is set, but one is there
        "3004 0302 0680",  # bit 1 is a trailing zero
        "3005 0303 078000",
        "3004 0302 0781",  # padding bits that are set
        "3004 0402 0780",
        "3004 0302 0780 00",
        "30810403020780",
    ],
)
def test_octets_that_are_no_key_usage_query_are_refused(octets: str) -> None:
    with pytest.raises(RemoteError):
        KeyUsageQuery.decode(bytes.fromhex(octets))


@given(st.frozensets(st.integers(0, 8), min_size=1))
def test_queries_agree_with_a_second_encoder(usages: frozenset[int]) -> None:
    count = max(usages) + 1
    value = sum(1 << count - 1 - bit for bit in usages)
    padded = (value << -count % 8).to_bytes((count + 7) // 8, "big")
    octets = bytes(SCHEMA.encode("Query", {"keyUsage": (padded, count)}))
    assert KeyUsageQuery(usages).encode() == octets
    assert KeyUsageQuery.decode(octets).usages == usages


@pytest.mark.parametrize("code", InstallCode)
def test_install_response_is_a_bare_integer(code: InstallCode) -> None:
    octets = InstallResponse(code).encode()
    assert octets == bytes((2, 1, code))
    assert SCHEMA.decode("Code", octets) == code
    assert InstallResponse.decode(octets).code is code


def test_codes_are_numbered_as_specified() -> None:
    assert [int(code) for code in InstallCode] == list(range(8))
    assert [int(code) for code in IssueCode] == [1, 2, 3]
    assert [int(code) for code in ProvideCode] == [1, 2, 3]


@pytest.mark.parametrize("kind", [IssueResponse, ProvideResponse])
def test_a_choice_is_untagged(kind: Any) -> None:
    opaque = bytes.fromhex("3003020100")
    assert kind.decode(opaque).result == opaque
    assert kind(opaque).encode() == opaque
    for code in (1, 2, 3):
        octets = bytes((2, 1, code))
        assert kind.decode(octets).result == code
        assert kind(kind.decode(octets).result).encode() == octets


@pytest.mark.parametrize(
    ("kind", "octets"),
    [
        (IssueResponse, "020100"),
        (IssueResponse, "020104"),
        (ProvideResponse, "0a0101"),
        (InstallResponse, "020108"),
        (InstallResponse, "0201ff"),
        (InstallResponse, "02020001"),
        (InstallResponse, ""),
    ],
)
def test_responses_with_other_codes_are_refused(kind: Any, octets: str) -> None:
    with pytest.raises(RemoteError):
        kind.decode(bytes.fromhex(octets))


def test_a_certificate_command_is_bounded() -> None:
    assert CertificateCommand.decode(bytes(2048)).encode() == bytes(2048)
    for octets in (b"", bytes(2049)):
        with pytest.raises(RemoteError):
            CertificateCommand.decode(octets)


def test_reference_messages_come_out_as_they_went_in(rtds: Path) -> None:
    seen = set()
    for path in sorted((rtds / "messages").rglob("*.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        kind = TYPES.get((message.code, message.cra))
        if kind is not None:
            assert kind.decode(message.payload).encode() == message.payload, path.name
            seen.add((message.code, message.cra))
    assert {code for code, _ in seen} >= {CS02C, CS02D}
    assert {cra for _, cra in seen} == {CraFlag.COMMAND, CraFlag.RESPONSE}
