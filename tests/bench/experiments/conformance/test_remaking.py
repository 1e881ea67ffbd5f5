"""A board with a made-up key answers for a device whose own is not published, and for no other."""

from dataclasses import replace

import pytest

from firmware_sim.bench.experiments.conformance.remaking import Remaking
from firmware_sim.bench.experiments.conformance.requests import request_in
from firmware_sim.gbcs.certification_request import (
    assemble_request,
    build_certification_request,
    request_info,
)
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.protection import mac_is_valid, with_mac
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS02A, CS02C
from tests.support.pki import SUITE, key

REAL, MADE_UP, OTHER = bytes(32), b"\x01" * 32, b"\x02" * 32
PARTY, DEVICE = EntityId(b"\x01" * 8), EntityId(b"\x02" * 8)
DS = KeyUsage.DIGITAL_SIGNATURE
BOARDS_KEY = key("made by the board")
PUBLISHED = SUITE.public_key(key("made by the published device"))
COMMAND = Message(CraFlag.COMMAND, 7, PARTY, DEVICE, CS02A, b"\x30\x00", signature=b"")
ANSWER = Message(CraFlag.RESPONSE, 7, DEVICE, PARTY, CS02A, b"\x30\x00", signature=b"")


def remaking(generated: bytes | None = None) -> Remaking:
    return Remaking({MADE_UP: REAL}, generated)


def test_a_command_is_for_the_boards_key() -> None:
    published = with_mac(COMMAND, REAL, SUITE)
    handed = parse_message(remaking().for_board(published))
    assert mac_is_valid(handed, MADE_UP, SUITE)
    assert replace(handed, mac=published.mac) == published


@pytest.mark.parametrize("secret", [MADE_UP, OTHER])
def test_a_command_with_a_wrong_mac_keeps_it(secret: bytes) -> None:
    forged = with_mac(COMMAND, secret, SUITE)
    assert remaking().for_board(forged) == forged.build()


def test_an_answer_is_as_of_the_real_key() -> None:
    given = with_mac(ANSWER, MADE_UP, SUITE)
    assert remaking().from_board(given.build()) == with_mac(ANSWER, REAL, SUITE).build()


@pytest.mark.parametrize("secret", [REAL, OTHER])
def test_an_answer_with_a_wrong_mac_keeps_it(secret: bytes) -> None:
    wrong = with_mac(ANSWER, secret, SUITE).build()
    assert remaking().from_board(wrong) == wrong


def test_what_is_no_message_stays_as_it_is() -> None:
    assert remaking(PUBLISHED).from_board(b"\xdf\x09") == b"\xdf\x09"


def answer_with(request: bytes) -> bytes:
    return replace(ANSWER, code=CS02C, payload=request).build()


def test_the_boards_own_key_pair_stands_for_the_published_one() -> None:
    answer = answer_with(build_certification_request(BOARDS_KEY, DS, DEVICE, SUITE))
    found = request_in(parse_message(remaking(PUBLISHED).from_board(answer)))
    assert found is not None
    assert found.info == request_info(PUBLISHED, DS, DEVICE)


def test_a_request_that_is_not_signed_with_its_own_key_stays_as_it_is() -> None:
    info = request_info(SUITE.public_key(BOARDS_KEY), DS, DEVICE)
    answer = answer_with(assemble_request(info, SUITE.sign(key("another"), info)))
    assert remaking(PUBLISHED).from_board(answer) == answer
