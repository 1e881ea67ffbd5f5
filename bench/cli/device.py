"""``firmware-sim device``: a device as a service that others talk to."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli import enter
from firmware_sim.bench.cli.choices import (
    BROKER_HELP,
    DEVICE_TYPES_HELP,
    check_seed,
    parse_device_type,
    parse_entity,
)
from firmware_sim.bench.cli.message.fields import headline_of
from firmware_sim.bench.cli.output import stderr, stdout
from firmware_sim.bench.cli.policy import PolicyFile, load_policy, print_policy
from firmware_sim.bench.dut.hub_line.kind import MEND
from firmware_sim.bench.dut.hub_line.names import HubLineName
from firmware_sim.bench.dut.mqtt.device_host import DeviceHost, Handled, ServedDevice
from firmware_sim.bench.dut.mqtt.kind import EMBEDDED
from firmware_sim.bench.dut.mqtt.serving import (
    reached_broker,
    serve_until,
    stopped_by_signal,
    url_of,
)
from firmware_sim.bench.dut.native.single_device import native_brought_up
from firmware_sim.bench.dut.opening import broker_options
from firmware_sim.bench.dut.simulated.power import cut_short, parse_cut
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.dut.simulated.state_file import read_state_file
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.pcap import Captured, PcapFile
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.text_link import TextDeviceLink
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.flash.cut import CutPlan

app = typer.Typer(no_args_is_help=True)
app.add_typer(enter.app)

Observer = Callable[[Handled], None]

Target = Annotated[
    str,
    typer.Option(
        help="mqtt://HOST, with NAME@ before and :PORT behind it if need be; mqtts://, mqtt for a "
        "broker of our own, or gfi:… to stand behind a hub."
    ),
]


class Engine(StrEnum):
    """What the device runs on."""

    PYTHON = "python"
    NATIVE = "native"


@app.callback()
def _group() -> None:
    """Run a device that others talk to."""


@app.command(
    epilog="Example: firmware-sim pki new my-pki; firmware-sim device run --type esme --pki my-pki "
    "--image esme.bin --target mqtt://localhost. Ctrl-C or SIGTERM ends it with exit code 0; 3: "
    f"broker or image failed; 4: usage. {BROKER_HELP}"
)
def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    device_type: Annotated[str, typer.Option("--type", help=DEVICE_TYPES_HELP)],
    target: Target,
    image: Annotated[
        Path | None, typer.Option(help="Flash image: opened, or with --pki made. Locked in use.")
    ] = None,
    pki: Annotated[
        Path | None, typer.Option(help="Folder of a drill PKI, to provision a new device from.")
    ] = None,
    entity: Annotated[
        str | None, typer.Option(help="Entity Identifier, 16 hex digits; default by type.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(callback=check_seed, help="Of a new device's randomness.")
    ] = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Wait for the disk after every change of the flash.")
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="The device in Python, or the firmware itself in this computer.")
    ] = Engine.PYTHON,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Balance, firmware, registers of a new device (YAML)."),
    ] = None,
    policy: PolicyFile = None,
    pcap: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every message for Wireshark too.")
    ] = None,
    cut_at: Annotated[
        str | None, typer.Option(help="Cut the power at a flash operation from now, e.g. 1:after:0")
    ] = None,
) -> None:
    """Run one device until stopped; it answers Commands that come over MQTT."""
    request = DeviceRequest(
        parse_device_type(device_type),
        None if entity is None else parse_entity(entity),
        image,
        pki,
        seed,
        sync,
        load_policy(policy),
        state,
    )
    if state is not None:
        _check_state(request)
    print_policy(request.policy, stderr)
    hub = HubLineName.read(target)  # a wrong target is told before there is an image
    options = None if hub is not None else broker_options(target)
    if options is None and hub is None and target != EMBEDDED:
        raise UsageError("a device in memory has no address for others", "use mqtt or mqtt://HOST")
    plan = parse_cut(cut_at)
    if engine is Engine.NATIVE and plan is not None:
        raise UsageError("the engine has no such power cuts here", "leave out --cut-at")
    with _brought_up(request, engine, plan) as served, _capture(pcap) as observer:
        if hub is not None:
            asyncio.run(_serve_behind(hub, served, request, observer))
        else:
            asyncio.run(_serve(served, request, options, observer))


def _check_state(request: DeviceRequest) -> None:
    """Before there is an image: a file of values is for a device that is made now."""
    if request.pki is None or (request.image is not None and request.image.exists()):
        raise UsageError("--state is for a new device", "give --pki, and an --image not there yet")
    if request.state is not None:
        read_state_file(request.state, request.device_type)


class _Served(NamedTuple):
    device: ServedDevice
    is_new: bool


@contextmanager
def _brought_up(request: DeviceRequest, engine: Engine, plan: CutPlan | None) -> Iterator[_Served]:
    if engine is Engine.NATIVE:
        with native_brought_up(request) as native:
            yield _Served(native, native.is_new)
        return
    with brought_up(request) as running, cut_short(running.device, plan, stdout.print):
        yield _Served(*running)


async def _serve(
    served: _Served, request: DeviceRequest, options: MqttOptions | None, observer: Observer
) -> None:
    stopped = stopped_by_signal()
    device = served.device
    try:
        async with (
            reached_broker(options) as reached,
            MqttDeviceLink(device.entity_id, [device.entity_id], reached) as link,
        ):
            _introduce(served, request, _at_broker(device.entity_id, reached))
            host = DeviceHost(link, {device.entity_id: device}, observer=observer)
            await serve_until(stopped, host)
    except LinkError as error:
        raise BenchError(str(error), "start a broker, or use --target mqtt") from error
    stdout.print("Stopped.")


async def _serve_behind(
    hub: HubLineName, served: _Served, request: DeviceRequest, observer: Observer
) -> None:
    stopped, device = stopped_by_signal(), served.device
    try:
        async with TextDeviceLink(hub.opener(), [device.entity_id]) as link:
            where = {"at": link.name, "answers": "on the same line; nothing is acknowledged"}
            _introduce(served, request, where)
            host = DeviceHost(link, {device.entity_id: device}, observer=observer)
            await serve_until(stopped, host)
            dropped, strangers = link.reader.dropped, link.strangers
    except LinkError as error:
        raise BenchError(str(error), MEND) from error
    for reason, count in sorted(dropped.items()):
        stdout.print(Text(f"Dropped lines: {count} ({reason})"))
    if strangers:
        stdout.print(Text(f"Dropped messages for other devices: {strangers}"))
    stdout.print("Stopped.")


def _at_broker(entity: EntityId, options: MqttOptions) -> dict[str, str]:
    return {
        "at": url_of(options),
        "commands": topic(entity, Channel.COMMAND),
        "answers": topic(entity, Channel.RESPONSE) + " and …/alert",
        "presence": topic(entity, Channel.STATUS),
    }


def _introduce(served: _Served, request: DeviceRequest, where: dict[str, str]) -> None:
    device = served.device
    entity = device.entity_id
    at, *_ = where.values()
    kept = "memory only: gone when it stops" if request.image is None else str(request.image)
    if request.image is not None:
        kept += " (new)" if served.is_new else " (as it was left)"
    chosen = [
        f"{point.name} {choice}"
        for point, choice, _ in request.policy.describe()
        if choice != point.default
    ]
    lines = {
        f"{device.device_type.name} {entity}": f"at {at}",
        **{label: text for label, text in where.items() if label != "at"},
        "image": kept,
        "policy": ", ".join(chosen) or "the default at every point",
    }
    table = Table.grid(padding=(0, 2))
    for label, text in lines.items():
        table.add_row(Text(label, style="bold"), Text(text))
    stdout.print(table, _cells(device), "Ctrl-C stops it.", sep="\n", highlight=False)


def _cells(device: ServedDevice) -> Table:
    table = Table("Trust Anchor Cell", "Subject", "Key identifier", box=None, pad_edge=False)
    cells = device.cells()
    for cell in sorted(cells, key=lambda each: (each.role, str(each))):
        held = cells[cell]
        table.add_row(str(cell), str(held.unique_id), held.key_identifier.hex())
    return table


@contextmanager
def _capture(path: Path | None) -> Iterator[Observer]:
    """An observer that tells of every message, and captures it if there is a path."""
    if path is None:
        yield tell_handled
        return
    with PcapFile(path) as file:

        def observe(handled: Handled) -> None:
            tell_handled(handled)
            now = datetime.now(UTC)
            if handled.octets is not None:
                file.add(Captured(now, handled.octets))
            for octets in handled.effects.messages:
                file.add(Captured(now, octets))

        yield observe


def tell_handled(handled: Handled, console: Console = stdout) -> None:
    """One line for each message, and one for each that answers it."""
    effects = handled.effects
    now = f"{datetime.now(UTC):%H:%M:%S}"
    if handled.octets is not None:
        line = Text(f"{now} <- ", style="dim").append(headline_of(handled.octets), style="default")
        if effects.refusal is not None:
            refusal = effects.refusal
            line.append(f": refused, {refusal.reason.label}: {refusal.text}", style="yellow")
        console.print(line, soft_wrap=True)
    for octets in effects.messages:
        line = Text(f"{now} -> ", style="dim").append(headline_of(octets), style="green")
        console.print(line, soft_wrap=True)
