"""The built-in stories, played in memory."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story_file import builtin_stories, load_story
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import TOP_UP
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, RunVerdicts
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import RULES_BY_CODE, ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.utrn import COUNTER_STEP
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.drills.attacker_stories import FLEET
from tests.bench.drills.rehearsal import (
    HANDOVER_STORY,
    ROOT_STORY,
    SUPPLIER_STORY,
    Rehearsal,
    rehearse,
)

RECOVERY_MODE = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
STORIES = [HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY]

BY_STORY = pytest.mark.parametrize("name", STORIES)
Played = Callable[[str], Rehearsal]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A story played at two premises, once for all tests that only look at it."""

    @cache
    def play(name: str) -> Rehearsal:
        return asyncio.run(rehearse(name, tmp_path_factory.mktemp(name), premises=2))

    return play


def test_the_shipped_names_stay() -> None:
    assert {story.name for story in builtin_stories()} >= {*STORIES, FLEET}


@BY_STORY
def test_each_refusal_is_expected_for_one_reason(name: str) -> None:
    expected = [getattr(step, "expect", None) for step in load_story(name).steps]
    refusals = [each for each in expected if isinstance(each, RefusalExpected)]
    assert refusals
    assert [len(each.refused) for each in refusals] == [1] * len(refusals)


@BY_STORY
def test_a_replay_under_a_present_key_is_refused_as_replayed_alone(
    name: str, played: Played
) -> None:
    replays = [step for step in load_story(name).steps if isinstance(step, ReplayStep)]
    by_counter = {step.name for step in replays if step.expect.refused == (RefusalReason.REPLAYED,)}
    assert by_counter
    rows = played(name).rows(
        "SELECT step.name, refusal.reason FROM refusal JOIN step ON step.id = refusal.step"
    )
    assert {reason for step, reason in rows if step in by_counter} == {"replayed"}


@BY_STORY
def test_every_step_of_the_story_passes(name: str, played: Played) -> None:
    run = played(name)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert set(run.steps().values()) == {"passed"}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        (HANDOVER_STORY, ProcedureVerdict.NOTHING_TO_FOLLOW),
        (ROOT_STORY, ProcedureVerdict.FOLLOWED),
        (SUPPLIER_STORY, ProcedureVerdict.FOLLOWED),
    ],
)
def test_the_procedure_of_the_story_was_followed(
    name: str, verdict: ProcedureVerdict, played: Played
) -> None:
    run = played(name)
    assert run.departures() == []
    assert run.verdicts == RunVerdicts(verdict, DevicesVerdict.RIGHT)
    assert run.whole is Outcome.PASSED


async def test_the_report_counts_the_commands_that_went_out(tmp_path: Path) -> None:
    """Of two homes with six devices, the two gas meters get a command under a protected key."""
    whole = next(story for story in builtin_stories() if story.name == SUPPLIER_STORY)
    steps: list[Step] = [
        step for step in whole.steps if not isinstance(step, SendingStep | ReplayStep)
    ]
    recovery = next(step for step in whole.steps if getattr(step, "mode", "") == RECOVERY_MODE)
    steps.insert(-1, recovery.model_copy(update={"devices": (DeviceType.GSME,)}))
    story = whole.model_copy(update={"steps": tuple(steps)})
    run = await rehearse(story, tmp_path, premises=2)
    sent = [
        (message.originator, message.target)
        for (octets,) in run.rows("SELECT octets FROM message WHERE direction = 'to device'")
        for message in [parse_message(octets)]
        if message.code in RULES_BY_CODE
    ]
    assert len(sent) == len(set(sent)) == 2
    [(report,)] = run.rows("SELECT detail FROM governance WHERE event = 'Step report'")
    words = "2 commands under a protected key went to 2 devices, of 6 devices in the drill"
    assert report.endswith(words)


def cells(run: Rehearsal, phase: str, source: str) -> dict[tuple[str, str], str]:
    query = f"SELECT device, cell, key_identifier FROM cell WHERE phase = '{phase}'"
    rows = run.rows(f"{query} AND source = '{source}'")
    return {(device, name): key for device, name, key in rows}


def test_contingency_changes_every_cell_by_both_readings(played: Played) -> None:
    run = played(ROOT_STORY)
    before, after = cells(run, "before", "image"), cells(run, "after", "image")
    # ESME 9, GSME 7, GPF 9, CHF 6 cells (with transitionalCoS, by default policy).
    assert len(before) == 2 * 31
    assert before.keys() == after.keys()
    assert all(before[cell] != after[cell] for cell in before)
    assert cells(run, "before", "CS02a") == before
    assert cells(run, "after", "CS02a") == after


def test_recovery_changes_the_suppliers_cells_alone(played: Played) -> None:
    run = played(SUPPLIER_STORY)
    before, after = cells(run, "before", "image"), cells(run, "after", "image")
    changed = {cell for cell in before if before[cell] != after[cell]}
    names = {"supplier.DS", "supplier.KA", "supplier.KA.PP"}
    assert {name for _, name in changed} == names
    assert len(changed) == 2 * 9  # three cells in each of ESME, GSME and GPF
    assert cells(run, "after", "CS02a") == after


@pytest.mark.parametrize("name", [ROOT_STORY, SUPPLIER_STORY])
def test_custody_is_used_only_after_the_decision(name: str, played: Played) -> None:
    run = played(name)
    rows = run.rows("SELECT event, at FROM governance ORDER BY at, rowid")
    used = [at for event, at in rows if event == "Custody used"]
    decided = [at for event, at in rows if event == "SMKI PMA decision"]
    refused = [at for event, at in rows if event == "Custody refused"]
    assert used
    assert max(decided) < min(used)
    assert min(refused) < max(decided)


def test_the_record_of_people_is_in_words_and_holds_no_code(played: Played) -> None:
    details = [row[0] for row in played(ROOT_STORY).rows("SELECT detail FROM governance")]
    assert not [text for text in details if re.search(r"require-|supplier-\d|iv\), minutes", text)]
    assert "the DCC tells the SMKI PMA that the Root OCA's private key" in "\n".join(details)
    needed = [text for text in details if text.startswith("the Contingency Private Key must be")]
    assert len(needed) == 1


def test_the_attacker_is_refused_for_the_right_reasons(played: Played) -> None:
    run = played(ROOT_STORY)
    rows = run.rows(
        "SELECT step.name, refusal.reason FROM refusal JOIN step ON step.id = refusal.step"
    )
    reasons: dict[str, set[str]] = {}
    for step, reason in rows:
        reasons.setdefault(step, set()).add(reason)
    assert reasons["attack"] == {"contingency key does not unwrap"}
    # The floors of zero let captured counters through: only the keys stop these commands.
    assert reasons["replay-contingency"] == {"contingency key does not unwrap"}
    assert reasons["replay-old-supplier"] == {"bad signature"}
    assert reasons["attack-overheard"] == {"bad signature"}
    assert reasons["old-supplier-refused"] == {"bad signature"}
    assert reasons["old-supplier-cannot-return"] == {"bad signature"}
    assert reasons["old-broker-refused"] == {"bad mac"}
    assert reasons["old-recovery-refused"] == {"bad signature"}


async def test_a_floor_that_lowers_an_unchanged_keys_counter_lets_the_replay_in(
    tmp_path: Path,
) -> None:
    policy = Policy.from_choices({"floor_scope": "always"})
    run = await rehearse(SUPPLIER_STORY, tmp_path, policy=policy)
    assert run.outcome is Outcome.FAILED
    assert run.steps()["replay-recovery"] == "failed"


def messages(run: Rehearsal) -> list[tuple[str, str, str]]:
    return run.rows("SELECT device, direction, digest FROM message ORDER BY id")


@BY_STORY
async def test_the_same_seed_gives_the_same_octets(name: str, tmp_path: Path) -> None:
    first = await rehearse(name, tmp_path / "1", seed=7)
    again = await rehearse(name, tmp_path / "2", seed=7)
    assert messages(first) == messages(again)


@BY_STORY
def test_another_seed_shares_no_message_and_no_device(
    name: str, played: Played, tmp_path: Path
) -> None:
    other_run = asyncio.run(rehearse(name, tmp_path, seed=8))
    first, other = messages(played(name)), messages(other_run)
    assert not {row[2] for row in first} & {row[2] for row in other}
    assert not {row[0] for row in first} & {row[0] for row in other}


def test_nothing_in_a_message_comes_from_the_wall_clock(played: Played) -> None:
    run = played(ROOT_STORY)
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    steps = load_story(ROOT_STORY).steps
    top_ups = {each.name for each in steps if isinstance(each, UseStep) and each.what == TOP_UP}
    begin, end = (int(at.timestamp()) for at in (start, start + timedelta(days=1)))
    for counter, step in run.rows(
        "SELECT counter, step.name FROM message JOIN step ON step.id = message.step"
        " WHERE direction = 'to device'"
    ):
        unit = COUNTER_STEP if step in top_ups else 1000
        assert begin * unit <= int(counter) < end * unit


def test_no_party_uses_an_originator_counter_twice(played: Played) -> None:
    run = played(ROOT_STORY)
    rows = run.rows(
        "SELECT originator, counter FROM message JOIN step ON step.id = message.step "
        "WHERE direction = 'to device' AND step.name NOT LIKE 'replay%'"
        # A token has its own counter, and one that is brought again has it again.
        " AND step.name != 'tokens-spent-twice'"
    )
    assert len(rows) == len(set(rows))
    # Supplier, Broker, Contingency, network operator, CoS party, WAN provider, stolen Recovery.
    assert len({originator for originator, _ in rows}) == 7
    assert RemotePartyRole.SUPPLIER in {int(originator[-2:], 16) for originator, _ in rows}
