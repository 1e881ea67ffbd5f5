"""Replaying on any device under test, made anew for each pair as the simulated one would be."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.device_under_test import Ability, DeviceUnderTest, require
from firmware_sim.bench.dut.hub_line.kind import BehindHub
from firmware_sim.bench.dut.opening import named_target
from firmware_sim.bench.dut.simulated.kind import SimulatedDevices
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.remaking import Remaking
from firmware_sim.bench.experiments.conformance.stage import (
    Answers,
    Broken,
    CannotStage,
    SimulatedStage,
    Stage,
)
from firmware_sim.bench.experiments.conformance.start import start_device
from firmware_sim.bench.experiments.conformance.state import ImpliedState
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.gbcs.policy import Policy

LIMIT: Final = 30.0
"""Seconds for one pair: a board that works needs a few."""

_NO_FAULTS: Final = "only the device in Python takes a fault that no message brings about"
_GIVEN_UP_AFTER: Final = 3
_MEND: Final = "see its frames in hw/PROTOCOL.md, and firmware-sim board info"
_NEEDED = Ability.PROVISION | Ability.CLOCK | Ability.TICK


class DeviceStage:
    """One device under test that becomes every device in turn. What it held is gone.

    Args:
        limit: seconds for everything that one pair asks of the device.
    """

    def __init__(self, device: DeviceUnderTest, keys: PublishedKeys, limit: float) -> None:
        self._device = device
        self._keys = keys
        self._limit = limit
        self._in_a_row = 0

    def answers(self, pair: Pair, state: ImpliedState) -> Answers:
        if state.faults:
            raise CannotStage(
                "only the device in Python takes a fault that no message brings about"
            )
        if state.clock.status is not None:
            raise CannotStage("only the device in Python takes a clock with a status of its own")
        if self._in_a_row == _GIVEN_UP_AFTER:
            raise Broken(f"not tried: {_GIVEN_UP_AFTER} pairs before it came to nothing")
        self._in_a_row += 1
        try:
            with board_trouble_as_bench_error(_MEND), self._bounded():
                answers = self._answers(pair, state)
        except DeviceFaultError as error:
            return Answers((), str(error))
        except BenchError as error:
            raise Broken(str(error)) from error
        self._in_a_row = 0
        return answers

    def _bounded(self) -> AbstractContextManager[None]:
        if isinstance(self._device, BoardDevice):
            return self._device.board.port.within(self._limit)
        return nullcontext()

    def _answers(self, pair: Pair, state: ImpliedState) -> Answers:
        remaking = self._become(state, pair)
        answers = self._exchange(remaking.for_board(pair.command), state)
        return answers._replace(messages=tuple(map(remaking.from_board, answers.messages)))

    def _exchange(self, octets: bytes, state: ImpliedState) -> Answers:
        effects = self._device.receive(octets)
        messages = effects.messages
        if state.later is not None:
            self._device.set_clock(state.later)
            messages += self._device.tick().messages
        return Answers(messages, effects.refusal.reason.label if effects.refusal else "")

    def _become(self, state: ImpliedState, pair: Pair) -> Remaking:
        """Make it the simulated device of that state; what its key needs."""
        device, _, suite = start_device(state, self._keys, Policy())
        blueprint = blueprint_of(device.image())
        device.receive(pair.command.build())  # shows which secrets are agreed
        self._device.begin(blueprint)
        self._device.set_clock(state.clock)
        return Remaking(suite.agreed, state.own.generated)


@contextmanager
def open_stage(
    target: str, keys: PublishedKeys, policy: Policy, limit: float = LIMIT
) -> Iterator[Stage]:
    """The stage that ``--target`` names: ``memory``, ``native``, ``board:NAME``, ``serial:URL``.

    Args:
        limit: seconds for one pair on a device at the end of a line.

    Raises:
        UsageError: no such target for a replay, or one that cannot follow the policy.
        BenchError: the device is not there, or cannot be provisioned.
    """
    named = named_target(target)
    if isinstance(named, BehindHub):
        raise UsageError(
            f"{target!r} cannot make a device anew for each pair: no key is written over a hub's "
            "line",
            "use memory, native, board:NAME or serial:URL",
        )
    if not named.is_one_device:
        raise UsageError(
            f"{target!r} replays nothing", "use memory, native, board:NAME or serial:URL"
        )
    if isinstance(named, SimulatedDevices):
        # The simulated device itself, which may stand in for keys that are not published.
        yield SimulatedStage(keys, policy)
        return
    named.check_policy(policy)
    with named.device() as device:
        require(device, _NEEDED, "a replay provisions it")
        yield DeviceStage(device, keys, limit)
