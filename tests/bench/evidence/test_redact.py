"""The symmetric key travels in clear; nothing that is kept may hold it."""

import time
from hashlib import sha256

import pytest

from firmware_sim.bench.evidence.redact import BLANKED, Redactor
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from tests.bench.evidence.rehearsal import BROKER, SYMMETRIC_KEY, contingency_command

COMMAND = contingency_command(BROKER)


def test_the_key_in_a_contingency_command_becomes_zeroes() -> None:
    assert SYMMETRIC_KEY in COMMAND
    blank = Redactor().octets(COMMAND)
    assert blank.blanked
    assert blank.octets == COMMAND.replace(SYMMETRIC_KEY, bytes(16))
    control = UpdateCommand.decode(parse_message(blank.octets).payload).control
    assert control.symmetric_key == bytes(16)


def test_an_altered_copy_of_a_contingency_command_is_blanked() -> None:
    redactor = Redactor()
    redactor.octets(COMMAND)
    mangled = b"\x00" + COMMAND[1:-10]
    blank = redactor.octets(mangled)
    assert blank.blanked
    assert SYMMETRIC_KEY not in blank.octets
    assert len(blank.octets) == len(mangled)


def test_an_altered_copy_that_comes_first_is_blanked_if_the_key_is_known() -> None:
    redactor = Redactor()
    redactor.guard(SYMMETRIC_KEY)
    assert SYMMETRIC_KEY not in redactor.octets(COMMAND[5:]).octets


def test_one_secret_among_many_is_found() -> None:
    redactor = Redactor()
    secrets = [sha256(number.to_bytes(4, "big")).digest() for number in range(500)]
    for secret in secrets:
        redactor.guard(secret)
    blank = redactor.octets(b"before" + secrets[417] + b"between" + secrets[3])
    assert blank == (b"before" + bytes(32) + b"between" + bytes(32), True)


def test_a_key_of_another_length_is_blanked_only_in_its_own_message() -> None:
    redactor = Redactor()
    odd = contingency_command(BROKER, key=bytes(BROKER))
    assert bytes(BROKER) not in redactor.octets(odd).octets
    # The originator of an honest message has the same octets: they are no secret.
    assert redactor.octets(b"from " + BROKER).octets == b"from " + BROKER


def test_octets_without_a_secret_stay_as_they_are() -> None:
    blank = Redactor().octets(b"\x01\x02\x03")
    assert blank == (b"\x01\x02\x03", False)


@pytest.mark.parametrize(
    "form", [SYMMETRIC_KEY.hex(), SYMMETRIC_KEY.hex().upper(), f"a{SYMMETRIC_KEY.hex()}0"]
)
def test_the_key_in_hexadecimal_is_blanked_in_texts(form: str) -> None:
    redactor = Redactor()
    redactor.guard(SYMMETRIC_KEY)
    assert redactor.text(f"got {form}.") == f"got {BLANKED}."


def test_hexadecimal_digits_without_a_secret_stay_as_they_are() -> None:
    redactor = Redactor()
    redactor.guard(SYMMETRIC_KEY)
    text = f"key {SYMMETRIC_KEY.hex()[:-1]}0 of {BROKER}"
    assert redactor.text(text) == text


def test_a_text_that_was_clean_before_its_secret_came_is_blanked_after() -> None:
    redactor, text = Redactor(), f"it said {bytes(range(16)).hex()}"
    assert redactor.text(text) == text
    redactor.guard(bytes(range(16)))
    assert redactor.text(text) == f"it said {BLANKED}"


def test_searching_for_many_secrets_takes_one_pass() -> None:
    redactor = Redactor()
    for number in range(50_000):
        redactor.guard(sha256(number.to_bytes(4, "big")).digest())
    began = time.perf_counter()
    for _ in range(20):
        redactor.octets(COMMAND)
        redactor.text(f"holds {BROKER} and {BROKER}")
    assert time.perf_counter() - began < 1


def test_too_short_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        Redactor().guard(b"\x00\x01")
