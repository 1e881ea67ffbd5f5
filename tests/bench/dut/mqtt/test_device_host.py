"""The loop between a link and devices: what arrives is handled, what falls due is sent."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.mqtt.device_host import DeviceHost, Handled
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.memory import MemoryBus
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import Refusal, RefusalReason
from tests.contract.exchange import nothing_comes, take
from tests.contract.fake_device import ESME, GSME, HAN, HUB, alert, command, response


class _Stub:
    """A device that does as a test says."""

    def __init__(
        self,
        receive: Callable[[bytes], Effects] = lambda _: Effects(),
        tick: Callable[[], Effects] = Effects,
    ) -> None:
        self.receive = receive
        self.tick = tick


def _answering() -> _Stub:
    return _Stub(lambda octets: Effects((response(parse_message(octets)),)))


async def test_messages_reach_their_device_and_answers_the_party() -> None:
    bus, seen = MemoryBus(), list[Handled]()
    devices = {ESME: _answering(), GSME: _Stub()}
    async with bus.hub(HUB, HAN) as hub, bus.party() as party:
        host = asyncio.create_task(DeviceHost(hub, devices, observer=seen.append).run())
        await party.send(ESME, command(1))
        (arrival,) = await take(party, 1)
        await party.send(GSME, command(1, GSME))
        assert await nothing_comes(party, 0.05) == []
        host.cancel()
        with suppress(asyncio.CancelledError):
            await host
    assert (arrival.device, arrival.channel) == (ESME, Channel.RESPONSE)
    assert [(each.device, each.octets) for each in seen] == [
        (ESME, command(1)),
        (GSME, command(1, GSME)),
    ]
    assert seen[0].effects.messages == (arrival.octets,)


async def test_a_refusal_is_seen_by_the_observer_only() -> None:
    bus, seen = MemoryBus(), list[Handled]()
    refusal = Refusal(RefusalReason.REPLAYED, "counter 1 is not above 1")
    devices = {ESME: _Stub(lambda _: Effects((), refusal))}
    async with bus.hub(HUB, HAN) as hub, bus.party() as party:
        host = asyncio.create_task(DeviceHost(hub, devices, observer=seen.append).run())
        await party.send(ESME, command(1))
        assert await nothing_comes(party, 0.05) == []
        host.cancel()
        with suppress(asyncio.CancelledError):
            await host
    assert [each.effects.refusal for each in seen] == [refusal]


async def test_what_falls_due_is_sent_and_idle_ticks_are_not_told() -> None:
    bus, seen = MemoryBus(), list[Handled]()
    due = [Effects((alert(GSME, 2),)), Effects(), Effects((alert(GSME, 1),)), Effects()]
    devices = {GSME: _Stub(tick=lambda: due.pop() if due else Effects())}
    async with bus.hub(HUB, HAN) as hub, bus.party() as party:
        host = asyncio.create_task(
            DeviceHost(hub, devices, observer=seen.append, tick_seconds=0.01).run()
        )
        arrivals = await take(party, 2)
        host.cancel()
        with suppress(asyncio.CancelledError):
            await host
    assert [each.octets for each in arrivals] == [alert(GSME, 1), alert(GSME, 2)]
    assert [each.octets for each in seen] == [None, None]


async def test_a_device_that_is_not_here_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    bus = MemoryBus()
    async with bus.hub(HUB, HAN) as hub, bus.party() as party:
        host = asyncio.create_task(DeviceHost(hub, {ESME: _answering()}).run())
        await party.send(GSME, command(1, GSME))
        await party.send(ESME, command(1))
        await take(party, 1)
        host.cancel()
        with suppress(asyncio.CancelledError):
            await host
    assert f"{GSME}, which is not hosted here" in caplog.text


async def test_a_failure_ends_the_loop_and_leaves_no_task() -> None:
    def broken(_: bytes) -> Effects:
        raise BenchError("cannot write esme.bin")

    bus, before = MemoryBus(), asyncio.all_tasks()
    async with bus.hub(HUB, HAN) as hub, bus.party() as party:
        await party.send(ESME, command(1))
        with pytest.raises(BenchError, match=r"cannot write esme\.bin"):
            await DeviceHost(hub, {ESME: _Stub(broken)}).run()
    assert asyncio.all_tasks() == before


async def test_a_device_may_not_speak_for_another() -> None:
    bus = MemoryBus()
    stranger = EntityId(b"stranger")
    devices = {ESME: _Stub(tick=lambda: Effects((alert(stranger),)))}
    async with bus.hub(HUB, HAN) as hub:
        with pytest.raises(LinkError, match="not a device of this hub"):
            await DeviceHost(hub, devices, tick_seconds=0.01).run()


def test_the_system_clock_is_aware_and_trusted() -> None:
    reading = RunningClock().now()
    assert reading.time.utcoffset() is not None
    assert reading.reliability is ClockReliability.RELIABLE
