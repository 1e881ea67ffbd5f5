"""``firmware-sim message``: talk to any device behind a broker, octet by octet."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.choices import (
    BROKER_HELP,
    DEVICE_TYPES_HELP,
    parse_device_type,
    parse_entity,
)
from firmware_sim.bench.cli.message import build, decode, pcap, sign, verify
from firmware_sim.bench.cli.message.board import exchange_with_board
from firmware_sim.bench.cli.message.exchange import SendResult, exchange
from firmware_sim.bench.cli.message.file import read_message, write_message
from firmware_sim.bench.cli.message.hub import exchange_with_hub
from firmware_sim.bench.cli.message.native import exchange_with_engine
from firmware_sim.bench.cli.message.proof import Known, ResponseProof, known_from
from firmware_sim.bench.cli.message.proof import verify as check_proof
from firmware_sim.bench.cli.message.query import READERS, WHO_ASKS, read_back
from firmware_sim.bench.cli.message.reading import Reading, read_for_people
from firmware_sim.bench.cli.message.view import (
    safe_fields,
    show_fields,
    show_message,
    show_proof,
    shown_fields,
    tell_departures,
)
from firmware_sim.bench.cli.output import human, print_json, stderr, styled
from firmware_sim.bench.dut.board.names import board_target
from firmware_sim.bench.dut.hub_line.names import HubLineName
from firmware_sim.bench.dut.mqtt.broker_access import mqtt_options
from firmware_sim.bench.dut.native.kind import NativeDevices
from firmware_sim.bench.dut.target import IsGenuine
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.pcap import write_pcap
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message

app = typer.Typer(no_args_is_help=True)
for verb in (decode, verify, sign, build, pcap):
    app.add_typer(verb.app)

MessageFile = Annotated[
    str, typer.Argument(metavar="FILE", help="Hex, base64 or octets; - for stdin.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
Pki = Annotated[Path | None, typer.Option(help="Folder of the drill PKI that knows the device.")]
CertificateFile = Annotated[
    Path | None, typer.Option(help="The device's digitalSignature certificate, PEM or DER.")
]


_PRESENCE = {
    None: "nothing at this broker announces it, so it may not be there",
    False: "its hub is offline, by the status that the broker keeps",
    True: "its hub is online, by a status that the broker may have kept from before. It is not "
    "known whether the command reached the device: it may have refused it, it may be gone, or "
    "the broker does not let this name publish commands",
}


@app.callback()
def _group() -> None:
    """Send a message to a device, or look into one."""


@app.command(
    epilog="Example: firmware-sim message send command.hex --target mqtt://localhost "
    "--pki my-pki. Exit codes: 0 a response came and is not wrong; 1 none in time, or a wrong "
    f"one; 3 the broker failed; 4 usage. {BROKER_HELP}"
)
def send(
    file: MessageFile,
    target: Annotated[
        str,
        typer.Option(
            help="mqtt://HOST, with NAME@ and :PORT if need be; mqtts://, gfi:…, "
            "serial:URL, board:NAME, native"
        ),
    ],
    pki: Pki = None,
    certificate: CertificateFile = None,
    pcap: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the messages for Wireshark too.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds to wait.")] = 10.0,
    strict: Annotated[
        bool, typer.Option("--strict", help="A response that is not DER is a wrong one.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send the Command in FILE to the device it names, and show its verified Response."""
    octets, command = read_message(file)
    if command.cra is not CraFlag.COMMAND:
        raise UsageError(f"{file} holds a {command.cra.name.title()}", "give a Command")
    suite = P256Suite()
    known = known_from(command.target, pki, certificate, suite)
    exchanged = _exchanger(target, pki, lambda answer: _is_genuine(answer, known, suite))
    if pcap is not None:
        write_pcap(pcap, ())  # fails before anything is sent if it cannot be written
    result = exchanged(octets, command, timeout)
    if pcap is not None:
        write_pcap(pcap, result.seen)
    if result.response is None:
        _print_silence(command, result, timeout, as_json=as_json)
        raise typer.Exit(ExitCode.DEVICE_FAILED)
    reading = read_for_people(result.response, tolerant=not strict)
    proof = check_proof(parse_message(result.response), known, suite)
    if as_json:
        print_json(_document(command, result, reading, proof))
    else:
        show_fields(human(json_wanted=False), reading.headline, shown_fields(reading))
        show_proof(human(json_wanted=False), proof)
        _print_others(result)
        _print_alerts(result)
    tell_departures(stderr, reading)
    if proof.is_wrong or reading.problem is not None:
        raise typer.Exit(ExitCode.DEVICE_FAILED)


@app.command(
    "read-back",
    epilog="Example: firmware-sim message read-back --pki my-pki --type esme --entity "
    "0246531100000000 | firmware-sim message send - --target mqtt://localhost --pki my-pki",
)
def read_back_(
    pki: Annotated[Path, typer.Option(help="Folder of the drill PKI.")],
    device_type: Annotated[str, typer.Option("--type", help=DEVICE_TYPES_HELP)],
    entity: Annotated[str, typer.Option(help="The device's Entity Identifier, 16 hex digits.")],
    by: Annotated[
        str, typer.Option(metavar="PARTY", help="Who asks: " + WHO_ASKS, show_default="the Broker")
    ] = READERS[0],
    generation: Annotated[int, typer.Option(min=1, help="Of that party's keys.")] = 1,
    out: Annotated[Path | None, typer.Option(help="File for the hex; default stdout.")] = None,
) -> None:
    """Build a CS02a Command, which asks a device what its cells hold; its counter is the time."""
    kind, device = parse_device_type(device_type), parse_entity(entity)
    write_message(out, read_back(pki, kind, device, by, generation).build())


def _is_genuine(octets: bytes, known: Known, suite: CryptoSuite) -> bool:
    """Whether a response is not wrong: without the device's keys it may be anyone's."""
    proof = check_proof(parse_message(octets), known, suite)
    return not proof.is_wrong and read_for_people(octets, tolerant=True).problem is None


def _exchanger(
    target: str, pki: Path | None, is_genuine: IsGenuine
) -> Callable[[bytes, Message, float], SendResult]:
    """How a command reaches what the target names; a wrong target is refused at once."""
    board = board_target(target)
    if board is not None:
        return partial(exchange_with_board, board, pki)
    native = NativeDevices.read(target)
    if native is not None:
        return partial(exchange_with_engine, native, pki)
    hub = HubLineName.read(target)
    if hub is not None:
        return partial(exchange_with_hub, hub, is_genuine)
    options = mqtt_options(_url(target))

    def over_broker(octets: bytes, command: Message, seconds: float) -> SendResult:
        return asyncio.run(exchange(options, octets, command, seconds, is_genuine))

    return over_broker


def _url(target: str) -> str:
    if "://" in target:
        return target
    raise UsageError(
        f"{target!r} names no broker that runs, and no device",
        "use mqtt://HOST, gfi:tcp://HOST:PORT, serial:URL, board:NAME or native",
    )


def _print_silence(command: Message, result: SendResult, seconds: float, *, as_json: bool) -> None:
    within = f" in {seconds:g} s"
    presence = result.silence or _PRESENCE[result.online]
    if result.refusal:  # which was told at once: nothing was waited for
        within, presence = "", f"by the firmware, unsigned, it refused: {result.refusal}"
    if as_json:
        print_json(_document(command, result, None, None))
    stderr.print(
        styled(
            "[bold red]no response[/] of {target}{within}: {presence}",
            target=command.target,
            within=within,
            presence=presence,
        ),
        soft_wrap=True,
        highlight=False,
    )
    _print_alerts(result)


def _print_others(result: SendResult) -> None:
    if result.others:
        stderr.print(
            styled(
                "[yellow]Warning:[/] responses that the device did not protect, put aside: "
                "{number}",
                number=result.others,
            ),
            soft_wrap=True,
            highlight=False,
        )


def _print_alerts(result: SendResult) -> None:
    for octets in result.alerts:
        stderr.print("An alert came meanwhile:", style="yellow")
        try:
            show_message(stderr, parse_message(octets))
        except RemoteError as error:
            stderr.print(f"{len(octets)} octets: {error}", markup=False, soft_wrap=True)


def _document(
    command: Message, result: SendResult, reading: Reading | None, proof: ResponseProof | None
) -> dict[str, object]:
    shown = None if proof is None else {**proof._asdict(), "verified": proof.is_verified}
    return {
        "command": safe_fields(command),
        "response": None if reading is None else shown_fields(reading),
        "not_der": [] if reading is None else [each._asdict() for each in reading.departures],
        "proof": shown,
        "hub_online": result.online,
        "other_responses": result.others,
        "refused": result.refusal or None,
        "octets": None if result.response is None else result.response.hex(),
        "alerts": [octets.hex() for octets in result.alerts],
    }
