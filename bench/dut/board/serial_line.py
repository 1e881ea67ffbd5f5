"""``--target serial:URL``: the one device at the end of a line, whoever made it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from firmware_sim.bench.dut.board.hosted import HostedBoard
from firmware_sim.bench.dut.board.names import SerialName
from firmware_sim.bench.dut.board.target import BoardTarget, devices_of
from firmware_sim.bench.dut.board.tracing import trace_into
from firmware_sim.bench.dut.board.trouble import told_as_bench_error
from firmware_sim.bench.dut.simulated.premises import is_of_a_drill
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import BootRecord, Capability
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.serial import SerialLink
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.roles import DeviceType

_ERASE = "firmware-sim board erase --port {} erases it"


def board_at(
    name: SerialName, trace: FrameTrace | None = None, patience: Patience | None = None
) -> Board:
    """The board that a target names, not open yet.

    Args:
        trace: records every frame, in place of the one that the name asks for.

    Raises:
        LinkError: no port is meant, or more than one.
        UsageError: frames cannot be written where the name says.
    """
    trace = trace or trace_into(name.trace)
    return Board(BoardPort(serial_streams(name.url, name.baud), patience, trace))


def device_type_at(name: SerialName) -> DeviceType:
    """What the board is; or what it shall become, if it is not provisioned.

    Raises:
        UsageError: the target names a type that is none, or another than the board has.
        BenchError: no board answers there.
    """
    wanted = None if name.device_type is None else _device_type(name.device_type)
    with told_as_bench_error("see: firmware-sim board list"), board_at(name) as board:
        boot = board.boot
    held = DeviceType.ESME if boot.device_type is None else _held_type(boot.device_type)
    if boot.device_type is None or Capability.PROVISION in boot.capabilities:
        return wanted or held
    if wanted not in (None, held):
        raise UsageError(f"the board is {held.name} and cannot become another", "leave type out")
    return held


@asynccontextmanager
async def serial_target(
    premises: Iterable[Premises], name: SerialName
) -> AsyncIterator[BoardTarget]:
    """The target: the premises' device of the board's type.

    Raises:
        BenchError: no board answers, or it holds somebody else's credentials.
    """
    kind = device_type_at(name)
    devices = {
        entity: device
        for entity, device in devices_of(premises).items()
        if device.device_type is kind
    }
    if len(devices) != 1:
        raise UsageError(f"one board is one {kind.name}, not {len(devices)}", "use --premises 1")
    with told_as_bench_error():
        link = SerialLink(board_at(name))
        await link.__aenter__()
    try:
        (device,) = devices.values()
        _check_it_may_be_ours(link.boot, device, link.board.port.name)

        async def hosted(_device: Device) -> HostedBoard:
            board = HostedBoard(link)
            if Capability.PROVISION in link.boot.capabilities:
                await board.forget()
            return board

        yield BoardTarget(devices, hosted)
    finally:
        await link.__aexit__(None, None, None)


def _check_it_may_be_ours(boot: BootRecord, device: Device, port: str) -> None:
    """A drill never erases what is not a drill's."""
    entity = boot.entity
    if entity is None or entity == device.entity_id:
        return
    if Capability.PROVISION not in boot.capabilities:
        raise BenchError(
            f"the device at {port} is {entity}, the drill's {device.entity_id}",
            "it must come with the drill's credentials: docs/conformance.md",
        )
    if not is_of_a_drill(entity):
        raise BenchError(f"the board at {port} is {entity}, of no drill", _ERASE.format(port))


def _held_type(number: int) -> DeviceType:
    try:
        return DeviceType(number)
    except ValueError:
        raise BenchError(
            f"the board says that it is of device type {number}, which is none", "hw/PROTOCOL.md"
        ) from None


def _device_type(text: str) -> DeviceType:
    try:
        return DeviceType[text.upper()]
    except KeyError:
        raise UsageError(f"{text!r} is no device type", "use esme, gsme, gpf or chf") from None
