"""A step stands in the timeline where it was meant to, whatever the links made of it."""

from pathlib import Path

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.evidence.meant import Meant, meant
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import rehearse
from tests.bench.drills.test_uses import BEFORE, FALLEN, NEW, PRINTED, RENEWED, use


def lanes(record: RunRecord) -> dict[str, Meant]:
    return dict(zip((step.name for step in record.steps), meant(record), strict=True))


def refusing(record: RunRecord) -> set[str]:
    found = {refusal.step for refusal in record.refusals}
    return {step.name for step in record.steps if step.id in found}


async def test_a_step_of_which_devices_refused_a_copy_is_to_be_answered(tmp_path: Path) -> None:
    """Each link brings every tenth message twice: what went well is not shown as refused."""
    refused = use(
        "spent", "top up", token="before", expect={"refused": ["duplicate top up"]}, **NEW
    )
    credited = use("credited", "top up", token="before")
    replay = {
        "name": "replay", "title": "Again", "do": "replay", "kept": "old",
        "expect": {"refused": ["replayed", "bad signature"]},
    }  # fmt: skip
    renewed = {**RENEWED, "keep": "old"}
    story = Story.model_validate(
        {
            "name": "copies",
            "start": "2026-05-11T08:00:00Z",
            "population": {"premises": 4},
            "links": {"duplicate": "10%"},
            "steps": [*BEFORE, credited, *FALLEN, PRINTED, renewed, replay, refused],
        }
    )
    run = await rehearse(story, tmp_path / "run", premises=4)
    assert run.whole is not Outcome.FAILED, run.reasons()
    record = read_record(run.folder)
    found = lanes(record)
    well = {"read", "renewed"} & refusing(record)
    assert well
    assert {found[name] for name in well} == {Meant.ANSWER}
    assert {name for name in found if found[name] is Meant.REFUSE} == {"replay", "spent"}
    assert found["sold"] is found["supplier-ds-falls"] is Meant.PEOPLE
