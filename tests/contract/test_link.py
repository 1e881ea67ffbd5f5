"""What every implementation of a link must do."""

import asyncio

import pytest

from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.presence import Presence
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, parse_message
from tests.contract.conftest import Medium
from tests.contract.exchange import SECONDS, nothing_comes, serving, take
from tests.contract.fake_device import ESME, GSME, HAN, HUB, FakeHan, alert, command


async def test_a_command_reaches_its_device_and_the_response_comes_back(medium: Medium) -> None:
    han = FakeHan()
    async with serving(medium.hub(HUB, HAN), han), medium.party() as party:
        await party.send(GSME, command(1, GSME, payload=b"\x04\x01\x2a"))
        (arrival,) = await take(party, 1)
    assert han.devices[GSME].values == [b"\x04\x01\x2a"]
    assert not han.devices[ESME].values
    assert (arrival.device, arrival.channel) == (GSME, Channel.RESPONSE)
    assert parse_message(arrival.octets).counter == 1


async def test_commands_are_handled_in_order_and_each_once(medium: Medium) -> None:
    han = FakeHan()
    counters = list(range(1, 41))
    async with serving(medium.hub(HUB, HAN), han), medium.party() as party:
        for counter in counters:
            await party.send(ESME, command(counter))
        arrivals = await take(party, len(counters))
    assert list(han.devices[ESME].executed.items()) == [(counter, 1) for counter in counters]
    assert [parse_message(each.octets).counter for each in arrivals] == counters


async def test_a_message_of_the_largest_size_passes_unchanged(medium: Medium) -> None:
    seen: list[bytes] = []

    def keep(_: EntityId, octets: bytes) -> tuple[bytes, ...]:
        seen.append(octets)
        return (alert(),)

    overhead = len(command(1, payload=bytes(300))) - 300
    octets = command(1, payload=bytes(MAX_MESSAGE_OCTETS - overhead))
    assert len(octets) == MAX_MESSAGE_OCTETS
    async with serving(medium.hub(HUB, HAN), keep), medium.party() as party:
        await party.send(ESME, octets)
        await take(party, 1)
    assert seen == [octets]


async def test_message_above_the_largest_size_is_refused_where_it_is_sent(medium: Medium) -> None:
    async with serving(medium.hub(HUB, HAN), FakeHan()), medium.party() as party:
        with pytest.raises(LinkError, match="8193 octets"):
            await party.send(ESME, bytes(MAX_MESSAGE_OCTETS + 1))


async def test_octets_that_are_no_message_reach_the_device_as_they_are(medium: Medium) -> None:
    seen: list[bytes] = []

    def keep(_: EntityId, octets: bytes) -> tuple[bytes, ...]:
        seen.append(octets)
        return (alert(),)

    async with serving(medium.hub(HUB, HAN), keep), medium.party() as party:
        await party.send(ESME, b"\x00\xff not a message")
        await take(party, 1)
    assert seen == [b"\x00\xff not a message"]


async def test_a_device_may_speak_without_being_asked(medium: Medium) -> None:
    async with serving(medium.hub(HUB, HAN), FakeHan()) as hub, medium.party() as party:
        await hub.send(alert(GSME, counter=7))
        (arrival,) = await take(party, 1)
    assert (arrival.device, arrival.channel) == (GSME, Channel.ALERT)
    assert arrival.octets == alert(GSME, counter=7)


async def test_a_hub_sends_for_its_own_devices_only(medium: Medium) -> None:
    stranger = EntityId(b"stranger")
    async with serving(medium.hub(HUB, HAN), FakeHan()) as hub:
        with pytest.raises(LinkError, match="not a device of this hub"):
            await hub.send(alert(stranger))
        with pytest.raises(LinkError, match="Command"):
            await hub.send(command(1, ESME))
        with pytest.raises(LinkError, match="whole messages"):
            await hub.send(b"\xdf\x09")


async def test_every_party_hears_every_answer(medium: Medium) -> None:
    async with (
        serving(medium.hub(HUB, HAN), FakeHan()),
        medium.party() as first,
        medium.party() as second,
    ):
        await first.send(ESME, command(1))
        assert await take(first, 1) == await take(second, 1)


async def test_a_party_that_comes_late_learns_who_is_there(medium: Medium) -> None:
    async with serving(medium.hub(HUB, HAN), FakeHan()), medium.party() as party:
        (arrival,) = await take(party, 1, Channel.STATUS)
    assert arrival.device == HUB
    assert Presence.parse(arrival.octets) == Presence(True, HAN)


async def test_a_hub_that_leaves_takes_its_han_with_it(medium: Medium) -> None:
    async with medium.party() as party:
        async with serving(medium.hub(HUB, HAN), FakeHan()):
            await take(party, 1, Channel.STATUS)
        (arrival,) = await take(party, 1, Channel.STATUS)
    assert Presence.parse(arrival.octets) == Presence(False, HAN)


async def test_two_hubs_share_the_medium(medium: Medium) -> None:
    other_hub, other = EntityId(b"otherhub"), EntityId(b"othermtr")
    near, far = FakeHan(), FakeHan(other_hub, other)
    async with (
        serving(medium.hub(HUB, HAN), near),
        serving(medium.hub(other_hub, (other_hub, other)), far),
        medium.party() as party,
    ):
        await party.send(other, command(1, other))
        (arrival,) = await take(party, 1)
    assert arrival.device == other
    assert not any(device.executed for device in near.devices.values())


async def test_the_messages_end_when_the_link_is_closed(medium: Medium) -> None:
    async with medium.party() as party:
        reader = asyncio.create_task(nothing_comes(party, seconds=SECONDS))
        await asyncio.sleep(0)
    assert await asyncio.wait_for(reader, SECONDS / 2) == []


async def test_closed_link_leaves_no_task_or_thread_running(medium: Medium) -> None:
    before = asyncio.all_tasks()
    async with serving(medium.hub(HUB, HAN), FakeHan()), medium.party() as party:
        await party.send(ESME, command(1))
        await take(party, 1)
    await asyncio.sleep(0.2)  # a broker in this process ends its connections a moment later
    left = {str(task.get_coro()) for task in asyncio.all_tasks() - before}
    assert not [each for each in left if "Broker." not in each]
