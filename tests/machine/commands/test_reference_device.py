"""CS02c and CS02d as the reference meter was given them, answered by a device in its state.

Its key agreement scalar is published, so the commands are received as they are. Its signing
scalar is not: a made-up one stands for it, and signatures are not compared.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, Provenance
from firmware_sim.devices.provision import Credentials, OwnKey, WaitingKey, provision
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.certification_request import parse_certification_request
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.roles import DeviceType, KeyUsage
from firmware_sim.gbcs.use_cases import CS02C, CS02D
from firmware_sim.machine.faults import Fault
from tests.support.meter import Clock
from tests.support.pki import FIRST, cell, key

DS, KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
METER = "00db1234567890a0"
BROKER = "90b3d51f30000002"
MADE_UP = key("stands for the reference meter's signing scalar")


class OtherPoint(P256Suite):
    """Gives the published point for every scalar that is not published."""

    def __init__(self, point: bytes) -> None:
        self._point = point

    def public_key(self, private_key: bytes) -> bytes:
        return self._point


class Published(NamedTuple):
    """The key store: certificate by entity and usage, and the meter's agreement scalar."""

    certificates: dict[tuple[str, str], bytes]
    agreement_key: bytes

    @classmethod
    def read(cls, path: Path) -> "Published":
        entries: list[dict[str, Any]] = json.loads(path.read_text())
        # An earlier generation comes first, and is what the messages use.
        certificates = {
            (item["entity"], item["usage"]): bytes.fromhex(item["certificate"])
            for item in reversed(entries)
        }
        (scalar,) = (
            item["private_scalar"]
            for item in entries
            if item["entity"] == METER and "private_scalar" in item
        )
        return cls(certificates, bytes.fromhex(scalar))

    @property
    def signing_point(self) -> bytes:
        return parse_certificate(self.certificates[METER, "ds"]).public_key

    def device(self, originator: EntityId, *, waiting: bool, faults: list[Fault]) -> Device:
        signing = OwnKey(MADE_UP, self.signing_point, self.certificates[METER, "ds"])
        agreement = self.certificates[METER, "ka"]
        point = parse_certificate(agreement).public_key
        cells = {
            cell("supplier.DS"): self.certificates[str(originator), "ds"],
            cell("accessControlBroker.KA"): self.certificates[BROKER, "ka"],
        }
        held = dict.fromkeys((cell("root.CS"), *cells), Provenance.REFERENCE)
        profile = replace(PROFILES[DeviceType.ESME], cells=held)
        factory = Credentials(
            root=FIRST.root().certificate,
            cells=cells,
            own={DS: signing, KA: OwnKey(self.agreement_key, point, agreement)},
            seed=key("reference"),
            waiting={DS: WaitingKey(MADE_UP, self.signing_point)} if waiting else {},
        )
        flash = provision(profile, EntityId.parse(METER), factory)
        suite = OtherPoint(self.signing_point)
        return Device(flash, clock=Clock(), suite=suite, faults=faults)


@pytest.fixture(scope="module")
def published(rtds: Path) -> Published:
    return Published.read(rtds / "keystore.json")


@pytest.fixture(scope="module")
def pairs(rtds: Path) -> dict[tuple[int, str], tuple[Message, Message]]:
    """Command and response by message code and outcome."""
    found: dict[tuple[int, str], dict[CraFlag, Message]] = {}
    for path in sorted((rtds / "messages").rglob("CS02[cd]*.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        if "PRECOMMAND" not in path.name:
            outcome = "SUCCESS" if "_SUCCESS_" in path.name else "ERROR"
            found.setdefault((message.code, outcome), {})[message.cra] = message
    return {name: (pair[CraFlag.COMMAND], pair[CraFlag.RESPONSE]) for name, pair in found.items()}


def answered(device: Device, command: Message) -> Message:
    effects = device.receive(command.build())
    assert effects.refusal is None, effects.refusal
    (octets,) = effects.messages
    return parse_message(octets)


def header(message: Message) -> tuple[object, ...]:
    return (
        message.cra,
        message.counter,
        message.originator,
        message.target,
        message.code,
        message.date_time,
        message.signature is None,
        message.mac,
    )


def test_request_is_that_of_the_reference_but_for_its_signature(
    published: Published, pairs: dict[tuple[int, str], tuple[Message, Message]]
) -> None:
    command, response = pairs[CS02C, "SUCCESS"]
    device = published.device(command.originator, waiting=False, faults=[])
    answer = answered(device, command)
    assert header(answer) == header(response)
    ours = parse_certification_request(answer.payload)
    theirs = parse_certification_request(response.payload)
    assert ours.info == theirs.info


def test_request_that_could_not_be_made_is_answered_as_in_the_reference(
    published: Published, pairs: dict[tuple[int, str], tuple[Message, Message]]
) -> None:
    command, response = pairs[CS02C, "ERROR"]
    faults = [Fault.REQUEST_PRODUCTION]
    answer = answered(published.device(command.originator, waiting=False, faults=faults), command)
    assert header(answer) == header(response)
    assert answer.payload == response.payload


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_certificate_is_answered_as_in_the_reference(
    published: Published, pairs: dict[tuple[int, str], tuple[Message, Message]], outcome: str
) -> None:
    command, response = pairs[CS02D, outcome]
    device = published.device(command.originator, waiting=True, faults=[])
    answer = answered(device, command)
    assert header(answer) == header(response)
    assert answer.payload == response.payload


def test_certificate_without_a_waiting_key_is_answered_otherwise(
    published: Published, pairs: dict[tuple[int, str], tuple[Message, Message]]
) -> None:
    command, response = pairs[CS02D, "SUCCESS"]
    device = published.device(command.originator, waiting=False, faults=[])
    assert answered(device, command).payload != response.payload
