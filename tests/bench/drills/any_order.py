"""Devices in memory that answer in turns which chance decides, as behind a broker."""

import asyncio
import random
from typing import Any

import pytest

from firmware_sim.bench.drills import each_device
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.safe_point import safe_point


def answers_in_order(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """From now on each message of each device waits for a while that follows from the seed."""
    chance = random.Random(seed)
    send = CommandSender._send

    async def waited() -> None:
        for _ in range(chance.randrange(40)):
            await asyncio.sleep(0)

    async def begun() -> None:
        await safe_point()
        await waited()

    async def sent(self: CommandSender, *arguments: Any) -> bool:
        await waited()
        result = await send(self, *arguments)
        await waited()
        return result

    monkeypatch.setattr(each_device, "safe_point", begun)
    monkeypatch.setattr(CommandSender, "_send", sent)
