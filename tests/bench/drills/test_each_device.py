"""Work at many devices: in their order, some at a time, and ended by a signal between two."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from firmware_sim.bench.drills.each_device import AT_ONCE, for_each
from firmware_sim.bench.progress import Silent

MANY = 20 * AT_ONCE


async def test_every_item_is_worked_with_in_order() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        done.append(item)

    await for_each(range(MANY), work, Silent(), "")
    assert done == [*range(MANY)]


async def test_no_more_than_some_items_are_worked_with_at_a_time() -> None:
    now = most = 0

    async def work(_: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    await for_each(range(MANY), work, Silent(), "")
    assert most == AT_ONCE


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As at a terminal: a program that was started in the background may ignore the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("at", [0, AT_ONCE, MANY // 2])
def test_a_signal_ends_work_that_never_waits(at: int) -> None:
    """As in memory, where a device answers at once: the signal is seen all the same."""
    done: list[int] = []

    async def work(item: int) -> None:
        if item == at:
            signal.raise_signal(signal.SIGINT)
        done.append(item)

    with suppress(KeyboardInterrupt):
        asyncio.run(for_each(range(MANY), work, Silent(), ""))
    assert len(done) <= at + 2 * AT_ONCE
