"""The queue between a link and its readers, and the bounds of the bus in memory."""

import asyncio

import pytest

from firmware_sim.devices.links.inbox import Inbox
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.memory import MemoryBus
from firmware_sim.gbcs.identifiers import EntityId
from tests.contract.exchange import take
from tests.contract.fake_device import ESME, HAN, HUB, alert, command


async def test_a_full_inbox_makes_the_sender_wait() -> None:
    inbox: Inbox[int] = Inbox(2)
    await inbox.put(1)
    await inbox.put(2)
    third = asyncio.create_task(inbox.put(3))
    await asyncio.sleep(0)
    assert not third.done()
    reader = aiter(inbox)
    assert await anext(reader) == 1
    await third
    assert [await anext(reader), await anext(reader)] == [2, 3]


async def test_arrivals_in_the_inbox_come_before_its_end() -> None:
    inbox: Inbox[int] = Inbox(2)
    await inbox.put(1)
    inbox.close()
    assert [item async for item in inbox] == [1]
    assert [item async for item in inbox] == []


async def test_an_error_ends_every_reader() -> None:
    inbox: Inbox[int] = Inbox(2)
    inbox.close(LinkError("gone"))
    for _ in range(2):
        with pytest.raises(LinkError, match="gone"):
            await anext(aiter(inbox))


async def test_several_readers_share_the_arrivals() -> None:
    inbox: Inbox[int] = Inbox(10)
    for number in range(10):
        await inbox.put(number)
    inbox.close()

    async def read() -> list[int]:
        taken = []
        async for item in inbox:
            taken.append(item)
            await asyncio.sleep(0)
        return taken

    first, second = await asyncio.gather(read(), read())
    assert sorted(first + second) == list(range(10))
    assert first
    assert second


async def test_command_to_a_hub_that_does_not_serve_is_refused_when_full() -> None:
    bus = MemoryBus(capacity=2, patience=0.05)
    async with bus.hub(HUB, HAN), bus.party() as party:
        await party.send(ESME, command(1))
        await party.send(ESME, command(2))
        with pytest.raises(LinkError, match="takes no more"):
            await party.send(ESME, command(3))


async def test_party_that_does_not_read_stops_no_other_party(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = MemoryBus(capacity=2, patience=0.05)
    async with bus.party() as deaf, bus.hub(HUB, HAN) as hub:
        for counter in (1, 2):
            await hub.send(alert(counter=counter))
        assert len(await take(deaf, 1)) == 1
    assert "does not read" in caplog.text


async def test_command_to_a_device_without_a_hub_is_refused() -> None:
    bus = MemoryBus()
    async with bus.party() as party:
        with pytest.raises(LinkError, match="no hub serves"):
            await party.send(EntityId(b"stranger"), command(1))


async def test_second_hub_for_one_device_is_refused() -> None:
    bus = MemoryBus()
    async with bus.hub(HUB, HAN):
        with pytest.raises(LinkError, match="already behind a hub"):
            await bus.hub(EntityId(b"otherhub"), [ESME]).__aenter__()
