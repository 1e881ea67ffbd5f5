"""At the end of a drill: costs by SEC L10.17, who may claim, who is deemed in breach."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.outcome import Outcome
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.drills.rehearsal import HANDOVER_STORY, ROOT_STORY, Rehearsal, rehearse

STORIES = Path(__file__).with_name("stories")


def story(name: str) -> Story:
    return load_story(str(STORIES / f"{name}.yaml"))


def accounts(run: Rehearsal, kind: str) -> list[Any]:
    rows = run.rows(f"SELECT content FROM account WHERE kind = '{kind}' ORDER BY rowid")
    return [json.loads(content) for (content,) in rows]


def brief(claim: Any) -> tuple[str, str, int]:
    return claim["party"], claim["provision"], claim["devices"]


def told(run: Rehearsal, event: str) -> str:
    query = f"SELECT detail FROM governance WHERE event = '{event}' ORDER BY id"
    return "\n".join(text for (text,) in run.rows(query))


async def test_a_key_that_served_at_every_device_leaves_costs_of_its_use_only(
    tmp_path: Path,
) -> None:
    """The Event is of 5 October 2026; three devices have a supplier's cells."""
    run = await rehearse(story("followed"), tmp_path)
    assert accounts(run, "costs") == [{"a": 3, "b_i": 0, "b_ii": 0}]
    (claim,) = accounts(run, "claim")
    assert brief(claim) == ("any Party", "SEC L10.17(a)", 3)
    (event,) = accounts(run, "event")
    assert (event["at"][:10], claim["until"][:10]) == ("2026-10-05", "2027-01-05")


async def test_a_device_that_the_key_was_not_used_at_is_its_suppliers_to_replace(
    tmp_path: Path,
) -> None:
    whole = story("followed")
    steps = [
        each.model_copy(update={"devices": (DeviceType.ESME,)}) if each.name == "recovery" else each
        for each in whole.steps
        if each.name != "cells-after"
    ]
    run = await rehearse(whole.model_copy(update={"steps": tuple(steps)}), tmp_path)
    assert accounts(run, "costs") == [{"a": 1, "b_i": 2, "b_ii": 0}]
    claims = [brief(each) for each in accounts(run, "claim")]
    assert claims == [("any Party", "SEC L10.17(a)", 1), ("supplier", "SEC L10.17(b)", 2)]
    assert "supplier may claim where the key was not used [SEC L10.17(b)]; devices: 2" in told(
        run, "Recovery Costs"
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("followed", "deemed; the party may refer it to the Panel"),
        ("claims-in-time", "deemed, before the Panel"),
    ],
)
async def test_the_supplier_whose_key_fell_is_deemed_in_breach(
    name: str, status: str, tmp_path: Path
) -> None:
    run = await rehearse(story(name), tmp_path)
    assert accounts(run, "breach") == [
        {"party": "supplier", "provision": "SEC L11.9", "status": status}
    ]


async def test_after_the_root_fell_the_dcc_alone_is_deemed_in_breach(tmp_path: Path) -> None:
    run = await rehearse(ROOT_STORY, tmp_path)
    (breach,) = accounts(run, "breach")
    policy = "Organisation Certificate Policy, Part 6.2.1"
    assert (breach["party"], breach["provision"]) == ("dcc", policy)
    assert "supplier is not deemed in breach: the Compromise is due to that of an OCA" in told(
        run, "Breach"
    )


@pytest.mark.parametrize("name", ["followed", "row-5-not-required-and-no-event-expected"])
async def test_the_record_says_that_a_drill_itself_is_no_event(name: str, tmp_path: Path) -> None:
    run = await rehearse(story(name), tmp_path)
    assert "a drill is no Recovery Event" in told(run, "Recovery Costs")
    assert "[SEC L10.6]" in told(run, "Recovery Costs")


async def test_without_an_event_there_are_neither_costs_nor_claims_nor_breach(
    tmp_path: Path,
) -> None:
    run = await rehearse(story("row-5-not-required-and-no-event-expected"), tmp_path)
    assert [accounts(run, kind) for kind in ("costs", "claim", "breach")] == [[], [], []]


async def test_a_drill_without_a_compromise_speaks_of_no_costs(tmp_path: Path) -> None:
    run = await rehearse(HANDOVER_STORY, tmp_path)
    assert told(run, "Recovery Costs") == ""


async def test_readings_that_costs_and_breach_rest_on_are_printed(tmp_path: Path) -> None:
    run = await rehearse(story("followed"), tmp_path)
    printed = told(run, "Assumption")
    assert "costs are counted by device" in printed
    assert "the Responsible Supplier of a GSME or GPF is" in printed


@pytest.mark.parametrize(
    ("name", "costs"),
    [
        ("event-b-with-evidence", {"a": 0, "b_i": 2, "b_ii": 0}),
        ("event-b-replaced-afterwards", {"a": 0, "b_i": 0, "b_ii": 2}),
    ],
)
async def test_without_a_key_devices_or_their_data_have_to_be_replaced(
    name: str, costs: dict[str, int], tmp_path: Path
) -> None:
    """The ESME was replaced by ordinary commands before the Event: GPF and GSME are relevant."""
    run = await rehearse(story(name), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert accounts(run, "costs") == [costs]


async def test_the_dcc_is_deemed_in_breach_for_its_own_key_behind_a_cell(tmp_path: Path) -> None:
    run = await rehearse(story("cos-key-falls"), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    (breach,) = accounts(run, "breach")
    assert (breach["party"], breach["provision"]) == ("dcc", "SEC L11.9")
    assert "[SEC L10.25(a)]" in told(run, "Breach")


async def test_a_breach_that_was_not_referred_in_three_months_is_final(tmp_path: Path) -> None:
    run = await rehearse(story("i12-claim-after-four-months"), tmp_path)
    assert [each["status"] for each in accounts(run, "breach")] == ["final and binding"]
    assert "final and binding [SEC L10.28]" in told(run, "Breach")


async def test_keys_of_four_kinds_are_relevant_and_four_false_alarms_cost_nothing(
    tmp_path: Path,
) -> None:
    run = await rehearse(story("kinds-of-key"), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    clauses = run.rows("SELECT clause FROM governance WHERE event = 'Compromise declared'")
    kinds = [clause.removeprefix("SEC L10.1(a), ") for (clause,) in clauses]
    assert kinds == [f"L10.30(c)({kind})" for kind in ("i", "iii", "v", "vi")]
    assert accounts(run, "costs") == []


async def test_a_key_that_was_used_without_success_is_a_cost_and_so_is_the_device(
    tmp_path: Path,
) -> None:
    """Recovery puts the fallen certificates once more: the command succeeds and does not serve."""
    whole = story("followed")
    steps = [
        each.model_copy(update={"install": 1}) if each.name == "recovery" else each
        for each in whole.steps
        if each.name != "cells-after"
    ]
    run = await rehearse(whole.model_copy(update={"steps": tuple(steps)}), tmp_path)
    assert run.steps()["recovery"] == "passed", run.reasons()
    assert accounts(run, "costs") == [{"a": 3, "b_i": 3, "b_ii": 0}]
