"""The reference messages through the codec: nothing bad, and nothing passed over."""

from dataclasses import replace

from firmware_sim.bench.experiments.conformance.protections import Checked
from firmware_sim.bench.experiments.conformance.published_keys import read_published_keys
from firmware_sim.bench.experiments.conformance.reference import Locations, read_messages
from firmware_sim.bench.experiments.conformance.result import ConformanceResult
from firmware_sim.bench.experiments.conformance.roundtrip import Form
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import Message, parse_message


def messages(locations: Locations) -> list[Message]:
    return [parse_message(file.octets()) for file in read_messages(locations.messages)]


def test_every_reference_file_parses(result: ConformanceResult, locations: Locations) -> None:
    files = list(locations.messages.rglob("*.HEX"))
    assert files
    assert result.messages == {"parsed": len(files)}


def test_every_signature_verifies(result: ConformanceResult, locations: Locations) -> None:
    signed = sum(bool(message.signature) for message in messages(locations))
    assert signed
    assert result.signatures == {Checked.OK: signed}


def test_every_mac_verifies_but_those_between_two_devices(
    result: ConformanceResult, locations: Locations
) -> None:
    keys = read_published_keys(locations.keys, locations.issuers, P256Suite())
    maced = [message for message in messages(locations) if message.mac is not None]
    between_devices = [
        message
        for message in maced
        if keys.is_device(message.originator) and keys.is_device(message.target)
    ]
    assert result.macs[Checked.BAD] == 0
    assert result.macs[Checked.NO_KEY] == len(between_devices)
    assert result.macs[Checked.OK] == len(maced) - len(between_devices) > 0


def test_every_message_is_encoded_again_but_for_lengths(
    result: ConformanceResult, locations: Locations
) -> None:
    assert result.round_trip[Form.DIFFERS] == 0
    assert result.round_trip.total() == len(messages(locations))
    # Only credential messages are taken apart this far, and only answers have long lengths.
    non_der = [item.name for item in result.tolerated if item.reason.startswith("not DER")]
    assert len(non_der) == result.round_trip[Form.NON_DER] > 0
    assert all("CS02" in name and "COMMAND" not in name for name in non_der)


def test_every_published_key_can_be_used(result: ConformanceResult) -> None:
    assert result.unusable_keys == []


def test_a_run_passes_and_a_strict_run_does_not(result: ConformanceResult) -> None:
    assert result.exit_code is ExitCode.PASSED
    assert replace(result, strict=True).exit_code is ExitCode.DEVICE_FAILED
