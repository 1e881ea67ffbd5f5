"""Where a drill stops, every device that comes to that place stops with it."""

import asyncio
from pathlib import Path

import pytest

from firmware_sim.bench.drills import safe_point as module
from firmware_sim.bench.drills.safe_point import heeding, safe_point
from firmware_sim.bench.evidence.wishes import Wish, leave_wish


def test_who_comes_after_the_one_that_saw_the_wish_to_stop_is_not_let_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first looks, and nobody after it for as long as the test lasts.
    monkeypatch.setattr(module, "_SECONDS", 1_000_000.0)
    passed = []

    async def device(number: int) -> None:
        await safe_point()
        passed.append(number)

    async def drill() -> None:
        await safe_point()  # the drill itself comes here first
        here = module._heeding.get()
        assert here is not None
        here._looked = float("-inf")
        leave_wish(tmp_path, Wish.STOP)
        async with asyncio.TaskGroup() as devices:
            for number in range(5):
                devices.create_task(device(number))

    with heeding(tmp_path, lambda: None), pytest.raises(asyncio.CancelledError):
        asyncio.run(drill())
    assert passed == []
