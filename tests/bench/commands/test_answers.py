"""Answers that are BER but not DER: read, and said so. Expected octets are made by hand."""

from dataclasses import replace

from firmware_sim.bench.commands.answers import described, read_leniently
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.use_cases import CS02A

# SEQUENCE { 30 04 { 03 02 07 80 } } and the same with what X.690 10.1 and 11.5 forbid.
DER = bytes.fromhex("3006 3004 03020780")
LONG_LENGTH = bytes.fromhex("308106 3004 03020780")
DEFAULT_WRITTEN = bytes.fromhex("3009 3007 03020780 020100")


def answer(payload: bytes, code: MessageCode = CS02A, cra: CraFlag = CraFlag.RESPONSE) -> Message:
    return Message(cra, 1, EntityId(bytes(8)), EntityId(bytes(8)), code, payload)


def test_an_answer_in_der_stays_as_it_is() -> None:
    assert read_leniently(answer(DER)) == (answer(DER), ())


def test_a_length_in_long_form_is_read_and_named() -> None:
    read = read_leniently(answer(LONG_LENGTH))
    assert read.message.payload == DER
    assert described(read.departures) == (
        "octet 1 of the payload: a length of 6 in 2 octets, 1 more than needed"
    )


def test_a_default_that_is_written_out_is_read_and_named() -> None:
    read = read_leniently(answer(DEFAULT_WRITTEN))
    assert read.message.payload == DER
    assert described(read.departures) == "octet 8 of the payload: a default value is written out"


def test_commands_and_other_use_cases_are_not_read_leniently() -> None:
    command = answer(LONG_LENGTH, cra=CraFlag.COMMAND)
    assert read_leniently(command) == (command, ())
    other = replace(answer(LONG_LENGTH), code=MessageCode(0x0019))
    assert read_leniently(other) == (other, ())


def test_what_is_no_ber_at_all_stays_as_it_is() -> None:
    cut = answer(DER[:-1])
    assert read_leniently(cut) == (cut, ())
