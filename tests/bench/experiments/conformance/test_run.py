"""A whole run over a set of our own: what is found, and what is found when it is spoilt."""

import json
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.result import ConformanceResult
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import with_mac
from firmware_sim.gbcs.use_cases import USE_CASES, UseCase
from tests.bench.experiments.conformance.own_set import (
    BROKER_KA,
    OWNERS,
    SECRET,
    SUITE,
    SUPPLIER_DS,
    SUPPLIER_KA,
    SUPPLIER_PP,
    OwnSet,
    query_command,
    query_response,
    report,
)

SUPPLIER = (SUPPLIER_DS, SUPPLIER_KA, SUPPLIER_PP)
COMMAND, RESPONSE = "1_CS02a/CS02a_1_SUCCESS_COMMAND", "1_CS02a/CS02a_1_SUCCESS_RESPONSE"


def run(own_set: OwnSet, *, strict: bool = False, **choices: Any) -> ConformanceResult:
    policy = Policy(**choices)
    return run_conformance(locate(own_set.root), strict=strict, policy=policy, progress=Silent())


def test_sound_set_passes(own_set: OwnSet) -> None:
    own_set.add_pair()
    result = run(own_set, strict=True)
    assert result.exit_code is ExitCode.PASSED
    found = result.as_json()
    assert found["messages"] == {"parsed": 2, "failed": 0}
    assert found["signatures"] == {"ok": 0, "bad": 0, "no_key": 0}
    assert found["macs"] == {"ok": 2, "bad": 0, "no_key": 0}
    assert found["round_trip"] == {"identical": 2, "non_der": 0, "differs": 0}
    assert (found["replay"]["pairs"], found["replay"]["matched"]) == (1, 1)
    assert found["replay"]["differ"] == found["replay"]["unsupported"] == []
    assert found["replay"]["macs_equal"] == 1


def test_match_is_proven_by_the_start_states_that_do_not_match(own_set: OwnSet) -> None:
    own_set.add_pair()
    (wrong,) = run(own_set).replay.wrong_states.values()
    assert set(wrong) == {
        "another device",
        "counter already used",
        "another certificate in supplier.DS",
        "another certificate in supplier.KA",
        "another certificate in supplier.KA.PP",
        "another certificate in accessControlBroker.KA",
    }


def test_start_state_that_makes_no_difference_is_a_failure(own_set: OwnSet) -> None:
    """A device that ignores the counters of reads answers the same after a replay, for a role
    that it does not hold: then the match proves less than it claims.
    """
    own_set.add(COMMAND, query_command())
    nothing_held = bytes.fromhex("3008 3006 020102 0a0119")
    own_set.add(RESPONSE, query_response(nothing_held))
    assert run(own_set).exit_code is ExitCode.PASSED
    result = run(own_set, read_counter="ignore")
    assert "counter already used" in result.replay.differ[0].reason
    assert result.exit_code is ExitCode.DEVICE_FAILED


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (query_response(report(*SUPPLIER)[:-1] + b"\x00"), "not published"),
        (query_response(report(SUPPLIER_KA, SUPPLIER_DS, SUPPLIER_PP)), "the payload is"),
        (query_response(report(SUPPLIER_DS, SUPPLIER_KA, SUPPLIER_KA)), "the payload is"),
        (query_response(report(*SUPPLIER), counter=6), "counter is 5, not 6"),
        (replace(query_response(report(*SUPPLIER)), mac=bytes(12)), "the MAC differs"),
    ],
)
def test_other_answer_is_found(own_set: OwnSet, response: Message, reason: str) -> None:
    own_set.add(COMMAND, query_command())
    own_set.add(RESPONSE, response)
    replay = run(own_set).replay
    assert replay.matched == []
    (found,) = [*replay.differ, *replay.unsupported]
    assert reason in found.reason


def test_counter_that_an_answer_shows_is_part_of_the_state(own_set: OwnSet) -> None:
    own_set.add(COMMAND, query_command())
    own_set.add(RESPONSE, query_response(report(*SUPPLIER, counter=77)))
    assert run(own_set).replay.matched == [f"{COMMAND}_GBCS"]


def test_lengths_that_are_not_der_match_but_fail_a_strict_run(own_set: OwnSet) -> None:
    own_set.add(COMMAND, query_command())
    payload = report(*SUPPLIER)
    own_set.add(RESPONSE, query_response(payload[:1] + b"\x81" + payload[1:]))
    result = run(own_set)
    assert result.exit_code is ExitCode.PASSED
    assert result.replay.matched
    assert result.as_json()["round_trip"] == {"identical": 1, "non_der": 1, "differs": 0}
    assert run(own_set, strict=True).exit_code is ExitCode.DEVICE_FAILED


def test_refusal_is_told(own_set: OwnSet) -> None:
    command = replace(query_command(), mac=bytes(12))
    own_set.add(COMMAND, command)
    own_set.add(RESPONSE, query_response(report(*SUPPLIER)))
    result = run(own_set)
    assert result.macs.total() == 2
    assert "does not verify" in result.wrong[0].reason
    assert "Access Control Broker" in result.replay.unsupported[0].reason


@pytest.mark.parametrize("text", ["zz", "", "df0901", "00" * 9000])
def test_file_that_is_no_message_fails_and_the_rest_is_checked(own_set: OwnSet, text: str) -> None:
    own_set.add_pair()
    own_set.add("1_CS02a/broken_COMMAND", text)
    result = run(own_set)
    assert result.messages == {"parsed": 2, "failed": 1}
    assert result.exit_code is ExitCode.DEVICE_FAILED
    assert result.wrong[0].name == "1_CS02a/broken_COMMAND_GBCS"
    assert len(result.replay.matched) == 1


def test_keys_that_are_not_published_leave_things_unchecked(own_set: OwnSet) -> None:
    own_set.add_pair()
    entries = [owner.entry() for owner in OWNERS if owner is not BROKER_KA]
    (own_set.root / "keystore.json").write_text(json.dumps(entries))
    result = run(own_set)
    assert result.as_json()["macs"] == {"ok": 0, "bad": 0, "no_key": 2}
    assert "Access Control Broker" in result.replay.unsupported[0].reason
    assert result.exit_code is ExitCode.PASSED
    assert run(own_set, strict=True).exit_code is ExitCode.DEVICE_FAILED


def test_root_that_is_not_published_leaves_the_pair_unexecuted(own_set: OwnSet) -> None:
    own_set.add_pair()
    (own_set.root / "issuers.json").write_text("[]")
    assert "root" in run(own_set).replay.unsupported[0].reason


def test_use_case_that_is_not_executed_is_listed(
    own_set: OwnSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = UseCase(MessageCode(0xFFFF), "CS02z", "M", "M", "-", executed=False)
    monkeypatch.setitem(USE_CASES, made_up.code, made_up)
    command = replace(query_command(), code=made_up.code)
    own_set.add("1_CS02z/CS02z_1_COMMAND", with_mac(command, SECRET, SUITE))
    response = replace(query_response(b"\x02\x01\x03"), code=made_up.code)
    own_set.add("1_CS02z/CS02z_1_RESPONSE", with_mac(response, SECRET, SUITE))
    replay = run(own_set).replay
    assert [finding.reason for finding in replay.unsupported] == ["CS02z is not executed"]
    assert replay.pairs == 1


def test_empty_folder_runs_nothing(own_set: OwnSet) -> None:
    assert run(own_set).exit_code is ExitCode.NOTHING_RAN


def test_result_states_what_it_rests_on(own_set: OwnSet) -> None:
    found = run(own_set).as_json()
    assert set(found["policy"]) == {point.point.name for point in Policy().describe()}
    assert "only if the stamp's status says that it is reliable" in found["time_reading"]
    assert json.loads(json.dumps(found)) == found
