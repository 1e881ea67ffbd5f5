"""The firmware reads messages as gbcs does: the same fields, the same refusals."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from firmware_sim.bench.experiments.conformance.reference import read_messages
from firmware_sim.gbcs.envelope import Supplementary
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message, parse_message
from tests.board.language_in_c import LanguageInC
from tests.board.mutations import mutated
from tests.gbcs.messages import DEVICE, PARTY, command, messages

SEEDS = (
    command().build(),
    command(payload=bytes(200)).build(),
    command(payload=bytes(300), date_time=bytes(range(12))).build(),
    command(signature=b"").build(),
    command(signature=None, mac=None).build(),
    command(cra=CraFlag.ALERT, mac=None).build(),
    command(supplementary=Supplementary(PARTY, 1, 2)).build(),
    command(supplementary=Supplementary(PARTY, 1, certificate=b"\x30" + bytes(140))).build(),
)

Read = tuple[Message, bytes, bytes] | None


def read(octets: bytes) -> Read:
    """What Python makes of the octets, with what a signature and a MAC cover."""
    try:
        message = parse_message(octets)
    except RemoteError:
        return None
    return message, message.signed_octets(), message.grouped_octets()


def test_every_reference_message_has_the_same_fields(language: LanguageInC, rtds: Path) -> None:
    files = list(read_messages(rtds / "messages"))
    assert len(files) > 600
    for file in files:
        octets = file.octets()
        assert language.message(octets) == read(octets) is not None, file.path


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages())
def test_every_message_that_can_be_built_is_read(language: LanguageInC, message: Message) -> None:
    octets = message.build()
    assert language.message(octets) == read(octets) is not None


@pytest.mark.parametrize("seed", range(4))
def test_damaged_messages_are_read_or_refused_alike(language: LanguageInC, seed: int) -> None:
    random = Random(seed)
    accepted = 0
    for _ in range(1500):
        octets = mutated(random.choice(SEEDS), random)
        said = language.message(octets)
        assert said == read(octets), octets.hex()
        accepted += said is not None
    assert 100 < accepted < 1400


def test_every_truncated_message_is_refused_alike(language: LanguageInC) -> None:
    for octets in SEEDS:
        for length in range(len(octets)):
            assert language.message(octets[:length]) == read(octets[:length]), length


def test_the_longest_message_is_read_and_a_longer_one_is_not(language: LanguageInC) -> None:
    room = MAX_MESSAGE_OCTETS - len(command(payload=b"").build()) - 4
    longest = command(payload=bytes(room)).build()
    assert len(longest) == MAX_MESSAGE_OCTETS
    assert language.message(longest) == read(longest) is not None
    longer = command(payload=bytes(room + 1)).build()
    assert language.message(longer) is read(longer) is None


def test_block_of_a_transfer_is_refused_as_a_message(language: LanguageInC) -> None:
    assert language.message(bytes.fromhex("dd0901") + bytes(60)) is None


_HEAD = bytes.fromhex("df0901000000000000000108") + PARTY + b"\x08" + DEVICE + b"\x00"
_MAC_HEAD = bytes.fromhex("dd000000000000")
_SECURITY = bytes.fromhex("1100000000")
_CODE = bytes.fromhex("020102")

BY_HAND = {
    "as it should be": (_HEAD + _CODE + b"\x01\x05\x00", True),
    "81 for a length below 80": (_HEAD + _CODE + b"\x81\x7f" + bytes(0x7F) + b"\x00", False),
    "81 from 80 on": (_HEAD + _CODE + b"\x81\x80" + bytes(0x80) + b"\x00", True),
    "82 for a length below 100": (_HEAD + _CODE + b"\x82\x00\xff" + bytes(0xFF) + b"\x00", False),
    "82 from 100 on": (_HEAD + _CODE + b"\x82\x01\x00" + bytes(0x100) + b"\x00", True),
    "83": (_HEAD + _CODE + b"\x83\x00\x01\x00" + bytes(0x100) + b"\x00", False),
    "80": (_HEAD + _CODE + b"\x80\x00", False),
    "a signature of 63 octets": (_HEAD + _CODE + b"\x00\x3f" + bytes(63), False),
    "a signature of 64 octets": (_HEAD + _CODE + b"\x00\x40" + bytes(64), True),
    "a pre-command": (_HEAD + _CODE + b"\x00", True),
    "a date-time of 11 octets": (_HEAD[:-1] + b"\x0b" + bytes(11) + _CODE + b"\x00\x00", False),
    "one octet of code": (_HEAD + b"\x01\x01\x00\x00", False),
    "a certificate after one counter": (
        _HEAD + b"\x1c" + bytes(18) + b"\x30" + bytes(9) + b"\x00\x00", True),
    "another value after one counter": (
        _HEAD + b"\x1c" + bytes(18) + b"\x31" + bytes(9) + b"\x00\x00", False),
    "a MAC": (
        _MAC_HEAD + b"\x34" + _SECURITY + _HEAD + _CODE + b"\x00\x00" + bytes(12), True),
    "a MAC but no signature field": (
        _MAC_HEAD + b"\x33" + _SECURITY + _HEAD + _CODE + b"\x00" + bytes(12), False),
    "a MAC header and nothing": (_MAC_HEAD + b"\x05" + _SECURITY, False),
    "a MAC header and less than a MAC": (_MAC_HEAD + b"\x10" + _SECURITY + bytes(11), False),
    "CRA flag 0": (_HEAD.replace(b"\x09\x01", b"\x09\x00", 1) + _CODE + b"\x00\x00", False),
    "CRA flag 4": (_HEAD.replace(b"\x09\x01", b"\x09\x04", 1) + _CODE + b"\x00\x00", False),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_each_rule_of_the_envelope_is_kept_alike(language: LanguageInC, name: str) -> None:
    octets, accepted = BY_HAND[name]
    assert (read(octets) is not None) == accepted
    assert language.message(octets) == read(octets)
