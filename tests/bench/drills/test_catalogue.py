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
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.step_log import StepFinding
from firmware_sim.bench.drills.story_file import builtin_stories, load_story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.verdict_terms import VerdictTerms
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills.attacker_stories import FLEET
from tests.bench.drills.rehearsal import HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY
from tests.bench.drills.rehearsal import rehearse as play
from tests.bench.drills.shipped import Shipped

SIGNATURE, MAC, REPLAYED = "bad signature", "bad mac", "replayed"
AUTHORITY, UNWRAP = "no authority", "contingency key does not unwrap"
NOT_SIGNED, NO_ANCHOR, NOT_SERVED = "not signed", "noTrustAnchor", "not served"

PRINTING = "prepayment-key-compromise"
BOTH = "root-and-recovery-compromise"
FAILURE, SUSPECTED = "supplier-failure", "supplier-failure-suspected-key"
HUB, NOT_ADDRESSED = "hub-exchange", "not addressed to us"
OPERATOR = "wrong-network-operator"
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
    "D21": {
        "the new service by itself": ("cos-migration", "migration-by-the-new-service", SIGNATURE),
        "a switch by the new service before": ("cos-migration", "switch-too-early", SIGNATURE),
        "a switch by the old service after": (
            "cos-migration", "old-service-switches-nobody", SIGNATURE,
        ),
        "the cell taken back": ("cos-migration", "old-service-takes-nothing-back", SIGNATURE),
        "a switch of a device left behind": (
            "cos-migration", "left-behind-cannot-switch", SIGNATURE,
        ),
        "a captured switch": ("cos-migration", "replay-the-old-switch", SIGNATURE),
        "a captured migration": ("cos-migration", "replay-the-migration", SIGNATURE),
        "the same counter again": ("cos-migration", "replay-the-switch", REPLAYED),
    },
    "D22": {
        "Method 2 without a Compromise": (FAILURE, "method-2-without-a-compromise", NOT_SIGNED),
        "any key without a Compromise": (FAILURE, "no-short-cut", ""),
        "Method 2 on suspicion alone": (SUSPECTED, "suspicion-alone", NOT_SIGNED),
        "Method 3 by a decision for Method 2": (SUSPECTED, "method-3", NOT_SIGNED),
        "nobody acts with the keys": (FAILURE, "nobody-tops-up", NOT_SERVED),
        "a provider without a delay": (FAILURE, "provider-too-early", "refused"),
        "a transfer that has to wait": (FAILURE, "transfer-too-early", "refused"),
        "a revocation that has to wait": (FAILURE, "revoke-too-early", "refused"),
        "in the failed supplier's name": (FAILURE, "provider-rejected", NOT_SERVED),
        "tokens bought before": (FAILURE, "tokens-lost", "top up not authentic"),
        "the failed supplier's key": (FAILURE, "failing-obeyed-no-more", AUTHORITY),
        "its copy": (SUSPECTED, "attacker-refused", AUTHORITY),
    },
    "D23": {
        "its own operator is locked out": (OPERATOR, "owner-is-locked-out", AUTHORITY),
        "its own operator cannot take it": (OPERATOR, "owner-cannot-take-it", AUTHORITY),
        "no key of custody": (OPERATOR, "no-key-of-custody", ""),
        "the wrong operator afterwards": (
            OPERATOR, "wrong-operator-cannot-take-it-back", AUTHORITY,
        ),
        "its captured command": (OPERATOR, "replay-update", AUTHORITY),
    },
    "D24": {
        "not valid yet": ("expiry-in-time", "not-yet-valid", NO_ANCHOR),
        "not valid yet, hubs": ("expiry-in-time", "not-yet-valid-hubs", NO_ANCHOR),
        "valid by now, an old command": ("expiry-in-time", "replay-too-early", REPLAYED),
        "expired": ("expiry-in-time", "supplier-expired", NO_ANCHOR),
        "expired, hubs": ("expiry-in-time", "wan-provider-expired", NO_ANCHOR),
        "expired, the CoS party's": ("expiry-in-time", "cos-expired", NO_ANCHOR),
        "expired, the Broker's": ("expiry-in-time", "broker-expired", NO_ANCHOR),
        "expired, too late": ("expiry-too-late", "expired-certificate", NO_ANCHOR),
        "beneath an expired authority": ("expiry-too-late", "supplier-too-late", NO_ANCHOR),
        "the same, hubs": ("expiry-too-late", "wan-provider-too-late", NO_ANCHOR),
        "an authority of another root": ("expiry-too-late", "another-root", NO_ANCHOR),
        "the same, unchecked": ("expiry-too-late", "another-root-unchecked", NO_ANCHOR),
    },
    "D25": {
        "commands for the old hub": (HUB, "captured-reading", NOT_ADDRESSED),
        "a signed one": (HUB, "captured-wan-provider", NOT_ADDRESSED),
        "a use of its keys": (HUB, "captured-use", NOT_ADDRESSED),
        "after the counters began anew": (HUB, "captured-after-handover", NOT_ADDRESSED),
        "the old hub's key": (HUB, "stale-keys", MAC),
        "answers of the old hub": (HUB, "forged-answers", "not believed"),
        "the old hub itself": (HUB, "old-hub-silent", "silence"),
        "before handover": (HUB, "supplier-too-early", AUTHORITY),
        "after handover": (HUB, "broker-cannot-take-it-back", AUTHORITY),
    },
    "D26": {
        "the newest root alone": ("root-roll-stragglers", "newest-without-link", NO_ANCHOR),
        "the newest root first": ("root-roll-stragglers", "newest-first", NO_ANCHOR),
        "the newest root first, hubs": ("root-roll-stragglers", "newest-first-hubs", NO_ANCHOR),
        "two links at once": ("root-roll-stragglers", "two-links-at-once", NO_ANCHOR),
        "in the other order": ("root-roll-stragglers", "two-links-the-other-way", NO_ANCHOR),
        "the link of another root": ("root-roll-stragglers", "another-link", NO_ANCHOR),
        "a forged link": ("root-roll-stragglers", "forged-link", NO_ANCHOR),
        "a forged link, hubs": ("root-roll-stragglers", "forged-link-hubs", NO_ANCHOR),
        "an expired link": ("root-roll-stragglers", "link-expired", NO_ANCHOR),
        "a root gone by": ("root-roll-stragglers", "no-way-back", NO_ANCHOR),
        "beneath a root to come": (
            "root-roll-stragglers", "new-certificates-too-early", NO_ANCHOR,
        ),
        "the same counter again": ("root-roll-stragglers", "replay-catch-up", REPLAYED),
    },
    "D27": {"a key for an exercise": ("other-algorithms", "no-key-is-used", "")},
}  # fmt: skip
AT_LEAST = {
    "D01": 2, "D02": 1, "D03": 1, "D04": 1, "D05": 1, "D06": 2, "D07": 1, "D08": 1, "D09": 1,
    "D10": 1, "D11": 1, "D12": 1, "D13": 2, "D14": 4, "D15": 1, "D16": 0, "D17": 1, "D18": 0,
    "D19": 1, "D20": 1, "D21": 3, "D22": 1, "D23": 2, "D24": 3, "D25": 3, "D26": 3, "D27": 0,
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
    assert list(CATALOGUE) == [f"D{number:02}" for number in range(1, 28)]
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
    elif reason in {NOT_SIGNED, NOT_SERVED, "refused", "not believed", "silence"}:
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


@pytest.mark.parametrize("name", ["non-device-keys", "other-algorithms"])
def test_a_story_that_asks_no_device_is_green_only_where_it_declares_that(
    name: str, shipped: Shipped, tmp_path: Path
) -> None:
    run = shipped(name)
    assert run.rows("SELECT count(*) FROM message") == [(0,)]
    assert run.whole is Outcome.PASSED
    terms = VerdictTerms(procedure="followed", devices="right")
    story = load_story(name).model_copy(update={"verdicts": terms})
    assert asyncio.run(play(story, tmp_path)).whole is Outcome.NOT_AS_DECLARED


def test_what_no_key_can_mend_is_told_as_lost(shipped: Shipped) -> None:
    rows = shipped("root-and-contingency-compromise").rows(OUTCOMES)
    assert [json.loads(each)["outcome"] for (each,) in rows] == ["lost"] * 4
