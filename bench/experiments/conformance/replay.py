"""Give a published command to a Device in the state it implies; compare with what is published."""

from collections.abc import Iterator
from typing import Any

from firmware_sim.bench.commands.answers import described, read_leniently
from firmware_sim.bench.experiments.conformance.answers import StateError
from firmware_sim.bench.experiments.conformance.compare import difference, mac_is_comparable
from firmware_sim.bench.experiments.conformance.device_types import DeviceTypes
from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.result import Finding, ReplayResult
from firmware_sim.bench.experiments.conformance.stage import (
    Answers,
    Broken,
    CannotStage,
    SimulatedStage,
    Stage,
)
from firmware_sim.bench.experiments.conformance.state import ImpliedState, StateReader
from firmware_sim.bench.experiments.conformance.wrong_states import wrong_states
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import GbcsError, RemoteError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.use_cases import use_case, use_case_name


class Replayer:
    """Replays pairs, each on a Device of its own: a reference set is not one history.

    Args:
        stage: where the Device is; what proves a match is simulated in any case.
    """

    def __init__(
        self, keys: PublishedKeys, types: DeviceTypes, policy: Policy, stage: Stage | None = None
    ) -> None:
        self._keys = keys
        self._simulated = SimulatedStage(keys, policy)
        self._stage = stage or self._simulated
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
            answers = self._stage.answers(pair, state)
        except Broken as error:
            result.broken.append(Finding(pair.name, str(error)))
            return
        except CannotStage as error:
            result.unsupported.append(Finding(pair.name, f"cannot be staged: {error}"))
            return
        except (StateError, GbcsError) as error:
            result.unsupported.append(Finding(pair.name, f"no start state: {error}"))
            return
        result.not_der += _departures(pair, answers)
        differs = self._difference(pair, answers)
        if differs:
            result.differ.append(Finding(pair.name, differs))
            return
        self._prove(pair, state, result)

    def differs(self, pair: Pair, state: ImpliedState) -> str:
        """How a simulated Device's answers from this state differ; empty if they are equal."""
        return self._difference(pair, self._simulated.answers(pair, state))

    def _difference(self, pair: Pair, answers: Answers) -> str:
        expected = [message for message in (pair.response, pair.alert) if message is not None]
        found = difference(expected, answers.messages)
        return f"{found} (refused: {answers.refusal})" if found and answers.refusal else found

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
        if state.faults:
            faults = sorted(fault.value for fault in state.faults)
            result.injected_faults[pair.name] = faults
        if state.given():
            result.from_answer[pair.name] = state.given()
        if state.own.stood_in():
            result.stood_in[pair.name] = state.own.stood_in()


def _departures(pair: Pair, answers: Answers) -> Iterator[Finding]:
    """The answers of the device that are not DER; one that is no message is found elsewhere."""
    for octets in answers.messages:
        try:
            departures = read_leniently(parse_message(octets)).departures
        except RemoteError:
            continue
        if departures:
            yield Finding(pair.name, f"the device's answer is not DER: {described(departures)}")


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
