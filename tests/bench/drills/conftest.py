"""Fixtures for drills: real brokers, and a count of what devices execute."""

from collections import Counter

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.message import parse_message
from firmware_sim.machine.machine import Effects
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
