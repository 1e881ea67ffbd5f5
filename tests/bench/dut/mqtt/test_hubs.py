"""The hubs of a drill at a broker: left some at a time, and hung up on if a person waits."""

import asyncio
from types import TracebackType
from typing import Any, Self, cast

import pytest

from firmware_sim.bench.dut.mqtt import hubs
from firmware_sim.bench.dut.mqtt.hubs import HUBS_AT_ONCE, connected
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt import MqttDeviceLink


class FakeHub:
    """A link that remembers what was done with it."""

    def __init__(self, *, connects: bool = True, leaves: asyncio.Barrier | None = None) -> None:
        self.state = "new"
        self._connects = connects
        self._leaves = leaves

    async def __aenter__(self) -> Self:
        if not self._connects:
            raise LinkError("no broker")
        self.state = "up"
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.state = "leaving"
        if self._leaves is not None:
            await self._leaves.wait()
        self.state = "left"

    def hang_up(self) -> None:
        self.state = "hung up"


def links(fakes: list[FakeHub]) -> list[MqttDeviceLink]:
    return cast("list[MqttDeviceLink]", cast("Any", fakes))


def states(fakes: list[FakeHub]) -> set[str]:
    return {fake.state for fake in fakes}


async def test_all_are_up_within_and_left_behind() -> None:
    fakes = [FakeHub() for _ in range(3 * HUBS_AT_ONCE)]
    async with connected(links(fakes)):
        assert states(fakes) == {"up"}
    assert states(fakes) == {"left"}


async def test_one_that_cannot_connect_ends_all() -> None:
    fakes = [FakeHub(), FakeHub(connects=False), FakeHub()]
    with pytest.raises(LinkError, match="no broker"):
        async with connected(links(fakes)):
            raise AssertionError("it is not up")
    assert [fake.state for fake in fakes] == ["left", "new", "left"]


async def test_hubs_do_not_wait_for_one_another_to_leave() -> None:
    together = asyncio.Barrier(HUBS_AT_ONCE)
    fakes = [FakeHub(leaves=together) for _ in range(HUBS_AT_ONCE)]
    async with connected(links(fakes)):
        pass
    assert states(fakes) == {"left"}


async def test_an_interrupted_drill_hangs_up_on_a_broker_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "_GOODBYE_SECONDS", 0.01)
    never = asyncio.Barrier(10 * HUBS_AT_ONCE)
    fakes = [FakeHub(leaves=never) for _ in range(3 * HUBS_AT_ONCE)]
    is_up = asyncio.Event()

    async def drill() -> None:
        async with connected(links(fakes)):
            is_up.set()
            await never.wait()

    task = asyncio.create_task(drill())
    await is_up.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states(fakes) == {"hung up"}
