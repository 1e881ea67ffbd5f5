"""Re-encoding: identical, not DER but equal otherwise, or different."""

from dataclasses import replace

import pytest

from firmware_sim.bench.experiments.conformance.roundtrip import Form, round_trip
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message
from tests.bench.experiments.conformance.own_set import (
    QUERY,
    SUPPLIER_DS,
    query_command,
    query_response,
    report,
)


def form(message: Message) -> Form:
    return round_trip(message.build(), message).form


def test_der_payload_is_identical() -> None:
    assert form(query_command()) is Form.IDENTICAL
    assert form(query_response(report(SUPPLIER_DS))) is Form.IDENTICAL


@pytest.mark.parametrize(
    "payload",
    [
        b"\x30\x81" + QUERY[1:],
        b"\x30\x82\x00" + QUERY[1:],
        QUERY[:1] + b"\x0f" + QUERY[2:-5] + b"\x30\x81" + QUERY[-4:],
    ],
)
def test_long_lengths_are_told_apart_from_differences(payload: bytes) -> None:
    found = round_trip(b"", replace(query_command(), payload=payload))
    assert found.form is Form.DIFFERS  # the envelope: these octets are not the message
    assert form(replace(query_command(), payload=payload)) is Form.NON_DER


@pytest.mark.parametrize(
    "payload",
    [
        bytes.fromhex("3011 300a 020104 03020308 020100 3003 020102"),  # the default written out
        QUERY[:-1],
        QUERY + b"\x00",
        b"",
        b"\x05\x00",
        b"\x30\x80" + QUERY[2:] + b"\x00\x00",
    ],
)
def test_payload_that_is_no_query_differs(payload: bytes) -> None:
    assert form(replace(query_command(), payload=payload)) is Form.DIFFERS


def test_payload_of_another_use_case_is_opaque() -> None:
    message = replace(query_command(), code=MessageCode(0x0021), payload=b"\x30\x81\x00junk")
    assert form(message) is Form.IDENTICAL


def test_code_that_is_unknown_is_opaque() -> None:
    assert form(replace(query_command(), code=MessageCode(0xFFFF), payload=b"?")) is Form.IDENTICAL
