"""Commands without an answer: bounded, found again, and given up in time."""

import asyncio

from firmware_sim.devices.links.gateway.requests import UNANSWERED, Requests


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def filled() -> tuple[Requests, Clock, list[bytes]]:
    clock = Clock()
    requests = Requests(b"me", 10, clock)
    names = [
        requests.begin("t", bytes([n % 256]), "r").letter.correlation for n in range(UNANSWERED)
    ]
    return requests, clock, [each or b"" for each in names]


async def test_one_more_waits_for_an_answer() -> None:
    requests, _, names = filled()
    waiting = asyncio.create_task(requests.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert requests.is_new(names[7], b"answer")
    await waiting
    assert len(requests) == UNANSWERED - 1


async def test_the_oldest_is_given_up_after_its_time() -> None:
    requests, clock, _ = filled()
    clock.seconds = 11.0
    await asyncio.wait_for(requests.room(), 5)
    assert len(requests) == UNANSWERED - 1
    assert not list(requests.taken_and_open())


def test_the_same_answer_counts_once_and_another_is_passed_on() -> None:
    requests = Requests(b"me", 10, Clock())
    name = requests.begin("t", b"", "r").letter.correlation
    assert requests.is_new(name, b"one")
    assert not requests.is_new(name, b"one")
    assert requests.is_new(name, b"two")
    assert requests.is_new(None, b"one")


def test_two_commands_have_two_names() -> None:
    _, _, names = filled()
    assert len(set(names)) == UNANSWERED
    assert all(name.startswith(b"me") and len(name) == 10 for name in names)
