"""Updates that no device may take, in steps that expect it; and wrong keys of Contingency."""

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.omit_terms import due_expectation
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.remarks import remarks
from firmware_sim.bench.drills.spoilt import judge_spoilt
from firmware_sim.bench.drills.step_log import StepFinding
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.narrative import what_happened
from firmware_sim.bench.evidence.verdict_words import devices_words
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.use_cases import CS02A
from tests.bench.drills.rehearsal import ROOT_STORY, rehearse
from tests.bench.drills.test_omissions import ROOT
from tests.bench.drills.wave_stories import HEAD, story_of

HUBS = "contingency-hubs"


def refused(reason: str) -> RefusalExpected:
    return RefusalExpected.model_validate({"refused": [reason]})


def contingency(**changes: Any) -> Story:
    """The shipped story with a spoilt first command of Contingency."""
    story = load_story(ROOT_STORY)
    (at,) = (number for number, step in enumerate(story.steps) if step.name == HUBS)
    changed = story.steps[at].model_copy(update=changes)
    steps_now = (*story.steps[:at], changed, *story.steps[at + 1 :])
    return story.model_copy(update={"steps": steps_now})


async def test_a_device_that_refuses_what_no_device_may_take_is_not_blamed(tmp_path: Path) -> None:
    run = await rehearse(contingency(omit=("symmetric key",)), tmp_path / "run")
    assert (run.whole, run.devices) == (Outcome.FAILED, DevicesVerdict.NOT_AS_DECLARED)
    assert run.rows("SELECT DISTINCT device IS NULL FROM verdict WHERE verdict = 'failed'") == [
        (1,)
    ]
    assert run.departures() == []  # what people would have done next is not known
    assert run.verdicts is not None
    assert run.verdicts.procedure is None
    *_, last = run.steps().items()
    assert last == (HUBS, "failed")
    assert "expect: {refused: [malformed]}" in run.reasons()


async def test_a_root_that_lacks_its_link_is_not_taken_and_no_device_is_blamed(
    tmp_path: Path,
) -> None:
    """The device answers here, and reports its cell as it was."""
    run = await rehearse(read_story(HEAD + ROOT + "    omit: [link certificate]\n", "s"), tmp_path)
    assert run.devices is DevicesVerdict.NOT_AS_DECLARED, run.reasons()
    assert "{root: noTrustAnchor}" in run.reasons()


def test_a_device_that_takes_what_no_device_may_take_is_wrong() -> None:
    command = Message(CraFlag.COMMAND, 1, EntityId(bytes(8)), EntityId(bytes(8)), CS02A, b"")
    taken = judge_spoilt(CommandResult(command, response=command), StepFinding("outcome", True))
    assert taken is not None
    assert not taken.passed
    assert judge_spoilt(CommandResult(command), StepFinding("outcome", False)) is None


@pytest.mark.parametrize("target", ["memory", "native"])
@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        ("symmetric key", "contingency key does not unwrap"),
        ("signature", "bad signature"),
    ],
)
async def test_a_wrong_contingency_key_comes_to_a_device_and_is_refused(
    forged: str, reason: str, target: str, tmp_path: Path
) -> None:
    story = contingency(forge=(forged,), expect=refused(reason))
    at = [step.name for step in story.steps].index(HUBS) + 1
    cut = story.model_copy(update={"steps": story.steps[:at]})
    run = await rehearse(cut, tmp_path, target=target)
    assert run.steps()[HUBS] == "passed", run.reasons()


async def test_a_wrong_signature_of_a_supplier_is_refused_before_its_mac(tmp_path: Path) -> None:
    step = "    forge: [signature]\n    expect: {refused: [bad signature]}\n"
    run = await rehearse(story_of(step), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


def test_a_check_remarks_what_such_a_step_must_expect() -> None:
    (told,) = (each for each in remarks(contingency(omit=("symmetric key",))) if HUBS in each)
    assert "without its symmetric key" in told
    assert "expect: {refused: [malformed]}" in told
    expecting = contingency(omit=("symmetric key",), expect=refused("malformed"))
    assert not [each for each in remarks(expecting) if HUBS in each]


def test_of_several_things_the_first_that_a_device_looks_at_is_due() -> None:
    assert due_expectation(("MAC",), ("signature",)) == "{refused: [wrong protection]}"
    assert due_expectation((), ("wrapped key", "signature")) == "{refused: [bad signature]}"


async def test_who_brings_the_wrong_contingency_key_is_told_so_and_what_is_next(
    tmp_path: Path,
) -> None:
    run = await rehearse(contingency(credentials=2), tmp_path / "run")
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED, run.reasons()
    (outside,) = (each for each in run.departures() if each.startswith("I8"))
    assert outside.endswith(
        "the wrong Contingency Symmetric Key was brought: generation 2 of the key, not 1 "
        "[SEC L10.2(a)]"
    )
    assert outside.count("[SEC") == 1
    record = export(run.folder)
    told = dict(what_happened(record))["What is next"]
    assert "no device was sent it" in told
    assert "4 Relevant Devices still trust the key that fell" in told
    assert "Next: bring a key" in told
    words = devices_words(DevicesVerdict.RIGHT, record.relevant_recovered)
    assert words.tone != "passed"
    assert words.sentence.endswith("None of 4 Relevant Devices is recovered.")
