"""The catalogue: each incident has its stories, each row of the table its negatives, all play.

`NEGATIVES` is the table of the specification's reading in our words: which attempts each incident
must show to fail, where that is shown, and for which reason.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.bench.drills import device_update
from firmware_sim.bench.drills.authoring.catalogue import CATALOGUE, incident_of
from firmware_sim.bench.drills.authoring.outline import outline
from firmware_sim.bench.drills.device_update import DeviceUpdate
from firmware_sim.bench.drills.step_log import StepFinding
from firmware_sim.bench.drills.story import RefusalExpected, UpdateStep
from firmware_sim.bench.drills.story_file import builtin_stories, load_story
from firmware_sim.bench.drills.verdict_terms import VerdictTerms
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills.attacker_stories import FLEET
from tests.bench.drills.rehearsal import HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY
from tests.bench.drills.rehearsal import rehearse as play
from tests.bench.drills.shipped import Shipped

SIGNATURE, MAC, REPLAYED = "bad signature", "bad mac", "replayed"
AUTHORITY, UNWRAP = "no authority", "contingency key does not unwrap"
NOT_SIGNED, NO_ANCHOR = "not signed", "noTrustAnchor"

PRINTING = "prepayment-key-compromise"
BOTH = "root-and-recovery-compromise"
NEGATIVES: dict[str, dict[str, tuple[str, str, str]]] = {
    "D01": {
        "another party's key": ("supplier-soft", "other-party", AUTHORITY),
        "the same counter again": ("supplier-soft", "replay", REPLAYED),
    },
    "D02": {"a gas meter": ("network-operator-soft", "gas-meter", AUTHORITY)},
    "D03": {
        "a switch by the old key": ("cos-party-soft", "old-key-hands-over-nothing", SIGNATURE)
    },
    "D04": {"a forged MAC": ("access-control-broker-soft", "forged-mac", MAC)},
    "D05": {"a meter": ("wan-provider-soft", "meters", AUTHORITY)},
    "D06": {
        "a third party's certificate": (
            "supplier-compromise-broker", "stranger-in-the-cells", NOT_SIGNED,
        ),
        "no decision": ("supplier-compromise-broker", "no-short-cut", ""),
    },
    "D07": {"the old key afterwards": (SUPPLIER_STORY, "attacker-refused", SIGNATURE)},
    "D08": {
        "a gas meter, Method 2": ("network-operator-compromise-broker", "gas-meter", NOT_SIGNED),
        "a gas meter, Method 3": ("network-operator-compromise-recovery", "gas-meter", NOT_SIGNED),
    },
    "D09": {
        "the attacker's MAC": ("access-control-broker-compromise-recovery", "forged-mac", MAC)
    },
    "D10": {"devices out of reach": ("fleet-of-one-supplier", "once-more", "unreachable")},
    "D11": {
        "the race, between": ("recovery-key-compromise", "race-between", SIGNATURE),
        "the race, after": ("recovery-key-compromise", "race-after", SIGNATURE),
        "the race, the other way": ("recovery-key-replaces-itself", "race-after", SIGNATURE),
    },
    "D12": {"beneath the old authority": ("issuing-oca-compromise", "old-chain", SIGNATURE)},
    "D13": {
        "a forged link": ("root-roll", "forged-link-meters", NO_ANCHOR),
        "a forged link, hubs": ("root-roll", "forged-link-hubs", NO_ANCHOR),
        "no link, by Recovery": ("root-roll-by-recovery", "no-link", NO_ANCHOR),
    },
    "D14": {
        "a wrong symmetric key": (ROOT_STORY, "attack", UNWRAP),
        "an altered wrapped key": (BOTH, "damaged-blob", "badCertificate"),
        "no symmetric key": (BOTH, "no-symmetric-key", "malformed"),
        "Recovery at the root": (BOTH, "recovery-tries-the-root", NO_ANCHOR),
    },
    "D15": {
        "a captured command": ("contingency-key-compromise", "replay-contingency", REPLAYED),
        "the old symmetric key": ("contingency-key-compromise", "attack-again", UNWRAP),
    },
    "D16": {},
    "D17": {"no evidence": ("type-b-event", "operator-decision", "no event")},
    "D18": {},
    "D19": {"acceptance taken for success": ("partial-failure", "recovery", "failed cell")},
    "D20": {"the same counter again": ("rough-contingency", "same-counter", REPLAYED)},
}  # fmt: skip
AT_LEAST = {
    "D01": 2, "D02": 1, "D03": 1, "D04": 1, "D05": 1, "D06": 2, "D07": 1, "D08": 1, "D09": 1,
    "D10": 1, "D11": 1, "D12": 1, "D13": 2, "D14": 4, "D15": 1, "D16": 0, "D17": 1, "D18": 0,
    "D19": 1, "D20": 1,
}  # fmt: skip
"""How many negatives the row of each incident has."""

OUTCOMES = "SELECT content FROM account WHERE kind = 'device outcome'"
NAMES = [name for names in CATALOGUE.values() for name in names]
EACH = [
    pytest.param(*where, id=f"{number} {words}")
    for number, row in NEGATIVES.items()
    for words, where in row.items()
]
OLD = (HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY)
"""Shipped before stories could declare verdicts: many tests play a part of them."""


def test_the_catalogue_holds_every_story_that_comes_with_the_project_but_three() -> None:
    assert {*NAMES, HANDOVER_STORY, FLEET, PRINTING} == {story.name for story in builtin_stories()}
    assert len(set(NAMES)) == len(NAMES)
    assert list(CATALOGUE) == [f"D{number:02}" for number in range(1, 21)]
    assert incident_of(HANDOVER_STORY) is None


def test_every_row_of_the_table_has_its_negatives_in_a_story_of_its_own_or_beside_it() -> None:
    assert list(NEGATIVES) == list(AT_LEAST) == list(CATALOGUE)
    for number, row in NEGATIVES.items():
        assert len(row) >= AT_LEAST[number], number
        assert all(name in NAMES for name, _, _ in row.values())
        if row:
            assert any(name in CATALOGUE[number] for name, _, _ in row.values())


@pytest.mark.parametrize("name", [*NAMES, HANDOVER_STORY, PRINTING])
def test_a_story_ends_with_the_two_verdicts_that_it_declares(name: str, shipped: Shipped) -> None:
    run, story = shipped(name), load_story(name)
    declared, about = story.verdicts.values, outline(story)
    told = (about.procedure, about.devices_verdict)
    if name not in OLD:
        assert declared == told
    assert run.verdicts is not None
    assert (run.verdicts.procedure, run.verdicts.devices) == told, run.reasons()
    assert run.whole is Outcome.PASSED, run.reasons()


@pytest.mark.parametrize(("name", "step", "reason"), EACH)
def test_a_negative_of_the_table_fails_for_the_reason_of_its_row(
    name: str, step: str, reason: str, shipped: Shipped
) -> None:
    (said,) = (each for each in load_story(name).steps if each.name == step)
    run = shipped(name)
    expect = getattr(said, "expect", None)
    if isinstance(expect, RefusalExpected):
        (refused,) = expect.refused
        assert refused.label == reason
        rows = run.rows(
            "SELECT DISTINCT refusal.reason FROM refusal JOIN step ON step.id = refusal.step "
            f"WHERE step.name = '{step}'"
        )
        assert rows == [(reason,)]
    elif isinstance(expect, dict) and isinstance(said, UpdateStep):
        assert {status.label for status in expect.values()} == {reason}
    elif reason == NOT_SIGNED:
        assert expect == reason
    if step != "once-more":
        assert run.steps()[step] == "passed", run.reasons()


def test_devices_out_of_reach_are_tried_again_and_stay_on_the_list(shipped: Shipped) -> None:
    run = shipped("fleet-of-one-supplier")
    assert run.steps()["once-more"] == "skipped"
    (tried,) = run.rows("SELECT reason FROM step WHERE name = 'once-more'")
    assert "4 attempts" in tried[0]
    fates = [json.loads(each) for (each,) in run.rows(OUTCOMES)]
    assert Counter(each["outcome"] for each in fates)["unreachable"] == 3
    assert {each["outcome"] for each in fates} == {"recovered", "unreachable"}
    assert {each["responsible_supplier"] for each in fates} == {"alpha"}


def test_a_certificate_without_its_issuer_fails_in_one_cell_and_only_that_is_sent_again(
    shipped: Shipped,
) -> None:
    run = shipped("partial-failure")
    sent = run.rows(
        "SELECT step.name, count(*) FROM message JOIN step ON step.id = message.step "
        "WHERE direction = 'to device' AND step.name IN ('recovery', 'mend') GROUP BY step.name"
    )
    assert dict(sent) == {"recovery": 3, "mend": 1}


async def test_who_takes_the_acceptance_of_a_command_for_success_fails_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trusting(*_: object, **__: object) -> StepFinding:
        return StepFinding("accepted", passed=True)

    def all_of_it(self: DeviceUpdate) -> object:
        return dict(self._update.puts)

    monkeypatch.setattr(device_update, "check_outcome", trusting)
    monkeypatch.setattr(DeviceUpdate, "_installed", all_of_it)
    run = await play("partial-failure", tmp_path)
    assert run.devices is DevicesVerdict.WRONG
    assert run.steps()["mended"] == "failed"


def test_keys_of_no_device_are_green_only_where_the_story_declares_that(
    shipped: Shipped, tmp_path: Path
) -> None:
    run = shipped("non-device-keys")
    assert run.rows("SELECT count(*) FROM message") == [(0,)]
    assert run.whole is Outcome.PASSED
    terms = VerdictTerms(procedure="followed", devices="right")
    story = load_story("non-device-keys").model_copy(update={"verdicts": terms})
    assert asyncio.run(play(story, tmp_path)).whole is Outcome.NOT_AS_DECLARED


def test_what_no_key_can_mend_is_told_as_lost(shipped: Shipped) -> None:
    rows = shipped("root-and-contingency-compromise").rows(OUTCOMES)
    assert [json.loads(each)["outcome"] for (each,) in rows] == ["lost"] * 4
