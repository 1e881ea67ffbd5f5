"""``message decode`` of DLMS and ZigBee payloads: a tree, items opened, and hostile octets."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run as run_program
from firmware_sim.bench.cli.message.payload import payload_fields
from firmware_sim.bench.cli.message.reading import read_for_people
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import CS01A, ECS17B, GCS13A, GCS38
from tests.support.meter import meter
from tests.support.uses import sample, use


def test_a_protected_read_is_a_tree_and_its_values_open_with_the_right_opener() -> None:
    esme = meter()
    command = sample(esme, ECS17B, "supplier.KA")
    (answer,) = esme.device.receive(command.build()).messages
    asked = payload_fields(command)
    assert "class 30, 0-0:43.2.8.255, method 1" in json.dumps(asked)
    closed = read_for_people(answer, tolerant=False)
    assert closed.problem is None
    assert '"encrypted": "3100000000' in json.dumps(closed.fields)
    opened = read_for_people(
        answer, tolerant=False, opener=lambda _: bytes.fromhex("02010600000007")
    )
    assert '"decrypted": {"structure": {"1": 7}}' in json.dumps(opened.fields)


def test_zigbee_attributes_are_named_with_their_values() -> None:
    gsme = meter(DeviceType.GSME)
    command = sample(gsme, GCS38, "supplier.KA")
    (answer,) = gsme.device.receive(command.build()).messages
    assert "attribute 0206" in json.dumps(payload_fields(command))
    assert '"attribute 0206": "410400000001"' in json.dumps(payload_fields(parse_message(answer)))


@pytest.mark.parametrize(("code", "payload"), [(CS01A, "d920"), (GCS13A, "010901"), (ECS17B, "da")])
def test_a_payload_that_goes_on_otherwise_is_malformed_at_its_octet(
    code: int, payload: str
) -> None:
    message = use(meter(), code, bytes.fromhex(payload))  # type: ignore[arg-type]
    reading = read_for_people(message.build(), tolerant=False)
    assert reading.problem is not None
    assert reading.problem.offset <= len(message.build())


def test_published_items_are_decrypted_with_the_published_keys(
    rtds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = (rtds / "messages").rglob("ECS17b*SINGLE_SUCCESS_RESPONSE*.HEX")
    keys = str(rtds / "keystore.json")
    assert run_program(["message", "decode", str(file), "--keystore", keys, "--json"]) == 0
    shown = json.dumps(json.loads(capsys.readouterr().out))
    assert '"decrypted": {"structure": {"1": {"structure": {"1": 10,' in shown


def test_every_published_message_is_shown(rtds: Path) -> None:
    for file in sorted((rtds / "messages").rglob("*.HEX")):
        octets = bytes.fromhex(file.read_text())
        assert read_for_people(octets, tolerant=True).problem is None, file.name
