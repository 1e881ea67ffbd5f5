"""The reference set's pairs on the firmware: the published answers, and the same flash
as the simulated device's."""

from pathlib import Path

import pytest

from firmware_sim.bench.experiments.conformance.device_types import DeviceTypes
from firmware_sim.bench.experiments.conformance.pairs import Pair, ReferenceMessage, pair_up
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.experiments.conformance.reference import locate, read_messages
from firmware_sim.bench.experiments.conformance.replay import Replayer
from firmware_sim.bench.experiments.conformance.result import ReplayResult
from firmware_sim.bench.experiments.conformance.stage import Answers, CannotStage
from firmware_sim.bench.experiments.conformance.start import StartedDevice, start_device
from firmware_sim.bench.experiments.conformance.state import ImpliedState
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import USE_CASES
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import NRF52840
from tests.support.host_device import HostDevice

# What no message brings about, or no key that is published: only a simulated device has it.
_FAULT = "a fault that no message brings about"
_GENERATED = "the key pair that it makes is given"
_EXECUTED = {row.name for row in USE_CASES.values() if row.executed}


class HostStage:
    """The firmware and the simulated device in the same state, given the same command."""

    def __init__(self, keys: PublishedKeys, cryptography: Cryptography) -> None:
        self._keys = keys
        self._device = HostDevice(NRF52840, cryptography)

    def answers(self, pair: Pair, state: ImpliedState) -> Answers:
        if state.own.faults:
            raise CannotStage(_FAULT)
        if state.own.generated is not None:
            raise CannotStage(_GENERATED)
        simulated = start_device(state, self._keys, Policy())
        self._start(simulated)
        octets = pair.command.build()
        expected, received = simulated.device.receive(octets), self._device.receive(octets)
        messages = received.messages
        assert (messages, received.reason != 0) == (expected.messages, bool(expected.refusal))
        if state.later is not None:
            simulated.clock.put(state.later)
            self._device.set_clock(state.later)
            after = self._device.tick().messages
            assert after == simulated.device.tick().messages
            messages += after
        assert self._device.image() == simulated.device.image()
        return Answers(messages, str(received.reason) if received.reason else "")

    def _start(self, simulated: StartedDevice) -> None:
        """Power both on, over the same flash.

        The firmware is told its secrets with the parties that have key agreement keys: the device's
        own scalar may be made up, and only the simulated device knows what that stands for.
        """
        self._device.load(simulated.device.image())
        assert self._device.power_on()
        self._device.set_clock(simulated.clock.now())
        simulated.device.power_on()
        for name, held in simulated.device.cells().items():
            if name.key_usage is KeyUsage.KEY_AGREEMENT:
                secret = simulated.device.machine.context.secret_with(held.public_key)
                self._device.remember_secret(held.public_key, secret)


@pytest.fixture(scope="module")
def pairs(rtds: Path) -> list[ReferenceMessage]:
    files = read_messages(locate(rtds).messages)
    return [ReferenceMessage(file, parse_message(file.octets())) for file in files]


@pytest.mark.parametrize("cryptography", list(Cryptography))
def test_every_pair_that_a_device_executes_gives_the_published_answers(
    rtds: Path, pairs: list[ReferenceMessage], cryptography: Cryptography
) -> None:
    locations = locate(rtds)
    keys = read_published_keys(locations.keys, locations.issuers, P256Suite())
    types = DeviceTypes(item.message for item in pairs)
    replayer = Replayer(keys, types, Policy(), HostStage(keys, cryptography))
    result = ReplayResult()
    for pair in pair_up(pairs).pairs:
        replayer.replay(pair, result)
    assert not result.differ
    assert {finding.reason for finding in result.unsupported} <= {
        f"cannot be staged: {_FAULT}",
        f"cannot be staged: {_GENERATED}",
    }
    # Both answers to CS02c need what no message and no published key can give.
    assert {result.use_cases[finding.name] for finding in result.unsupported} <= {"CS02c"}
    executed = {name for name, use in result.use_cases.items() if use in _EXECUTED}
    assert {*result.matched, *(each.name for each in result.unsupported)} == executed
    assert len(result.matched) > 35
