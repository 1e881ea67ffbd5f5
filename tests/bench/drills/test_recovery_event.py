"""The Relevant Devices of a drill: who they are, why, and that they stay so (SEC L10.30(a))."""

import csv
import json
from pathlib import Path
from typing import Any

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, rehearse, until

FOLLOWED = str(Path(__file__).with_name("stories") / "followed.yaml")


def account(run: Rehearsal, kind: str) -> Any:
    (content,) = run.rows(f"SELECT content FROM account WHERE kind = '{kind}'")
    return json.loads(content[0])


def told(run: Rehearsal) -> list[str]:
    query = "SELECT detail FROM governance WHERE event = 'Relevant Devices' ORDER BY id"
    return [text for (text,) in run.rows(query)]


def attacked() -> Story:
    """Before anyone decides, the attacker replaces the supplier's keys in the ESMEs."""
    story = until(SUPPLIER_STORY, "decision")
    names = [each.name for each in story.steps]
    works = story.steps[names.index("old-supplier-works")]
    assert isinstance(works, UpdateStep)
    changed = {"name": "attack", "stolen": True, "install": 2, "devices": (DeviceType.ESME,)}
    at = names.index("supplier-falls") + 1
    steps = (*story.steps[:at], works.model_copy(update=changed), *story.steps[at:])
    return story.model_copy(update={"steps": steps})


async def test_every_relevant_device_is_told_with_its_reason(tmp_path: Path) -> None:
    """Two homes: GPF, ESME and GSME of each have a supplier's cells, the CHF none."""
    run = await rehearse(until(SUPPLIER_STORY, "decision"), tmp_path, premises=2)
    assert account(run, "relevant devices") == {
        "total": 6,
        "populated": 6,
        "believed": 0,
        "by_type": {"GPF": 2, "ESME": 2, "GSME": 2},
    }
    lines = [text for text in told(run) if "Responsible Supplier" in text]
    assert len(lines) == 6
    assert all("(commissioned, Responsible Supplier supplier): populated" in each for each in lines)


async def test_what_an_attacker_replaced_is_still_believed_to_be_there(tmp_path: Path) -> None:
    run = await rehearse(attacked(), tmp_path, premises=2)
    assert run.steps()["attack"] == "passed", run.reasons()
    found = account(run, "relevant devices")
    assert (found["total"], found["populated"], found["believed"]) == (6, 4, 2)
    lines = [text for text in told(run) if text.startswith("ESME ")]
    assert len(lines) == 2
    assert all("believed to be populated with data of" in each for each in lines)


async def test_a_second_decision_does_not_take_the_relevant_devices_anew(tmp_path: Path) -> None:
    """After Recovery no device holds the old key, and the Event is still about the same ones."""
    story = load_story(FOLLOWED)
    by_name = {each.name: each for each in story.steps}
    again = [
        by_name[name].model_copy(update={"name": f"{name}-again"})
        for name in ("meeting", "decision")
    ]
    steps = (*story.steps[:-1], *again, story.steps[-1])
    run = await rehearse(story.model_copy(update={"steps": steps}), tmp_path)
    assert run.steps()["decision-again"] == "passed", run.reasons()
    assert not [text for text in run.departures() if text.startswith("I6")]


async def test_the_file_of_relevant_devices_has_all_of_them(tmp_path: Path) -> None:
    """Twenty homes are more than the record tells one by one."""
    await rehearse(until(SUPPLIER_STORY, "decision"), tmp_path, premises=1)
    text = (tmp_path / "notices" / "relevant-devices.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()[1:]))
    assert [(row["type"], row["smi status"], row["reason"]) for row in rows] == [
        ("GPF", "commissioned", "populated"),
        ("ESME", "commissioned", "populated"),
        ("GSME", "commissioned", "populated"),
    ]
    assert {row["cells"] for row in rows} == {"supplier.DS"}
