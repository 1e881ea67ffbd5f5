"""What comes back from devices is sorted by what is inside the octets."""

import asyncio
from dataclasses import replace

import pytest

from firmware_sim.bench.dut.mailbox import Mailbox, answered, settled
from firmware_sim.bench.dut.target import Correlation, Seen
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import Refusal, RefusalReason

PARTY, DEVICE, OTHER = (EntityId(bytes((number,)) * 8) for number in (1, 2, 3))
CODE = MessageCode(8)
COMMAND = Message(CraFlag.COMMAND, 5, PARTY, DEVICE, CODE, b"?")
RESPONSE = Message(CraFlag.RESPONSE, 5, DEVICE, PARTY, CODE, b"!")
KEY = Correlation(PARTY, 5, CODE)
REPLAYED = Refusal(RefusalReason.REPLAYED, "again", PARTY, 5, CODE)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def test_a_command_and_its_response_correlate() -> None:
    assert Correlation.of(COMMAND) == Correlation.of(RESPONSE) == KEY


async def test_a_response_that_is_there_is_given_at_once(mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, RESPONSE.build())
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen(RESPONSE.build())


async def test_a_response_that_comes_later_ends_the_wait(mailbox: Mailbox) -> None:
    waiting = asyncio.create_task(mailbox.wait(DEVICE, KEY, 10, answered))
    await asyncio.sleep(0)
    mailbox.put(DEVICE, RESPONSE.build())
    async with asyncio.timeout(1):
        assert (await waiting).response == RESPONSE.build()


async def test_the_wait_has_an_end(mailbox: Mailbox) -> None:
    assert await mailbox.wait(DEVICE, KEY, 0.01, settled) == Seen()


async def test_a_refusal_settles_but_does_not_answer(mailbox: Mailbox) -> None:
    mailbox.put_refusal(DEVICE, REPLAYED)
    assert (await mailbox.wait(DEVICE, KEY, 10, settled)).refusal == REPLAYED
    assert (await mailbox.wait(DEVICE, KEY, 0.01, answered)).response is None


@pytest.mark.parametrize(
    "other",
    [
        replace(RESPONSE, counter=6),
        replace(RESPONSE, code=MessageCode(0x0102)),
        replace(RESPONSE, target=OTHER),
        replace(RESPONSE, cra=CraFlag.ALERT),
    ],
)
async def test_another_message_of_the_device_is_no_answer(other: Message, mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, other.build())
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()


@pytest.mark.parametrize(
    "octets", [b"", b"\xff" * 40, COMMAND.build(), replace(RESPONSE, originator=OTHER).build()]
)
async def test_what_the_device_cannot_have_sent_is_a_stray(octets: bytes, mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, octets)
    assert mailbox.strays == 1
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()


async def test_a_second_response_is_dropped(mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, RESPONSE.build())
    mailbox.put(DEVICE, replace(RESPONSE, payload=b"other").build())
    assert (await mailbox.wait(DEVICE, KEY, 0, settled)).response == RESPONSE.build()
    assert mailbox.duplicates == 1


async def test_sending_again_forgets_what_came_before(mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, RESPONSE.build())
    mailbox.sending(DEVICE, COMMAND.build())
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()


def test_alerts_are_kept_by_device_and_given_once(mailbox: Mailbox) -> None:
    alert = replace(RESPONSE, cra=CraFlag.ALERT).build()
    mailbox.put(DEVICE, alert)
    assert mailbox.alerts(OTHER) == ()
    assert mailbox.alerts(DEVICE) == (alert,)
    assert mailbox.alerts(DEVICE) == ()


def test_a_refusal_of_unreadable_octets_belongs_to_no_command(mailbox: Mailbox) -> None:
    mailbox.put_refusal(DEVICE, Refusal(RefusalReason.MALFORMED, "cut short"))
    mailbox.sending(DEVICE, b"\xff")
