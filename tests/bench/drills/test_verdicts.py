"""Red when a device does wrong, an error when the bench cannot go on, and never green idly."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from firmware_sim.machine.machine import Effects
from tests.bench.drills.rehearsal import (
    HANDOVER_STORY,
    ROOT_STORY,
    SUPPLIER_STORY,
    Rehearsal,
    play_on,
    rehearse,
    until,
)
from tests.bench.drills.rough_targets import AlteringTarget, PatientTarget

NO_WAIT = Waits(response=0, silence=0)


def altered(alter: Callable[[Message], Message | None]) -> Callable[[bytes], bytes | None]:
    """Alters responses, and leaves alerts alone."""

    def on_octets(octets: bytes) -> bytes | None:
        message = parse_message(octets)
        if message.cra is not CraFlag.RESPONSE:
            return octets
        result = alter(message)
        return None if result is None else result.build()

    return on_octets


def cut(story: str, *names: str) -> Story:
    """The story with some of its steps only."""
    whole = load_story(story)
    steps = tuple(step for step in whole.steps if step.name in names)
    assert len(steps) == len(names)
    return whole.model_copy(update={"steps": steps})


async def rehearse_altered(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    alter: Callable[[Message], Message | None],
    story: Story | str = ROOT_STORY,
) -> Rehearsal:
    play_on(monkeypatch, lambda premises: AlteringTarget(premises, altered(alter)))
    return await rehearse(story, folder, waits=NO_WAIT)


def silent_to_updates(message: Message) -> Message | None:
    return None if message.code in RULES_BY_CODE else message


def unsigned(message: Message) -> Message:
    return message if message.mac else replace(message, signature=b"")


def unmaced(message: Message) -> Message:
    return replace(message, mac=None)


def resigned(message: Message) -> Message:
    """Signed by the device after all: what the device itself would say."""
    key, _ = DrillPki.generate(1).issue_device(message.originator, KeyUsage.DIGITAL_SIGNATURE)
    return with_signature(message, key, P256Suite())


def flipped_signature(message: Message) -> Message:
    if not message.signature:
        return message
    signature = bytes((message.signature[0] ^ 1,)) + message.signature[1:]
    return replace(message, signature=signature)


@pytest.mark.parametrize(
    ("alter", "step"),
    [
        (lambda _message: None, "cells-before"),
        (unmaced, "cells-before"),
        (unsigned, "old-supplier-works"),
        (flipped_signature, "old-supplier-works"),
        (lambda message: replace(message, counter=message.counter + 1), "cells-before"),
        (lambda message: replace(message, payload=message.payload[:-1]), "cells-before"),
    ],
)
async def test_a_device_that_answers_wrong_or_not_at_all_fails(
    alter: Callable[[Message], Message | None],
    step: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = await rehearse_altered(monkeypatch, tmp_path, alter, until(ROOT_STORY, step))
    assert run.outcome is Outcome.FAILED
    assert run.steps()[step] == "failed"


async def test_the_read_back_stands_in_for_a_lost_response(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await rehearse_altered(monkeypatch, tmp_path, silent_to_updates)
    assert run.outcome is Outcome.PASSED, run.reasons()
    rows = run.rows("SELECT actual FROM verdict WHERE name = 'outcome of every cell'")
    assert {actual for (actual,) in rows} == {"read back: done, the response was lost"}


async def test_a_device_that_claims_what_it_has_not_done_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that answers an update as if it had executed it is found by both readings."""
    true_receive = Device.receive

    def lazy(device: Device, octets: bytes) -> Effects:
        before = device.flash.snapshot()
        effects = true_receive(device, octets)
        if parse_message(octets).code in RULES_BY_CODE and effects.refusal is None:
            device.flash.restore(before)
            device.power_on()
        return effects

    monkeypatch.setattr(Device, "receive", lazy)
    run = await rehearse(until(ROOT_STORY, "cells-after"), tmp_path, waits=NO_WAIT)
    assert run.outcome is Outcome.FAILED
    assert run.steps()["contingency"] == "passed"
    assert run.steps()["cells-after"] == "failed"
    failed = run.rows(
        "SELECT verdict.name FROM verdict JOIN step ON step.id = verdict.step "
        "WHERE step.name = 'cells-after' AND verdict.verdict = 'failed'"
    )
    assert ("cells in the flash image",) in failed


async def test_a_cell_that_reports_a_failure_fails_the_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The NULL that accepts a command is not enough: every cell's outcome counts."""

    def one_failed(message: Message) -> Message:
        if message.code not in RULES_BY_CODE:
            return message
        outcome = UpdateResponse.decode(message.payload).outcome
        assert outcome is not None
        first, *others = outcome.outcomes
        first = first._replace(status=StatusCode.NO_TRUST_ANCHOR)
        told = outcome._replace(outcomes=(first, *others))
        return resigned(replace(message, payload=UpdateResponse(told).encode()))

    story = until(ROOT_STORY, "contingency")
    run = await rehearse_altered(monkeypatch, tmp_path, one_failed, story)
    assert run.outcome is Outcome.FAILED
    rows = run.rows("SELECT DISTINCT reason FROM verdict WHERE verdict = 'failed'")
    assert any("not replaced as commanded" in reason for (reason,) in rows)


async def test_a_replay_that_is_answered_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "firmware_sim.machine.commands.read_credentials.check_counter", lambda *_: None
    )
    story = cut(ROOT_STORY, "old-supplier-works", "replay-old-supplier")
    run = await rehearse(story, tmp_path)
    assert run.outcome is Outcome.FAILED
    assert run.steps()["replay-old-supplier"] == "failed"


async def test_a_drill_without_premises_is_nothing_ran(tmp_path: Path) -> None:
    run = await rehearse(ROOT_STORY, tmp_path, premises=0)
    assert run.outcome is Outcome.NOTHING_RAN


async def test_a_step_without_a_device_is_nothing_ran(tmp_path: Path) -> None:
    story = cut(ROOT_STORY, "cells-before", "old-supplier-works")
    look, ask = story.steps
    no_party = ask.model_copy(update={"by": RemotePartyRole.LOAD_CONTROLLER})
    run = await rehearse(story.model_copy(update={"steps": (look, no_party)}), tmp_path)
    assert run.outcome is Outcome.NOTHING_RAN
    assert run.steps() == {"cells-before": "passed", "old-supplier-works": "skipped"}


async def test_recovery_without_a_decision_stops_the_drill(tmp_path: Path) -> None:
    run = await rehearse(cut(ROOT_STORY, "contingency", "cells-after"), tmp_path)
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED
    assert run.steps() == {"contingency": "skipped"}
    assert "without a decision" in run.reasons()
    assert "I1: the contingency key was asked for" in run.reasons()
    assert run.rows("SELECT count(*) FROM message") == [(0,)]


async def test_a_gate_that_lets_three_members_decide_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "firmware_sim.bench.governance.committee.Meeting.require_quorum", lambda _self: None
    )
    run = await rehearse(ROOT_STORY, tmp_path)
    assert run.outcome is Outcome.ERROR
    assert run.steps()["too-few"] == "error"


@pytest.mark.parametrize("story", [ROOT_STORY, SUPPLIER_STORY])
async def test_custody_that_signs_without_a_decision_is_an_error(
    story: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "firmware_sim.bench.governance.decision.DecisionGate.verify",
        lambda _self, decision: decision.decision,
    )
    run = await rehearse(story, tmp_path)
    assert run.outcome is Outcome.ERROR
    assert run.steps()["no-short-cut"] == "error"


async def test_a_bug_of_the_bench_is_recorded_and_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "firmware_sim.bench.drills.reading.reported_holdings",
        lambda _response: dict[str, int]()["gone"],
    )
    with pytest.raises(KeyError):
        await rehearse(ROOT_STORY, tmp_path)
    run = Rehearsal(Outcome.ERROR, tmp_path)
    assert run.steps() == {"cells-before": "error"}
    assert "KeyError" in run.reasons()


@pytest.mark.parametrize("premises", [-1, 1 << 30])
async def test_an_impossible_number_of_premises_is_a_usage_error(
    premises: int, tmp_path: Path
) -> None:
    with pytest.raises(UsageError):
        await rehearse(ROOT_STORY, tmp_path, premises=premises)


async def test_an_unknown_target_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no target"):
        await rehearse(ROOT_STORY, tmp_path, target="carrier-pigeon")


async def test_a_broker_that_is_not_there_is_an_error_of_the_bench(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="cannot reach an MQTT broker"):
        await rehearse(ROOT_STORY, tmp_path, target="mqtt://127.0.0.1:1")


async def test_a_cancelled_drill_leaves_its_steps_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a user presses Ctrl-C: the ledger has the steps so far, the last without an end."""
    all_asked, answers = asyncio.Event(), []

    def silent(message: Message) -> None:
        answers.append(message)
        if len(answers) == 4:
            all_asked.set()

    class PatientAlteringTarget(AlteringTarget, PatientTarget):
        """Its silence takes time."""

    play_on(monkeypatch, lambda premises: PatientAlteringTarget(premises, altered(silent)))
    story = cut(ROOT_STORY, "root-falls", "cells-before")
    ordered = story.model_copy(update={"steps": tuple(reversed(story.steps))})
    drill = asyncio.create_task(rehearse(ordered, tmp_path, waits=Waits(response=60)))
    await all_asked.wait()
    drill.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drill
    run = Rehearsal(Outcome.INTERRUPTED, tmp_path)
    assert run.steps() == {"root-falls": "passed", "cells-before": None}
    assert run.rows("SELECT count(*) FROM message") == [(4,)]


async def test_a_refusal_that_the_security_log_does_not_hold_fails_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a device says to its bench is compared with what stands in its flash."""
    monkeypatch.setattr("firmware_sim.machine.security_log.RefusalTallies.count", lambda *_: None)
    story = until(HANDOVER_STORY, "supplier-reads-too-early")
    run = await rehearse(story, tmp_path, waits=NO_WAIT)
    assert run.steps()["supplier-reads-too-early"] == "failed"
    assert "security log in the flash image holds no refusal" in run.reasons()


def with_long_length(message: Message) -> Message:
    """As 18 of 45 published answers are: a length in more octets than DER allows."""
    payload = message.payload
    if payload[1] >= 0x80:
        size = payload[1] & 0x7F
        head = bytes((payload[0], 0x80 | size + 1, 0)) + payload[2 : 2 + size]
        rest = payload[2 + size :]
    else:
        head, rest = bytes((payload[0], 0x81, payload[1])), payload[2:]
    changed = replace(message, payload=head + rest)
    if message.mac is None:
        return resigned(changed)
    pki, suite = DrillPki.generate(1), P256Suite()
    key, _ = pki.issue_device(message.originator, KeyUsage.KEY_AGREEMENT)
    broker = pki.party(RemotePartyRole.ACCESS_CONTROL_BROKER)
    own = suite.public_key(broker.private_key(KeyUsage.KEY_AGREEMENT))
    return with_mac(changed, suite.agree(key, own), suite)


@pytest.mark.parametrize(
    ("strict", "outcome", "verdict"),
    [(False, Outcome.PASSED, "passed"), (True, Outcome.FAILED, "failed")],
)
async def test_answers_that_are_not_der_are_a_warning_or_by_strict_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    strict: bool,
    outcome: Outcome,
    verdict: str,
) -> None:
    play_on(monkeypatch, lambda premises: AlteringTarget(premises, altered(with_long_length)))
    story = cut(ROOT_STORY, "cells-before")
    run = await rehearse(story, tmp_path, waits=NO_WAIT, strict=strict)
    assert run.outcome is outcome
    found = run.rows("SELECT verdict, reason FROM verdict WHERE name = 'form of the answer'")
    assert [each for each, _ in found] == [verdict] * 4
    assert all("more than needed" in reason for _, reason in found)
