"""Where a pair is replayed: something that takes a start state, a command, and gives answers."""

from typing import NamedTuple, Protocol

from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.start import start_device
from firmware_sim.bench.experiments.conformance.state import ImpliedState
from firmware_sim.gbcs.policy import Policy


class Answers(NamedTuple):
    """Everything that a device sent, and why it refused if it did."""

    messages: tuple[bytes, ...]
    refusal: str = ""


class CannotStage(Exception):
    """This stage cannot bring a device into that state; the text says why."""


class Broken(Exception):
    """The way to the device broke, or it does not answer any more; the text says what to do."""


class Stage(Protocol):
    """Brings a device into a state and hands it a command."""

    def answers(self, pair: Pair, state: ImpliedState) -> Answers:
        """What a fresh device in that state answers to the pair's command.

        Raises:
            CannotStage: no such device can be made here.
            Broken: nothing is known of the device.
            LocalError, RemoteError: a certificate of the state fits no cell.
        """


class SimulatedStage:
    """A simulated device for each replay."""

    def __init__(self, keys: PublishedKeys, policy: Policy) -> None:
        self._keys = keys
        self._policy = policy

    def answers(self, pair: Pair, state: ImpliedState) -> Answers:
        device, clock, _ = start_device(state, self._keys, self._policy)
        received = device.receive(pair.command.build())
        messages = received.messages
        if state.later is not None:
            clock.put(state.later)
            messages += device.tick().messages
        return Answers(messages, received.refusal.text if received.refusal else "")
