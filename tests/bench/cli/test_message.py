"""``message read-back``, ``message send``: against devices behind a broker.

The broker and the device live in a thread with a loop of its own, as the command has one too.
"""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.dut.mqtt.broker import embedded_broker
from firmware_sim.bench.dut.mqtt.device_host import DeviceHost
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.machine import Effects
from tests.bench.evidence.test_pcap import records
from tests.contract.brokers import free_port

_SEED = 4
_ENTITY = "0246531100000000"

Change = Callable[[Message], Message]


def invoke(*arguments: str | Path, stdin: str | bytes = b"") -> Result:
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin, env=environment)


def succeed(*arguments: str | Path, stdin: str | bytes = b"") -> str:
    result = invoke(*arguments, stdin=stdin)
    assert result.exception is None, result.exception
    return result.stdout


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("message") / "pki"
    DrillPki.generate(_SEED).save(folder)
    return folder


class _Tampering:
    """A device whose answers an attacker changes before they reach the link."""

    def __init__(self, device: Any, change: Change, ahead: Change | None) -> None:
        self._device = device
        self._change = change
        self._ahead = ahead
        self.tick = device.tick

    def receive(self, octets: bytes) -> Effects:
        effects: Effects = self._device.receive(octets)
        changed = [self._change(parse_message(each)).build() for each in effects.messages]
        if self._ahead is not None:
            forged = [self._ahead(parse_message(each)).build() for each in effects.messages]
            changed = [*forged, *changed]
        return effects._replace(messages=tuple(changed))


@contextmanager
def running(
    pki: Path, change: Change = lambda message: message, ahead: Change | None = None
) -> Iterator[str]:
    """An ESME behind an embedded broker; its URL.

    Args:
        ahead: makes what an attacker publishes before each answer.
    """
    ready, url, loop = threading.Event(), list[str](), asyncio.new_event_loop()

    async def serve() -> None:
        order = DeviceRequest(DeviceType.ESME, pki=pki)
        with brought_up(order) as up:
            entity = up.device.entity_id
            async with (
                embedded_broker() as options,
                MqttDeviceLink(entity, [entity], options) as link,
            ):
                url.append(f"mqtt://bench@{options.host}:{options.port}")
                ready.set()
                await DeviceHost(link, {entity: _Tampering(up.device, change, ahead)}).run()

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            ready.set()

    task = loop.create_task(serve())
    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    assert url, task.exception()
    try:
        yield url[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def query(pki: Path, by: str = "supplier") -> str:
    arguments = ("--pki", pki, "--type", "esme", "--entity", _ENTITY, "--by", by)
    return succeed("read-back", *arguments)


@pytest.mark.parametrize(
    ("by", "protection"),
    [
        ("supplier", "signature verified; MAC absent"),
        ("accessControlBroker", "signature absent; MAC verified"),
    ],
)
def test_message_send_shows_a_verified_response(pki: Path, by: str, protection: str) -> None:
    with running(pki) as url:
        shown = succeed("send", "-", "--target", url, "--pki", pki, stdin=query(pki, by))
    assert f"Response verified ({protection})" in shown
    key = DrillPki.generate(_SEED).cell_certificate(_cell("supplier.DS")).key_identifier
    assert key.hex() in shown


def test_json_of_message_send_is_complete_and_alone_on_standard_output(pki: Path) -> None:
    with running(pki) as url:
        text = succeed("send", "-", "--json", "--target", url, "--pki", pki, stdin=query(pki))
    told = json.loads(text)
    assert told["proof"] == {"signature": "verified", "mac": "absent", "verified": True}
    assert told["hub_online"] is True
    response = parse_message(bytes.fromhex(told["octets"]))
    assert response.originator == EntityId.parse(_ENTITY)
    assert told["command"]["counter"] == told["response"]["counter"] == response.counter
    expected = {
        each.role.label: each.counter for each in CredentialsReport.decode(response.payload).roles
    }
    shown = told["response"]["payload"]
    assert {role: answer["counter"] for role, answer in shown.items()} == expected


def test_the_devices_certificate_alone_verifies_a_signature(pki: Path, tmp_path: Path) -> None:
    der = DrillPki.generate(_SEED).issue_device(
        EntityId.parse(_ENTITY), KeyUsage.DIGITAL_SIGNATURE
    )[1]
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    with running(pki) as url:
        for name, octets in (("device.der", der), ("device.pem", pem)):
            (tmp_path / name).write_bytes(octets)
            arguments = ("--target", url, "--certificate", tmp_path / name)
            shown = succeed("send", "-", *arguments, stdin=query(pki))
            assert "Response verified" in shown


def test_message_send_captures_command_and_response(pki: Path, tmp_path: Path) -> None:
    file, text = tmp_path / "seen.pcap", query(pki)
    with running(pki) as url:
        succeed("send", "-", "--target", url, "--pcap", file, stdin=text)
        none = tmp_path / "none" / "seen.pcap"
        failed = invoke("send", "-", "--target", url, "--pcap", none, stdin=text)
    command, response = (parse_message(octets) for _, _, octets in records(file))
    assert command == parse_message(bytes.fromhex(text))
    assert response.originator == command.target
    assert isinstance(failed.exception, BenchError)
    assert "cannot write" in str(failed.exception)


def test_message_send_without_keys_says_that_nothing_is_verified(pki: Path) -> None:
    with running(pki) as url:
        shown = succeed("send", "-", "--target", url, stdin=query(pki))
        told = json.loads(succeed("send", "-", "--target", url, "--json", stdin=query(pki)))
    assert "Response not verified: no certificate given" in shown
    assert told["proof"]["verified"] is False


def _other_signature(message: Message) -> Message:
    return replace(message, signature=bytes(63) + b"\x01")


def _other_payload(message: Message) -> Message:
    return replace(message, payload=message.payload[:-1] + bytes((message.payload[-1] ^ 1,)))


def _no_signature(message: Message) -> Message:
    return replace(message, signature=b"")


def _no_der(message: Message) -> Message:
    return replace(message, payload=b"\x30\x05nothing")


@pytest.mark.parametrize("change", [_other_signature, _other_payload, _no_signature, _no_der])
def test_a_wrong_response_is_the_devices_fault(pki: Path, change: Change) -> None:
    with running(pki, change) as url:
        arguments = ("--target", url, "--pki", pki, "--timeout", "2")
        result = invoke("send", "-", *arguments, stdin=query(pki))
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert "Response wrong" in result.stdout


def test_a_forged_response_sent_ahead_does_not_hide_the_devices_own(pki: Path) -> None:
    with running(pki, ahead=_other_signature) as url:
        arguments = ("--target", url, "--pki", pki)
        result = invoke("send", "-", *arguments, stdin=query(pki))
    assert result.exit_code == ExitCode.PASSED, result.stderr
    assert "Response verified" in result.stdout
    assert "responses that the device did not protect, put aside: 1" in result.stderr


def test_a_response_that_is_not_der_is_wrong_also_without_a_certificate(pki: Path) -> None:
    with running(pki, _no_der) as url:
        arguments = ("--target", url, "--timeout", "2")
        result = invoke("send", "-", *arguments, stdin=query(pki))
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert "wrong" in result.stdout


def _long_length(message: Message) -> Message:
    first, length = message.payload[:2]
    assert length >= 0x80
    octets = length & 0x7F
    head = bytes((first, 0x80 | octets + 1, 0))
    return replace(message, payload=head + message.payload[2:])


def test_a_response_with_a_long_length_is_read_with_a_warning_and_strictly_refused(
    pki: Path,
) -> None:
    for options, payload in (((), "root"), (("--strict",), "wrong")):
        with running(pki, _long_length) as url:
            result = invoke("send", "-", "--target", url, "--json", *options, stdin=query(pki))
        document = json.loads(result.stdout)
        assert len(document["not_der"]) == 1
        assert payload in document["response"]["payload"]
        assert "not DER at octet" in result.stderr


def test_a_response_to_another_command_is_not_taken(pki: Path) -> None:
    def later(message: Message) -> Message:
        return replace(message, counter=message.counter + 1)

    with running(pki, later) as url:
        result = invoke("send", "-", "--target", url, "--timeout", "0.5", stdin=query(pki))
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert f"no response of {_ENTITY} in 0.5 s" in result.stderr


def test_no_response_is_reported_with_the_presence_of_the_device(pki: Path) -> None:
    text = query(pki)
    elsewhere = replace(parse_message(bytes.fromhex(text)), target=EntityId(b"nowhere!")).build()
    with running(pki) as url:
        arguments = ("--target", url, "--timeout", "0.5")
        succeed("send", "-", *arguments, stdin=text)
        replayed = invoke("send", "-", *arguments, stdin=text)
        unknown = invoke("send", "-", "--json", *arguments, stdin=elsewhere.hex())
    assert replayed.exit_code == unknown.exit_code == ExitCode.DEVICE_FAILED
    assert "its hub is online" in replayed.stderr
    assert "It is not known whether the command reached the device" in replayed.stderr
    assert "8f53 other authentication failed" in replayed.stderr
    assert "nothing at this broker announces it" in unknown.stderr
    assert json.loads(unknown.stdout)["response"] is None


def test_message_files_in_hex_base64_and_octets_are_recognised(pki: Path, tmp_path: Path) -> None:
    octets = bytes.fromhex(query(pki))
    lines = "\n".join(octets.hex(" ").upper()[at : at + 48] for at in range(0, 3 * len(octets), 48))
    forms: Sequence[bytes] = (
        octets,
        octets.hex().encode(),
        lines.encode(),
        octets.hex(":").encode(),
        base64.encodebytes(octets),
    )
    shown = set()
    for number, form in enumerate(forms):
        file = tmp_path / str(number)
        file.write_bytes(form)
        shown.add(succeed("decode", file))
    (text,) = shown
    assert "CS02a Command" in text
    assert json.loads(succeed("decode", tmp_path / "0", "--json"))["octets"] == len(octets)


def test_message_read_back_can_write_a_file(pki: Path, tmp_path: Path) -> None:
    out = tmp_path / "query.hex"
    shown = succeed("read-back", "--pki", pki, "--type", "ESME", "--entity", _ENTITY, "--out", out)
    assert shown == ""
    message = parse_message(bytes.fromhex(out.read_text()))
    assert message.target == EntityId.parse(_ENTITY)
    party = DrillPki.generate(_SEED).party(RemotePartyRole.ACCESS_CONTROL_BROKER)
    assert message.originator == party.entity_id


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        (b"", "standard input is empty"),
        (b"dd00", "as hex"),
        (b"zzzz", "as base64"),
        (b"not a message", "neither hex nor base64"),
        (b"\xdd\x00", "as octets"),
        (bytes(40_000), "over 32768 octets"),
    ],
    ids=["nothing", "short", "base64", "text", "octets", "long"],
)
def test_a_file_without_a_command_is_a_usage_error(stdin: bytes, told: str) -> None:
    result = invoke("send", "-", "--target", "mqtt://localhost", stdin=stdin)
    assert isinstance(result.exception, UsageError)
    assert told in str(result.exception)


def test_wrong_options_of_message_verbs_are_errors_of_one_line(pki: Path, tmp_path: Path) -> None:
    file = tmp_path / "query.hex"
    file.write_text(query(pki))
    broker = f"mqtt://127.0.0.1:{free_port()}"
    wrong: Sequence[tuple[type[BenchError], str, Sequence[str | Path]]] = [
        (UsageError, "cannot read", ("send", tmp_path / "none", "--target", broker)),
        (UsageError, "cannot read", ("send", tmp_path, "--target", broker)),
        (UsageError, "names no broker", ("send", file, "--target", "mqtt")),
        (UsageError, "no password", ("send", file, "--target", "mqtt://a:b@localhost")),
        (UsageError, "holds no PKI", ("send", file, "--target", broker, "--pki", tmp_path)),
        (UsageError, "no certificate", ("send", file, "--target", broker, "--certificate", file)),
        (BenchError, "cannot reach an MQTT broker", ("send", file, "--target", broker)),
    ]
    for kind, told, arguments in wrong:
        error = invoke(*arguments).exception
        assert type(error) is kind, (arguments, error)
        assert told in str(error)
        assert "\n" not in str(error)


def test_another_devices_certificate_is_refused(pki: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.der"
    loaded = DrillPki.generate(_SEED)
    for entity, usage in (
        (EntityId(b"another!"), KeyUsage.DIGITAL_SIGNATURE),
        (EntityId.parse(_ENTITY), KeyUsage.KEY_AGREEMENT),
    ):
        file.write_bytes(loaded.issue_device(entity, usage)[1])
        arguments = ("--target", "mqtt://localhost", "--certificate", file)
        error = invoke("send", "-", *arguments, stdin=query(pki)).exception
        assert "is not the digitalSignature certificate of device" in str(error)


def _cell(name: str) -> TrustAnchorCellId:
    return TrustAnchorCellId.parse(name)
