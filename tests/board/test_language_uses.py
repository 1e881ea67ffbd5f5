"""The firmware reads top-up tokens and encrypts sensitive items as the reference messages do."""

from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.experiments.conformance.reference import read_messages
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.roles import KeyUsage
from tests.board.uses_in_c import ActivationFields, TokenFields, UsesInC
from tests.gbcs import independent

SUPPLIER = EntityId(bytes.fromhex("90b3d51f30010000"))
NEW_SUPPLIER = EntityId(bytes.fromhex("90b3d51f30030000"))
ESME = EntityId(bytes.fromhex("00db1234567890a0"))
GSME = EntityId(bytes.fromhex("00db1234567890a1"))
# Of the reference messages; the second is refused there, and its check digit is wrong.
TOKEN, WRONG = b"73950067887105178605", b"12345678910121314156"
COUNTER = 6 << 32


@pytest.fixture(scope="module")
def keys(rtds: Path) -> PublishedKeys:
    return read_published_keys(rtds / "keystore.json", rtds / "issuers.json", P256Suite())


def test_the_published_token_has_the_value_and_counter_that_its_answer_shows(uses: UsesInC) -> None:
    token = uses.token(TOKEN)
    assert token is not None
    assert token[:3] == (6, 0, 1250)
    assert uses.token(WRONG) is None


def test_every_wrong_digit_and_most_swapped_neighbours_are_refused(uses: UsesInC) -> None:
    for place in range(20):
        for digit in b"0123456789":
            changed = TOKEN[:place] + bytes((digit,)) + TOKEN[place + 1 :]
            assert (uses.token(changed) is not None) == (changed == TOKEN), changed
    for place in range(19):
        pair = TOKEN[place : place + 2]
        swapped = TOKEN[:place] + pair[::-1] + TOKEN[place + 2 :]
        assert (uses.token(swapped) is not None) == (pair == pair[::-1]), swapped


@pytest.mark.parametrize("octet", [b"/", b":", b" ", b"\x00", b"\xff", b"x"])
def test_what_is_no_digit_is_no_token(uses: UsesInC, octet: bytes) -> None:
    for place in (0, 10, 19):
        assert uses.token(TOKEN[:place] + octet + TOKEN[place + 1 :]) is None


def prepayment_secret(keys: PublishedKeys, party: EntityId, device: EntityId) -> bytes:
    """The ECDH secret of a party's published prepayment key and a device's key."""
    (top_up,) = {
        key.private_key
        for key in keys._by_entity[party]
        if key.top_up and key.private_key is not None
    }
    (own, *_) = keys.of(device, KeyUsage.KEY_AGREEMENT)
    return independent.agree(top_up, own.certificate.public_key)


def test_the_published_token_is_authentic_for_its_parties_and_no_others(
    uses: UsesInC, keys: PublishedKeys
) -> None:
    secret = prepayment_secret(keys, SUPPLIER, GSME)
    assert uses.is_authentic(TOKEN, SUPPLIER, GSME, COUNTER, secret)
    assert not uses.is_authentic(TOKEN, SUPPLIER, ESME, COUNTER, secret)
    assert not uses.is_authentic(TOKEN, NEW_SUPPLIER, GSME, COUNTER, secret)
    assert not uses.is_authentic(TOKEN, SUPPLIER, GSME, COUNTER + 1, secret)
    for party, device in ((NEW_SUPPLIER, GSME), (SUPPLIER, ESME)):
        other = prepayment_secret(keys, party, device)
        assert not uses.is_authentic(TOKEN, SUPPLIER, GSME, COUNTER, other)


def items_of(payload: bytes) -> list[bytes]:
    """The encrypted items of a DLMS answer: octet strings that begin with the security header."""
    found, at = [], 0
    while (at := payload.find(b"\x31\x00\x00\x00\x00", at)) >= 0:
        found.append(payload[at : at + payload[at - 1]])
        at += 5
    return found


def opened(item: bytes, answer: Message, secret: bytes) -> bytes:
    """An item in clear, by OpenSSL; the key by hand."""
    transaction = b"\x09\x04" + answer.counter.to_bytes(8, "big")
    algorithm = bytes.fromhex("60857406080300")
    parts = (bytes((0, 0, 0, 1)), secret, algorithm, answer.originator, transaction, answer.target)
    key = sha256(b"".join(parts)).digest()[:16]
    mode = modes.GCM(answer.originator + bytes(4), item[-12:], min_tag_length=12)
    decryptor = Cipher(algorithms.AES(key), mode).decryptor()
    decryptor.authenticate_additional_data(item[:1])
    return decryptor.update(item[5:-12]) + decryptor.finalize()


def test_encrypted_registers_of_the_reference_answers_are_made_again(
    uses: UsesInC, keys: PublishedKeys, rtds: Path
) -> None:
    made = 0
    for file in read_messages(rtds / "messages"):
        message: Message = parse_message(file.octets())
        if message.code != 0x0027 or message.originator != ESME:
            continue
        (party, *_) = keys.of(message.target, KeyUsage.KEY_AGREEMENT)
        (own, *_) = keys.of(ESME, KeyUsage.KEY_AGREEMENT)
        assert party.private_key is not None
        secret = independent.agree(party.private_key, own.certificate.public_key)
        for item in items_of(message.payload):
            clear = opened(item, message, secret)
            put = uses.sensitive(clear, ESME, message.target, message.counter, secret)
            assert put == item
            made += 1
    assert made == 2


def test_the_fields_of_a_token_are_where_the_specification_has_them(uses: UsesInC) -> None:
    """Each field all ones in turn, in a token whose number is put together by hand."""
    for shift, bits, name in ((47, 10, "counter"), (45, 2, "value_class"), (32, 13, "value")):
        number = 7394156990786306048 + (((1 << bits) - 1) << shift)
        assert getattr(uses.token(with_check_digit(uses, number)), name) == (1 << bits) - 1
    number = 7394156990786306048 + 0x01020304
    token = uses.token(with_check_digit(uses, number))
    assert token == TokenFields(0, 0, 0, bytes(4), bytes.fromhex("01020304"))


def with_check_digit(uses: UsesInC, number: int) -> bytes:
    """The one token of ten that is one."""
    (token,) = (
        digits
        for last in range(10)
        if uses.token(digits := f"{number:019d}{last}".encode()) is not None
    )
    return token


@pytest.mark.parametrize("number", [0, 7394156990786306047, 7394156990786306048 + (1 << 57)])
def test_numbers_that_no_token_gives_are_refused(uses: UsesInC, number: int) -> None:
    assert all(uses.token(f"{number:019d}{last}".encode()) is None for last in range(10))


def activation_messages(rtds: Path) -> list[Message]:
    messages = map(parse_message, (file.octets() for file in read_messages(rtds / "messages")))
    return [message for message in messages if message.code in (0x0012, 0x00CA)]


def test_activation_commands_of_the_reference_set_are_read(uses: UsesInC, rtds: Path) -> None:
    commands = [m for m in activation_messages(rtds) if m.cra is CraFlag.COMMAND]
    read = [uses.activation(command.payload) for command in commands]
    assert len(read) == 10
    assert all(
        found is not None and found.counter == command.counter
        for found, command in zip(read, commands, strict=True)
    )
    assert {found.execution for found in read if found} == {
        None, 1893456000, 1894698000, 253402300799,
    }  # fmt: skip


def test_activation_answers_and_alerts_are_the_published_octets(uses: UsesInC, rtds: Path) -> None:
    messages = activation_messages(rtds)
    answers = {m.payload.hex() for m in messages if m.cra is CraFlag.RESPONSE}
    alerts = {m.payload.hex() for m in messages if m.cra is CraFlag.ALERT}
    made = {
        uses.activation_response(None).hex(),
        uses.activation_response(0, bytes.fromhex("0123abce")).hex(),
        uses.activation_response(1, bytes.fromhex("0123abcf")).hex(),
    }
    assert len(answers & made) == len(answers)
    version = bytes.fromhex("0123abcf")
    done = ActivationFields(b"", 1001, 1894698000)
    failed = ActivationFields(b"", 1004, 1893456000)
    assert alerts == {
        uses.activation_alert(0x8F66, done, 0, version).hex(),
        uses.activation_alert(0x8F67, failed, 2, version).hex(),
    }


_WHOLE = "0420" + "ab" * 32 + "020203e8"
_LATER = "180f32303330303131353039303030305a"


@pytest.mark.parametrize(
    ("payload", "accepted"),
    [
        ("3026" + _WHOLE, True),
        ("3037" + _WHOLE + _LATER, True),
        ("3025041f" + "ab" * 31 + "020203e8", False),
        ("30270421" + "ab" * 33 + "020203e8", False),
        ("3027" + _WHOLE + "00", False),
        ("3026" + _WHOLE + "00", False),
        ("3026" + _WHOLE[:-2], False),
        ("30250420" + "ab" * 32 + "0201e8", False),
        ("30270420" + "ab" * 32 + "02030003e8", False),
        ("3037" + _WHOLE + _LATER.replace("3031", "3133", 1), False),
        ("3028" + _WHOLE + "0500", False),
    ],
    ids=["whole", "later", "short hash", "long hash", "one more value", "an octet behind",
         "cut short", "negative counter", "long counter", "month 13", "no time"],
)  # fmt: skip
def test_activation_commands_are_read_exactly_if_they_are_whole(
    uses: UsesInC, payload: str, accepted: bool
) -> None:
    assert (uses.activation(bytes.fromhex(payload)) is not None) == accepted
