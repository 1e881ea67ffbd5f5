"""A desk with a fake board, a cable that can be pulled, and a bridge to a broker."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest

from firmware_sim.bench.bridge.board_bridge import BoardBridge
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.mqtt.device_host import Handled
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import BootRecord, StoreResult
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt import MqttPartyLink
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.presence import Presence
from tests.contract.brokers import Broker
from tests.contract.exchange import take
from tests.contract.fake_device import ESME, FakeDevice
from tests.support.fake_board import FakeBoard, FakeStream
from tests.support.patience import at_most

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUICK = Patience(sign=0.2, answer=1, attempts=3, start=1, reconnect=0)


class Desk:
    """A fake board with a device, and a cable that can be pulled."""

    def __init__(self) -> None:
        self.device = FakeDevice(ESME)
        self.handed: list[bytes] = []
        self.board = FakeBoard(self._handle, entity=ESME, device_type=1, store=StoreResult.OK)
        self.lines: list[FakeStream] = []
        self.plugged = True

    def _handle(self, octets: bytes) -> list[bytes]:
        self.handed.append(octets)
        return list(self.device.handle(ESME, octets))

    def __call__(self) -> OctetStream:
        if not self.plugged:
            raise LinkError("there is no port fake")
        self.lines.append(FakeStream(self.board, powers_on=not self.lines))
        return self.lines[-1]

    def pull(self) -> None:
        self.plugged = False
        self.lines[-1].lost = True

    def plug_in(self) -> None:
        self.plugged = True


class Log:
    """What the bridge tells."""

    def __init__(self) -> None:
        self.boots: list[BootRecord] = []
        self.away: list[str] = []
        self.seen: list[Handled] = []

    def online(self, boot: BootRecord) -> None:
        self.boots.append(boot)

    def offline(self, why: str) -> None:
        self.away.append(why)

    def handled(self, handled: Handled) -> None:
        self.seen.append(handled)


def nothing(_board: Board) -> None:
    pass


def bridge_of(
    streams: Callable[[], OctetStream],
    broker: Broker,
    log: Log | None = None,
    patience: float = 10,
    prepare: Callable[[Board], None] = nothing,
) -> BoardBridge:
    return BoardBridge(
        Board(BoardPort(streams, QUICK)),
        broker.options,
        log or Log(),
        prepare=prepare,
        clock=StillClock(NOW),
        patience=patience,
        watch_seconds=0.1,
    )


@asynccontextmanager
async def running(bridge: BoardBridge, log: Log) -> AsyncIterator[asyncio.Task[None]]:
    """A bridge that is online; stopped at the end."""
    task = asyncio.create_task(bridge.run())
    try:
        await until(lambda: bool(log.boots) or task.done())
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, BenchError, DeviceFaultError):
            await task


@asynccontextmanager
async def bridged(desk: Desk, broker: Broker, log: Log) -> AsyncIterator[MqttPartyLink]:
    """A party at the broker where the board is."""
    async with (
        running(bridge_of(desk, broker, log), log),
        MqttPartyLink(broker.options, [ESME]) as party,
    ):
        yield party


async def until(holds: Callable[[], bool], seconds: float = at_most(120)) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)


async def fails(bridge: BoardBridge, seconds: float = at_most(120)) -> Exception:
    """What a bridge ends with, in bounded time."""
    with pytest.raises((BenchError, DeviceFaultError)) as error:
        async with asyncio.timeout(seconds):
            await bridge.run()
    assert "\n" not in str(error.value)
    return error.value


async def statuses(link: MqttPartyLink, count: int) -> list[bool]:
    return [Presence.parse(each.octets).online for each in await take(link, count, Channel.STATUS)]
