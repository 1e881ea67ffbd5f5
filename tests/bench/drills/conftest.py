"""Fixtures for drills: real brokers, the stories played, and a count of what devices execute."""

import asyncio
from collections import Counter
from functools import cache

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.message import parse_message
from firmware_sim.machine.machine import Effects
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.shipped import Shipped, as_played
from tests.contract.broker_fixtures import broker as broker

Execution = tuple[str, str, int]


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> Counter[Execution]:
    """Commands that devices did not refuse, by (device, originator, counter)."""
    executions: Counter[Execution] = Counter()
    true_receive = Device.receive

    def counting(device: Device, octets: bytes) -> Effects:
        effects = true_receive(device, octets)
        if effects.refusal is None:
            message = parse_message(octets)
            executions[str(device.entity_id), str(message.originator), message.counter] += 1
        return effects

    monkeypatch.setattr(Device, "receive", counting)
    return executions


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """A story in memory, at one home or those of its population, once for all tests."""

    @cache
    def once(name: str) -> Rehearsal:
        story = as_played(name)
        homes = 1 if story.population is None else story.population.premises
        return asyncio.run(rehearse(story, tmp_path_factory.mktemp(name), premises=homes))

    return once
