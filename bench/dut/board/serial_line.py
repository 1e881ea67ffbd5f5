"""``--target serial:URL``: the one device at the end of a line, of any maker."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager

from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.device import BoardDevice, ImageByDigest
from firmware_sim.bench.dut.board.names import SerialName
from firmware_sim.bench.dut.board.tracing import trace_into
from firmware_sim.bench.dut.device_under_test import Ability
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.simulated.premises import is_of_a_drill
from firmware_sim.bench.dut.target import Reach
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.files.documentation import page
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import Capability
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.roles import DeviceType


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
    with board_trouble_as_bench_error("see: firmware-sim board list"), board_at(name) as board:
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
) -> AsyncIterator[DevicesTarget]:
    """The target: the premises' device of the board's type.

    Raises:
        BenchError: no board answers, or it holds credentials that are no drill's.
    """
    kind = device_type_at(name)
    devices = {
        entity: device
        for entity, device in devices_of(premises).items()
        if device.device_type is kind
    }
    if len(devices) != 1:
        raise UsageError(f"one board is one {kind.name}, not {len(devices)}", "use --premises 1")
    (device,) = devices.values()
    with ExitStack() as stack:
        with board_trouble_as_bench_error():
            board = await asyncio.to_thread(stack.enter_context, board_at(name))
        _check_it_may_be_ours(board, device)

        async def reach(device: Device) -> ReachedDevice:
            under_test = BoardDevice(board, _image_reader(board))
            is_another = board.boot.entity != device.entity_id
            if is_another or Ability.PROVISION in under_test.abilities:
                await asyncio.to_thread(under_test.begin, blueprint_of(device.image()))
            return ReachedDevice(under_test, device.clock, waits=True)

        # What a board of any maker says of itself beside its messages is not signed.
        yield DevicesTarget(devices, reach, Reach.LINE)


def _image_reader(board: Board) -> ImageByDigest | None:
    return ImageByDigest(board) if Capability.READ in board.boot.capabilities else None


def check_is_of_a_drill(board: Board) -> None:
    """Refuse to erase a board that holds credentials, unless they are a drill's.

    Raises:
        BenchError: it holds others.
    """
    entity, port = board.boot.entity, board.port.name
    if entity is not None and not is_of_a_drill(entity):
        raise BenchError(
            f"the board at {port} is {entity}, of no drill",
            f"firmware-sim board erase --port {port} erases it",
        )


def _check_it_may_be_ours(board: Board, device: Device) -> None:
    entity = board.boot.entity
    if entity is None or entity == device.entity_id:
        return
    if Capability.PROVISION not in board.boot.capabilities:
        raise BenchError(
            f"the device at {board.port.name} is {entity}, the drill's {device.entity_id}",
            f"it must come with the drill's credentials: see {page('conformance')}",
        )
    check_is_of_a_drill(board)


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
