"""A recovery in waves with everything that goes wrong in a fleet, as the procedure has it.

The supplier's key falls; of its 12 devices 2 are out of reach, 3 lose their power in the commit and
2 are sent a bad certificate. The numbers follow from these alone.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source
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
    assert "It ended with the verdicts that its story declares." in capsys.readouterr().out
    assert command(["evidence", "verify", str(folder), "--replay", "3", "--json"]) == 0
    told = json.loads((folder / "record.json").read_text())
    assert told["exposure"]["lost"] == told["device_outcomes"]["unreachable"] == 2
    page = (folder / "report.html").read_text()
    assert "It ended with the verdicts that its story declares." in page
    assert "Devices were sent their commands in 3 waves" in page
    assert "2 Relevant Devices not recovered" in page
