"""``firmware-sim board bridge``: a board at a broker, beside simulated devices."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from firmware_sim.bench.bridge.board_bridge import BoardBridge
from firmware_sim.bench.bridge.board_device import (
    BridgedDevice,
    as_in_drill,
    as_it_is,
    as_requested,
)
from firmware_sim.bench.cli.board.options import Baud, DeviceTypeIfAny, Port
from firmware_sim.bench.cli.board.view import boot_document
from firmware_sim.bench.cli.choices import (
    BROKER_HELP,
    parse_device_type,
    parse_entity,
)
from firmware_sim.bench.cli.device import tell_handled
from firmware_sim.bench.cli.output import human, print_json, stderr
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.board.names import BAUD, SerialName, board_target
from firmware_sim.bench.dut.board.opening import closed_board
from firmware_sim.bench.dut.board.tracing import frame_trace
from firmware_sim.bench.dut.mqtt.device_host import Handled
from firmware_sim.bench.dut.mqtt.kind import EMBEDDED
from firmware_sim.bench.dut.mqtt.serving import reached_broker, url_of
from firmware_sim.bench.dut.opening import broker_options
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest
from firmware_sim.bench.dut.together import until_one_ends
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import Patience
from firmware_sim.devices.links.board_protocol import BootRecord
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.link import Channel
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.roles import DeviceType

app = typer.Typer()

# A board that is unplugged is offline at once; the bridge itself waits for it.
_PATIENCE = Patience(reconnect=0)


@app.command(
    epilog="Example: firmware-sim board bridge --port /dev/ttyACM0 --target mqtt://localhost "
    "--drill supplier-compromise-recovery --seed 1; then, elsewhere, firmware-sim drill run "
    "supplier-compromise-recovery --seed 1 --target mqtt://localhost. --json prints one document "
    "at the start. Ctrl-C ends it; 1: the device did wrong; 3: "
    f"no board, or no broker; 4: usage. {BROKER_HELP}"
)
def bridge(  # noqa: PLR0913, PLR0917 - one parameter an option
    target: Annotated[
        str,
        typer.Option(
            help="mqtt://HOST, with NAME@ and :PORT if need be; mqtts://, "
            "or mqtt for our own broker."
        ),
    ],
    port: Port = None,
    baud: Baud = BAUD,
    pki: Annotated[
        Path | None, typer.Option(help="Folder of a drill PKI: provision an erased board.")
    ] = None,
    drill: Annotated[
        str | None, typer.Option(metavar="STORY", help="Make the board a device of that drill.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The drill's.")] = 1,
    premises: Annotated[int, typer.Option(min=0, max=999, help="Which home of the drill.")] = 0,
    device_type: DeviceTypeIfAny = None,
    entity: Annotated[
        str | None, typer.Option(help="Entity Identifier, 16 hex digits; default by type.")
    ] = None,
    patience: Annotated[
        float, typer.Option(min=0, max=86_400, help="Seconds that the board may stay away.")
    ] = 60.0,
    trace: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record every frame, secrets left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Put a board to a broker: it answers Commands that come over MQTT, until stopped.

    The port may also be board:NAME, an emulated board of the bridge's own.
    """
    options = broker_options(target)  # a wrong target is told before a board is touched
    if options is None and target != EMBEDDED:
        raise UsageError("a board in memory has no address for others", "use mqtt or mqtt://HOST")
    bridged = _bridged(pki, drill, seed, premises, device_type, entity)
    with _board(port, baud, trace) as board:
        asyncio.run(_bridge(board, options, bridged, patience, as_json=as_json))


def _bridged(
    pki: Path | None,
    drill: str | None,
    seed: int,
    premises: int,
    type_: str | None,
    entity: str | None,
) -> BridgedDevice:
    asked = None if type_ is None else parse_device_type(type_)
    kind = DeviceType.ESME if asked is None else asked
    if pki is not None and drill is not None:
        raise UsageError("--pki and --drill are two ways to provision a board", "give one")
    if drill is not None:
        if entity is not None:
            raise UsageError("a drill names its devices", "leave --entity out")
        return as_in_drill(load_story(drill), seed, kind, premises)
    if pki is not None:
        wanted = None if entity is None else parse_entity(entity)
        return as_requested(DeviceRequest(kind, wanted, pki=pki), asked)
    return as_it_is()


@contextmanager
def _board(port: str | None, baud: int, trace: Path | None) -> Iterator[Board]:
    name = (None if port is None else board_target(port)) or SerialName(port, baud)
    with ExitStack() as stack:
        frames = stack.enter_context(_traced(trace))
        with board_trouble_as_bench_error("see what is there: firmware-sim board list"):
            board = stack.enter_context(closed_board(name, frames, _PATIENCE))
        yield board


@contextmanager
def _traced(path: Path | None) -> Iterator[FrameTrace | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", buffering=1) as file:
        yield frame_trace(file)


class _Teller:
    """Says what happens; the first time that the board is online, at length."""

    def __init__(self, url: str, board: Board, *, as_json: bool) -> None:
        self._url = url
        self._board = board
        self._as_json = as_json
        self._introduced = False

    @property
    def _console(self) -> Console:
        return human(json_wanted=self._as_json)

    def online(self, boot: BootRecord) -> None:
        port = self._board.port.name
        if self._introduced:
            self._console.print(f"Online again: {port}.", highlight=False, soft_wrap=True)
            return
        self._introduced = True
        if boot.entity is not None and self._as_json:
            commands = topic(boot.entity, Channel.COMMAND)
            document = {"port": port, "broker": self._url, "commands": commands}
            print_json({**document, **boot_document(boot)})
        self._console.print(
            f"{boot.entity} on {port} is at {self._url}. Ctrl-C stops it.",
            highlight=False,
            soft_wrap=True,
        )

    def offline(self, why: str) -> None:
        stderr.print(Text(f"Offline: {why}", style="yellow"), soft_wrap=True)

    def handled(self, handled: Handled) -> None:
        tell_handled(handled, self._console)


async def _bridge(
    board: Board,
    options: MqttOptions | None,
    bridged: BridgedDevice,
    patience: float,
    *,
    as_json: bool,
) -> None:
    stopped = asyncio.Event()

    async def stopping() -> None:
        await stopped.wait()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with reached_broker(options) as reached:
        teller = _Teller(url_of(reached), board, as_json=as_json)
        bridge = BoardBridge(
            board,
            reached,
            teller,
            prepare=bridged.prepare,
            clock=bridged.clock,
            forgets=bridged.is_new,
            patience=patience,
        )
        try:
            await until_one_ends(bridge.run(), stopping())
        except DeviceFaultError as error:
            stderr.print(Text(f"firmware-sim: {error}", style="bold red"), soft_wrap=True)
            raise typer.Exit(ExitCode.DEVICE_FAILED) from error
