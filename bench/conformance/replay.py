"""Give a published command to a Device in the state it implies; compare with what is published."""

from typing import Any, NamedTuple

from bench.conformance.answers import StateError
from bench.conformance.compare import difference, mac_is_comparable
from bench.conformance.device_types import DeviceTypes
from bench.conformance.pairs import Pair
from bench.conformance.published_keys import PublishedKeys
from bench.conformance.result import Finding, ReplayResult
from bench.conformance.start import start_device
from bench.conformance.state import ImpliedState, StateReader
from bench.conformance.wrong_states import wrong_states
from gbcs.crypto import P256Suite
from gbcs.errors import GbcsError
from gbcs.policy import Policy
from gbcs.use_cases import use_case, use_case_name


class Answers(NamedTuple):
    """Everything that a device sent, and why it refused if it did."""

    messages: tuple[bytes, ...]
    refusal: str = ""


class Replayer:
    """Replays pairs, each on a Device of its own: a reference set is not one history."""

    def __init__(self, keys: PublishedKeys, types: DeviceTypes, policy: Policy) -> None:
        self._keys = keys
        self._policy = policy
        self._reader = StateReader(keys, types, P256Suite(), policy)

    def replay(self, pair: Pair, result: ReplayResult) -> None:
        """Replay one pair and record what became of it."""
        row, name = use_case(pair.command.code), use_case_name(pair.command.code)
        result.use_cases[pair.name] = name
        if row is None or not row.executed:
            result.unsupported.append(Finding(pair.name, f"{name} is not executed"))
            return
        try:
            state = self._reader.state(pair)
            differs = self.differs(pair, state)
        except (StateError, GbcsError) as error:
            result.unsupported.append(Finding(pair.name, f"no start state: {error}"))
            return
        if differs:
            result.differ.append(Finding(pair.name, differs))
            return
        self._prove(pair, state, result)

    def differs(self, pair: Pair, state: ImpliedState) -> str:
        """How the answers from this start state differ; empty if they are equal."""
        answers = self._answers(pair, state)
        expected = [message for message in (pair.response, pair.alert) if message is not None]
        found = difference(expected, answers.messages)
        return f"{found} (refused: {answers.refusal})" if found and answers.refusal else found

    def _answers(self, pair: Pair, state: ImpliedState) -> Answers:
        device, clock = start_device(state, self._keys, self._policy)
        received = device.receive(pair.command.build())
        messages = received.messages
        if state.later is not None:
            clock.reading = state.later
            messages += device.tick().messages
        return Answers(messages, received.refusal.text if received.refusal else "")

    def _prove(self, pair: Pair, state: ImpliedState, result: ReplayResult) -> None:
        """A match counts only if every wrong start state gives other answers."""
        proven = []
        for wrong, other in wrong_states(state, pair, self._keys):
            if not self.differs(pair, other):
                reason = f"the answers are the same with a wrong start state: {wrong}"
                result.differ.append(Finding(pair.name, reason))
                return
            proven.append(wrong)
        result.matched.append(pair.name)
        result.wrong_states[pair.name] = proven
        result.macs_equal += mac_is_comparable(pair.response)
        if state.own.faults:
            faults = sorted(fault.value for fault in state.own.faults)
            result.injected_faults[pair.name] = faults
        if state.own.stood_in():
            result.stood_in[pair.name] = state.own.stood_in()


_TIME_READINGS = {
    "reliable-clock": "each device's clock shows its response's own stamp; certificates are "
    "checked against it only if the stamp's status says that it is reliable",
    "always": "each device's clock shows its response's own stamp; certificates are checked "
    "against it",
    "never": "each device's clock shows its response's own stamp; validity is not checked",
}


def replay_context(policy: Policy) -> dict[str, Any]:
    """What the verdicts rest on: how time was read, and every open point with its choice."""
    return {
        "time_reading": _TIME_READINGS[policy.time_checks],
        "policy": {choice.point.name: choice.choice for choice in policy.describe()},
    }
