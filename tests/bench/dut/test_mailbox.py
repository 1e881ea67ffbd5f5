"""What comes back from devices is sorted by what is inside the octets."""

import asyncio
from dataclasses import replace

import pytest

from firmware_sim.bench.dut.mailbox import KEPT_COMMANDS, KEPT_FORGERIES, Mailbox, answered, settled
from firmware_sim.bench.dut.target import Correlation, Seen
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import Refusal, RefusalReason
from tests.support.patience import at_most

PARTY, DEVICE, OTHER = (EntityId(bytes((number,)) * 8) for number in (1, 2, 3))
CODE = MessageCode(8)
COMMAND = Message(CraFlag.COMMAND, 5, PARTY, DEVICE, CODE, b"?")
RESPONSE = Message(CraFlag.RESPONSE, 5, DEVICE, PARTY, CODE, b"!")
KEY = Correlation(PARTY, 5, CODE)
REPLAYED = Refusal(RefusalReason.REPLAYED, "again", PARTY, 5, CODE)


FORGED = replace(RESPONSE, payload=b"forged").build()


def is_genuine(octets: bytes) -> bool:
    return octets != FORGED


@pytest.fixture
def mailbox() -> Mailbox:
    """One command is on its way."""
    mailbox = Mailbox()
    mailbox.sending(DEVICE, COMMAND.build(), is_genuine)
    return mailbox


def test_a_command_and_its_response_correlate() -> None:
    assert Correlation.of(COMMAND) == Correlation.of(RESPONSE) == KEY


async def test_a_response_that_is_there_is_given_at_once(mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, RESPONSE.build())
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen(RESPONSE.build())


async def test_a_response_that_comes_later_ends_the_wait(mailbox: Mailbox) -> None:
    waiting = asyncio.create_task(mailbox.wait(DEVICE, KEY, 10, answered))
    await asyncio.sleep(0)
    mailbox.put(DEVICE, RESPONSE.build())
    async with asyncio.timeout(at_most(60)):
        assert (await waiting).response == RESPONSE.build()


async def test_the_wait_has_an_end(mailbox: Mailbox) -> None:
    assert await mailbox.wait(DEVICE, KEY, 0.01, settled) == Seen()


@pytest.mark.parametrize("number", [1, KEPT_FORGERIES + 3])
async def test_forged_responses_sent_ahead_do_not_displace_the_genuine_one(
    number: int, mailbox: Mailbox
) -> None:
    for _ in range(number):
        mailbox.put(DEVICE, FORGED)
    assert (await mailbox.wait(DEVICE, KEY, 0, answered)).response is None
    mailbox.put(DEVICE, RESPONSE.build())
    seen = await mailbox.wait(DEVICE, KEY, 0, answered)
    assert seen.response == RESPONSE.build()
    assert seen.forgeries == number
    assert seen.forged == (FORGED,) * min(number, KEPT_FORGERIES)


async def test_a_forged_response_does_not_end_the_wait(mailbox: Mailbox) -> None:
    waiting = asyncio.create_task(mailbox.wait(DEVICE, KEY, 10, settled))
    await asyncio.sleep(0)
    mailbox.put(DEVICE, FORGED)
    await asyncio.sleep(0)
    assert not waiting.done()
    mailbox.put(DEVICE, RESPONSE.build())
    async with asyncio.timeout(at_most(60)):
        assert (await waiting).response == RESPONSE.build()


async def test_a_refusal_that_the_bench_saw_settles_but_does_not_answer(mailbox: Mailbox) -> None:
    mailbox.put_handled(DEVICE, COMMAND.build(), Effects((), REPLAYED))
    assert (await mailbox.wait(DEVICE, KEY, 10, settled)).refusal == REPLAYED
    assert (await mailbox.wait(DEVICE, KEY, 0.01, answered)).response is None


async def test_a_refusal_of_other_octets_with_the_same_header_is_none_of_the_command(
    mailbox: Mailbox,
) -> None:
    other = replace(COMMAND, payload=b"another").build()
    mailbox.put_handled(DEVICE, other, Effects((), REPLAYED))
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()


async def test_an_unsigned_notice_of_a_refusal_is_kept_apart_and_settles_nothing(
    mailbox: Mailbox,
) -> None:
    mailbox.put_notice(DEVICE, REPLAYED)
    seen = await mailbox.wait(DEVICE, KEY, 0.01, settled)
    assert (seen.notice, seen.refusal) == (REPLAYED, None)
    assert not settled(seen)


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


async def test_an_answer_to_nothing_that_was_sent_is_a_stray_and_is_not_kept() -> None:
    mailbox = Mailbox()
    mailbox.put(DEVICE, RESPONSE.build())
    assert mailbox.strays == 1
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()


async def test_a_second_response_is_dropped(mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, RESPONSE.build())
    mailbox.put(DEVICE, replace(RESPONSE, payload=b"other").build())
    assert (await mailbox.wait(DEVICE, KEY, 0, settled)).response == RESPONSE.build()
    assert mailbox.duplicates == 1


async def test_sending_again_forgets_what_came_before(mailbox: Mailbox) -> None:
    mailbox.put(DEVICE, RESPONSE.build())
    mailbox.sending(DEVICE, COMMAND.build(), is_genuine)
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()


async def test_the_response_to_an_earlier_sending_is_a_copy_and_no_answer(mailbox: Mailbox) -> None:
    """Who captured it can send it again; only other octets show that the device answered anew."""
    mailbox.put(DEVICE, RESPONSE.build())
    mailbox.sending(DEVICE, COMMAND.build(), is_genuine)
    mailbox.put(DEVICE, RESPONSE.build())
    seen = await mailbox.wait(DEVICE, KEY, 0, settled)
    assert (seen.copy, seen.response) == (RESPONSE.build(), None)
    new = replace(RESPONSE, payload=b"new").build()
    mailbox.put(DEVICE, new)
    assert (await mailbox.wait(DEVICE, KEY, 0, settled)).response == new


def test_alerts_are_kept_by_device_and_given_once(mailbox: Mailbox) -> None:
    alert = replace(RESPONSE, cra=CraFlag.ALERT).build()
    mailbox.put(DEVICE, alert)
    assert mailbox.alerts(OTHER) == ()
    assert mailbox.alerts(DEVICE) == (alert,)
    assert mailbox.alerts(DEVICE) == ()


def test_an_alert_that_is_delivered_twice_is_given_once(mailbox: Mailbox) -> None:
    alert = replace(RESPONSE, cra=CraFlag.ALERT).build()
    for _ in range(2):
        mailbox.put(DEVICE, alert)
    assert mailbox.alerts(DEVICE) == (alert,)
    mailbox.put(DEVICE, alert)
    assert mailbox.alerts(DEVICE) == ()


def test_a_refusal_of_unreadable_octets_belongs_to_no_command(mailbox: Mailbox) -> None:
    malformed = Refusal(RefusalReason.MALFORMED, "cut short")
    mailbox.put_notice(DEVICE, malformed)
    mailbox.put_handled(DEVICE, b"\xff", Effects((), malformed))
    mailbox.sending(DEVICE, b"\xff", is_genuine)


async def test_the_response_to_an_old_command_is_a_stray(mailbox: Mailbox) -> None:
    """What a drill of many steps keeps has a bound."""
    for counter in range(100, 100 + KEPT_COMMANDS):
        mailbox.sending(DEVICE, replace(COMMAND, counter=counter).build(), is_genuine)
    mailbox.put(DEVICE, RESPONSE.build())
    assert mailbox.strays == 1
    assert await mailbox.wait(DEVICE, KEY, 0, settled) == Seen()
