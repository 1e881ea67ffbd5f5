"""A board as a party's link: what every link does, and what only a board can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import BoardResetError, DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import FrameType, StoreResult
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.presence import Presence
from firmware_sim.devices.links.serial import SerialLink
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, parse_message
from tests.contract.exchange import nothing_comes, take
from tests.contract.fake_device import ESME, GSME, FakeHan, alert, command
from tests.support.fake_board import FakeBoard, FakeStream
from tests.support.patience import at_most


class Meter:
    """A fake device behind a fake board."""

    def __init__(self, store: StoreResult = StoreResult.OK) -> None:
        self.han = FakeHan(ESME)
        entity = ESME if store is StoreResult.OK else None
        self.board = FakeBoard(self.handle, entity=entity, store=store)
        self.stream = FakeStream(self.board)
        self.seen: list[bytes] = []

    def handle(self, octets: bytes) -> tuple[bytes, ...]:
        self.seen.append(octets)
        if octets.startswith(b"\x00"):
            return ()
        return tuple(self.han(ESME, octets))

    @asynccontextmanager
    async def link(self) -> AsyncIterator[SerialLink]:
        patience = Patience(sign=0.2, answer=1, attempts=3, reconnect=0)
        async with SerialLink(Board(BoardPort(lambda: self.stream, patience))) as link:
            yield link


@pytest.fixture
def meter() -> Meter:
    return Meter()


async def test_a_command_reaches_the_device_and_the_response_comes_back(meter: Meter) -> None:
    async with meter.link() as link:
        await link.send(ESME, command(1, payload=b"\x04\x01\x2a"))
        (arrival,) = await take(link, 1)
    assert meter.han.devices[ESME].values == [b"\x04\x01\x2a"]
    assert (arrival.device, arrival.channel) == (ESME, Channel.RESPONSE)
    assert parse_message(arrival.octets).counter == 1


async def test_commands_are_handled_in_order_and_each_once(meter: Meter) -> None:
    async with meter.link() as link:
        await asyncio.gather(*(link.send(ESME, command(counter)) for counter in range(1, 2)))
        for counter in range(2, 21):
            await link.send(ESME, command(counter))
        arrivals = await take(link, 20)
    assert [parse_message(each.octets).counter for each in arrivals] == list(range(1, 21))


async def test_the_result_says_what_the_device_made_of_it(meter: Meter) -> None:
    async with meter.link() as link:
        result = await link.exchange(ESME, command(7))
        assert result.reason == 0
        assert (await link.tick()).ticks == 7
        assert (await link.run(Board.digest)).generation == 3


async def test_message_above_the_largest_size_is_refused_where_it_is_sent(meter: Meter) -> None:
    async with meter.link() as link:
        with pytest.raises(LinkError, match="8193 octets"):
            await link.send(ESME, bytes(MAX_MESSAGE_OCTETS + 1))
        await link.send(ESME, bytes(MAX_MESSAGE_OCTETS))
    assert meter.seen == [bytes(MAX_MESSAGE_OCTETS)]


async def test_no_other_device_is_behind_a_board(meter: Meter) -> None:
    async with meter.link() as link:
        with pytest.raises(LinkError, match=f"{ESME} is behind fake, not {GSME}"):
            await link.send(GSME, command(1, GSME))


async def test_blank_board_opens_as_a_link_that_reaches_no_device() -> None:
    meter = Meter(StoreResult.NO_AREA)
    async with meter.link() as link:
        assert link.boot.store is StoreResult.NO_AREA
        with pytest.raises(LinkError, match="no device is behind fake"):
            await link.send(ESME, command(1))


async def test_the_device_is_announced(meter: Meter) -> None:
    async with meter.link() as link:
        (arrival,) = await take(link, 1, Channel.STATUS)
    assert Presence.parse(arrival.octets) == Presence(True, (ESME,))


async def test_a_device_may_speak_without_being_asked(meter: Meter) -> None:
    async with meter.link() as link:
        meter.stream.inject(meter.board.event(1, alert(ESME, counter=7)))
        (arrival,) = await take(link, 1)
        assert await nothing_comes(link, 0.1) == []
    assert (arrival.channel, arrival.octets) == (Channel.ALERT, alert(ESME, counter=7))
    assert meter.board.acknowledged == [1]


async def test_an_event_that_is_no_message_is_dropped(meter: Meter) -> None:
    async with meter.link() as link:
        meter.stream.inject(meter.board.event(1, b"\xdf"))
        meter.stream.inject(meter.board.event(2, alert(ESME)))
        (arrival,) = await take(link, 1)
    assert arrival.octets == alert(ESME)


async def test_an_answer_that_is_no_message_is_the_devices_fault(meter: Meter) -> None:
    meter.board.handler = lambda _octets: (b"\xdf\x09",)
    async with meter.link() as link:
        with pytest.raises(DeviceFaultError, match="fake: a device must send whole messages"):
            await link.send(ESME, command(1))


async def test_a_reset_in_a_drill_is_the_devices_fault(meter: Meter) -> None:
    meter.board.resets_on = {FrameType.MESSAGE}
    async with meter.link() as link:
        with pytest.raises(BoardResetError):
            await link.send(ESME, command(1))


async def test_the_loop_runs_on_while_a_board_works(meter: Meter) -> None:
    meter.board.hangs_on = {FrameType.MESSAGE}
    turns = 0
    async with meter.link() as link:
        sending = asyncio.create_task(link.send(ESME, command(1)))
        while not sending.done():
            await asyncio.sleep(0.01)
            turns += 1
        with pytest.raises(DeviceFaultError, match="hangs"):
            await sending
    assert turns > 20


async def test_the_messages_end_when_the_link_is_closed(meter: Meter) -> None:
    async with meter.link() as link:
        reader = asyncio.create_task(nothing_comes(link, seconds=at_most(60)))
        await asyncio.sleep(0)
    assert await asyncio.wait_for(reader, at_most(30)) == []
    assert meter.stream.closed
