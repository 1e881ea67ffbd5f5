"""A recovery in waves with everything that goes wrong in a fleet, as the procedure has it.

The supplier's key falls; of its 12 devices 2 are out of reach, 3 lose their power in the commit and
2 are sent a bad certificate. The numbers follow from these alone.
"""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict
from tests.bench.drills.rehearsal import SUPPLIER_STORY, rehearse
from tests.bench.drills.test_outcomes_of_devices import outcomes_of

LEFT_OUT = ("replay-old-supplier", "new-supplier-works", "attacker-refused", "replay-new-supplier")
MEND = {"name": "mend", "title": "Only the cells that failed", "do": "update again",
        "of": "recovery"}  # fmt: skip


def fleet_text(*, mended: bool) -> str:
    """The built-in story, its recovery in waves, over links and with faults."""
    text = yaml.safe_load(story_source(SUPPLIER_STORY).text)
    text |= {
        "links": {"unreachable": {"count": 2}, "loss": "2%", "duplicate": "1%",
                  "late": {"share": "1%", "minutes": 90}},
        "faults": [{"power cut": "commit", "count": 3, "step": "recovery"},
                   {"bad certificate": "supplier.KA", "count": 2, "step": "recovery"}],
        "verdicts": {"procedure": "followed", "devices": "outstanding"},
        "start": text["start"].isoformat(),
    }  # fmt: skip
    steps = [step for step in text["steps"] if step["name"] not in LEFT_OUT]
    (at,) = (number for number, step in enumerate(steps) if step["name"] == "recovery")
    steps[at] |= {
        "waves": [{"share": "10%", "name": "canary"}, {"share": "20%"}, {"share": "rest"}],
        "stop": {"failed": "60%", "of": "wave"},
        "retry": {"attempts": 4, "back off": "30m"},
    }
    if mended:
        steps.insert(at + 1, MEND)
    return yaml.safe_dump(text | {"steps": steps}, sort_keys=False)


def fleet(*, mended: bool) -> Story:
    return read_story(fleet_text(mended=mended), "fleet.yaml")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("mended", "outcomes"),
    [
        (False, {"recovered": 8, "unreachable": 2, "failed": 2}),
        (True, {"recovered": 10, "unreachable": 2}),
    ],
)
async def test_a_fleet_comes_to_the_numbers_that_its_story_gives(
    mended: bool, outcomes: dict[str, int], seed: int, tmp_path: Path
) -> None:
    run = await rehearse(fleet(mended=mended), tmp_path / "run", premises=4, seed=seed)
    assert run.verdicts is not None
    assert run.verdicts.procedure is ProcedureVerdict.FOLLOWED, run.departures()
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    assert run.whole is Outcome.PASSED
    assert outcomes_of(run) == outcomes
    told = run.rows("SELECT content FROM account WHERE kind IN ('costs', 'claim')")
    costs = Counter[str]()
    for (content,) in told:
        costs[json.loads(content).get("provision", "costs")] += json.loads(content).get(
            "devices", 0
        )
    # Under (a) each device that was sent a command; under (b) each that is not recovered.
    assert costs["SEC L10.17(b)"] == 12 - outcomes["recovered"]


@pytest.mark.slow
def test_the_record_of_a_fleet_is_verified_and_played_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = tmp_path / "fleet.yaml", tmp_path / "run"
    story.write_text(fleet_text(mended=True))
    words = ["drill", "run", str(story), "--premises", "4", "--out", str(folder)]
    assert command(words) == 0
    assert (
        "It ended as the story expects: both verdicts are the declared ones."
        in capsys.readouterr().out
    )
    assert command(["evidence", "verify", str(folder), "--replay", "3", "--json"]) == 0
    told = json.loads((folder / "record.json").read_text())
    assert told["exposure"]["lost"] == told["device_outcomes"]["unreachable"] == 2
    page = (folder / "report.html").read_text()
    assert "It ended as the story expects: both verdicts are the declared ones." in page
    assert "Devices were sent their commands in 3 waves" in page
    assert "2 Relevant Devices not recovered" in page


async def test_a_decision_that_expires_between_waves_leaves_the_later_ones_not_asked(
    tmp_path: Path,
) -> None:
    """Devices out of reach keep the second wave busy past the end of the decision."""
    story = yaml.safe_load(fleet_text(mended=False))
    story["links"], story["faults"] = {"unreachable": {"count": 9}}, []
    for step in story["steps"]:
        if step["name"] == "decision":
            step["hours"] = 4
        if step["name"] == "recovery":
            step["waves"] = [{"share": "25%"}, {"share": "25%"}, {"share": "rest"}]
            step["retry"] = {"attempts": 4, "back off": "30m"}
    played = read_story(yaml.safe_dump(story, sort_keys=False), "fleet.yaml")
    run = await rehearse(played, tmp_path / "run", premises=4)
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    waves = [json.loads(each) for (each,) in
             run.rows("SELECT content FROM account WHERE kind = 'wave'")]  # fmt: skip
    assert sum(each["devices"] for each in waves) == 12
    assert waves[-1]["finished"] is None
    assert waves[-1]["not_asked"] == waves[-1]["devices"]
    left_out = run.rows("SELECT count(*) FROM verdict WHERE name = 'asked'")
    assert left_out == [(waves[-1]["devices"],)]
    assert outcomes_of(run)["recovered"] < 3
    assert outcomes_of(run)["not asked"] > 0
    (reason,) = {why for (why,) in run.rows("SELECT reason FROM verdict WHERE name = 'asked'")}
    assert "decision" in reason


async def test_every_use_of_custody_stands_at_the_time_of_its_commands(tmp_path: Path) -> None:
    """Two devices out of reach are sent four commands each; every wave has its own time."""
    story = yaml.safe_load(fleet_text(mended=False))
    story["links"], story["faults"] = {"unreachable": {"count": 2}}, []
    played = read_story(yaml.safe_dump(story, sort_keys=False), "fleet.yaml")
    run = await rehearse(played, tmp_path / "run", premises=4)
    record = read_record(run.folder)
    (recovery,) = (each for each in record.steps if each.name == "recovery")
    event = GovernanceEvent.CUSTODY.value
    rows = run.rows(f"SELECT at, detail FROM governance WHERE event = '{event}' ORDER BY id")
    rows = [row for row in rows if row[0] <= str(recovery.finished)]
    used = Counter[str]()
    for at, detail in rows:
        number = re.search(r"\((\d+) times\)", detail)
        used[at] += 1 if number is None else int(number[1])
    sent = Counter(
        each.at
        for each in record.messages
        if each.step == recovery.id
        and each.direction == "to device"
        and "ByRecovery" in each.use_case
    )
    assert used == sent
    assert len(used) > 3
    assert sum(used.values()) == 10 + 2 * 4
    times = [at for (at,) in run.rows("SELECT at FROM governance ORDER BY id")]
    assert times == sorted(times)
