"""Reference commands on provisioned devices: the answers are the published ones, and only then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from firmware_sim.bench.experiments.conformance.device_types import DeviceTypes
from firmware_sim.bench.experiments.conformance.pairs import Pair, ReferenceMessage, pair_up
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.experiments.conformance.reference import Locations, read_messages
from firmware_sim.bench.experiments.conformance.replay import Replayer
from firmware_sim.bench.experiments.conformance.result import ConformanceResult, ReplayResult
from firmware_sim.bench.experiments.conformance.state import ImpliedState, StateReader
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import USE_CASES, use_case_name
from firmware_sim.gbcs.uses import USES

# What must replay, by name; all other pairs of the set must not differ.
NAMED = (
    "CS02bAnyExceptAbnormalRootByRecovery_NA_SUCCESS",
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS",
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_ERROR",
    "CS02bNOByNO_6.15.1_SUCCESS",
    "CS02bACBByACB_8.5_SUCCESS",
    "CS02aMAC_6.24.1_SUCCESS",
    "CS02aMAC_6.24.1_ERROR",
    "CS02fMAC_6.24.1_SUCCESS",
    "CS02fMAC_6.24.1_ERROR",
    "CS02c_6.17_SUCCESS",
    "CS02c_6.17_ERROR",
    "CS02d_6.15.2_SUCCESS",
    "CS02d_6.15.2_ERROR",
    "CS01b_2.2_SUCCESS",
    "CS01b_2.2_ERROR",
    "CS06_11.3_IMMEDIATE_SUCCESS",
    "CS06_11.3_IMMEDIATE_ERROR",
    "CS06_11.3_FUTURE_DATED_SUCCESS",
    "CS06_11.3_FUTURE_DATED_ERROR",
    "CS06_11.3_CANCELLATION_SUCCESS",
    "ECS52_11.2_SUCCESS",
    "ECS52_11.2_ERROR",
    "ECS17b_4.1.1_SINGLE_SUCCESS",
    "ECS17b_4.1.1_TWIN_SUCCESS",
    "ECS17b_4.1.1_ERROR",
    "GCS09_3.2_SUCCESS",
    "CCS05CCS04_8.9_SUCCESS",
    "CCS05CCS04_8.9_ERROR",
)
UPDATES = [name for name in NAMED if name.startswith("CS02b")]

# Beside another device, a used counter and another certificate in each cell.
WRONG: dict[str, set[str]] = {
    **{name: {"another root key", "another clock"} for name in UPDATES},
    "CS02c_6.17_SUCCESS": {"another key pair made"},
    "CS02c_6.17_ERROR": {"no fault"},
    "CS02d_6.15.2_SUCCESS": {"no waiting key", "another waiting key"},
    "CS01b_2.2_SUCCESS": {"another balance", "another certificate in supplier.KA.PP"},
    "CS06_11.3_FUTURE_DATED_SUCCESS": {"another image", "no image", "not yet due"},
    "CS06_11.3_IMMEDIATE_ERROR": {"another firmware version"},
    "ECS52_11.2_SUCCESS": {"another firmware version"},
    "ECS17b_4.1.1_SINGLE_SUCCESS": {"another register value"},
    "ECS17b_4.1.1_ERROR": {"no failing object"},
    "CCS05CCS04_8.9_SUCCESS": {"another register value"},
}


class Bench:
    """Everything that a replay needs, over the whole set."""

    def __init__(self, locations: Locations) -> None:
        suite = P256Suite()
        self.keys: PublishedKeys = read_published_keys(locations.keys, locations.issuers, suite)
        messages = [
            ReferenceMessage(file, parse_message(file.octets()))
            for file in read_messages(locations.messages)
        ]
        self.types = DeviceTypes(item.message for item in messages)
        self.reader = StateReader(self.keys, self.types, suite, Policy())
        self.pairs = {pair.name: pair for pair in pair_up(messages).pairs}

    def pair(self, name: str) -> Pair:
        (found,) = [pair for path, pair in self.pairs.items() if f"/{name}_COMMAND" in path]
        return found

    def differs(self, pair: Pair, state: ImpliedState, **choices: str) -> str:
        return Replayer(self.keys, self.types, Policy.from_choices(choices)).differs(pair, state)


@pytest.fixture(scope="session")
def bench(locations: Locations) -> Bench:
    return Bench(locations)


def test_every_pair_matches(result: ConformanceResult, bench: Bench) -> None:
    replay = result.replay
    assert [*replay.differ, *replay.unsupported] == []
    assert set(replay.matched) == set(bench.pairs)


def test_every_match_is_proven(result: ConformanceResult, bench: Bench) -> None:
    assert result.replay.wrong_states.keys() == bench.pairs.keys()
    for name, pair in bench.pairs.items():
        cells = {f"another certificate in {cell}" for cell in bench.reader.state(pair).cells}
        wrong = set(result.replay.wrong_states[name])
        assert wrong >= {"another device", "counter already used"} | cells


def test_a_fault_is_injected_only_where_the_answer_is_a_fault_code(
    result: ConformanceResult, bench: Bench
) -> None:
    """A request or certificate that could not be made or read: DER of the INTEGER 3."""
    for name in result.replay.injected_faults:
        assert use_case_name(bench.pairs[name].command.code) in ("CS02c", "CS02e")
        assert bench.pairs[name].response.payload == bytes.fromhex("020103")
        assert "no fault" in result.replay.wrong_states[name]


def test_a_private_key_is_made_up_only_for_public_keys_in_a_message(
    result: ConformanceResult, bench: Bench
) -> None:
    for name in result.replay.stood_in:
        point = bench.reader.state(bench.pairs[name]).own
        (shown,) = [*point.waiting.values(), *filter(None, [point.generated])]
        carried = bench.pairs[name].command.payload + bench.pairs[name].response.payload
        assert shown in carried
        assert bench.keys.scalar(shown) is None


@pytest.mark.parametrize("name", NAMED)
def test_a_named_pair_can_be_replayed_alone(bench: Bench, name: str) -> None:
    pair = bench.pair(name)
    assert bench.differs(pair, bench.reader.state(pair)) == ""


@pytest.mark.parametrize("name", WRONG)
def test_a_named_pair_does_not_match_from_a_wrong_start_state(
    bench: Bench, result: ConformanceResult, name: str
) -> None:
    wrong = set(result.replay.wrong_states[bench.pair(name).name])
    assert wrong >= WRONG[name]


@pytest.mark.parametrize("name", UPDATES)
def test_a_clock_that_is_called_reliable_fails_the_validity_checks(bench: Bench, name: str) -> None:
    """The stamp says 2015, the certificates start later: how time is read decides the outcome,
    unless the command itself switches the checks off.
    """
    pair = bench.pair(name)
    state = bench.reader.state(pair)
    differs = bench.differs(pair, state, time_checks="always")
    switched_off = "CS02bAny" in name or name.endswith("IMMEDIATE_SUCCESS")
    assert bool(differs) is not switched_off
    assert bench.differs(pair, state, time_checks="never") == ""


def test_start_states_have_the_device_type_of_the_entity_identifier(bench: Bench) -> None:
    types = {
        str(pair.command.target)[-2:]: bench.reader.state(pair).device_type
        for pair in bench.pairs.values()
    }
    # The reference set's device identifiers end in a0 to a6, one for each kind of device.
    known = {
        "a0": DeviceType.ESME,
        "a1": DeviceType.GSME,
        "a2": DeviceType.CHF,
        "a3": DeviceType.GPF,
        "a6": DeviceType.ESME,
    }
    assert types.items() <= known.items()


def test_a_future_dated_update_is_reported_when_due_and_not_before(bench: Bench) -> None:
    pairs = [pair for pair in bench.pairs.values() if pair.alert is not None]
    assert pairs
    for pair in pairs:
        state = bench.reader.state(pair)
        assert state.later is not None
        assert bench.differs(pair, state) == ""
        early = state.later._replace(time=state.later.time - timedelta(seconds=1))
        found = bench.differs(pair, replace(state, later=early))
        assert found == "1 messages instead of 2"


def test_an_altered_command_is_refused(bench: Bench) -> None:
    """The device's own checks stand between a command and the published answer."""
    for pair in map(bench.pair, NAMED):
        state = bench.reader.state(pair)
        command = replace(pair.command, counter=pair.command.counter + 1)
        assert "refused" in bench.differs(replace(pair, command=command), state)


def test_an_altered_answer_does_not_match(bench: Bench) -> None:
    for pair in map(bench.pair, NAMED):
        state = bench.reader.state(pair)
        payload = bytearray(pair.response.payload)
        payload[len(payload) // 2] ^= 1  # in a request the last octets are its signature
        response = replace(pair.response, payload=bytes(payload))
        assert "payload" in bench.differs(replace(pair, response=response), state)


def test_the_answers_of_another_pair_do_not_match(bench: Bench) -> None:
    keys, types = bench.keys, bench.types
    success, error = (
        bench.pair(f"CS02bSupplierBySupplier_6.15.1_IMMEDIATE_{end}")
        for end in ("SUCCESS", "ERROR")
    )
    crossed = replace(success, response=error.response)
    found = ReplayResult()
    Replayer(keys, types, Policy()).replay(crossed, found)
    assert found.matched == []
    assert found.differ


def test_pairs_whose_answer_gave_what_it_shows_are_counted_apart(
    result: ConformanceResult,
) -> None:
    replay = result.replay
    own = {
        name
        for name in replay.matched
        if replay.use_cases[name] in {"CS02c", "CS02e"} and "_ERROR_" in name
    }
    assert own
    assert own <= set(replay.from_answer)
    assert all(each.startswith("the fault: ") for name in own for each in replay.from_answer[name])
    requests = {name for name in replay.matched if name not in own and "CS02c" in name}
    assert all("self-signature" in replay.from_answer[name][0] for name in requests)
    assert set(replay.from_answer) <= set(replay.matched)
    document = replay.as_json()
    assert document["found_out"] + len(document["from_answer"]) == document["matched"]
    # Nothing but the device's own credentials, its values and faults is given by the answer alone.
    values = {row.name for row in USE_CASES.values() if row.code in USES}
    allowed = values | {"CS02c", "CS02d", "CS02e"}
    assert {replay.use_cases[name] for name in replay.from_answer} <= allowed
