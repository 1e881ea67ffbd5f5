"""docs/write-a-story.md is executed: its commands, what it shows of their output, its questions."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.authoring.plans import StoryPlan, offered_devices
from firmware_sim.bench.drills.authoring.setting import setting_of
from firmware_sim.bench.drills.authoring.writing import story_text
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import rehearse
from tests.ground.tree import ROOT

PAGE = (ROOT / "docs" / "write-a-story.md").read_text("utf-8")


def commands() -> Iterator[tuple[str, str]]:
    """Every command, and what the page shows beneath it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def shown(name: str) -> str:
    found = re.search(rf"<!-- output: {name} -->\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def fewer_homes(story: Path) -> None:
    """So that the test is soon over: of six devices one is out of reach."""
    text = story.read_text("utf-8")
    story.write_text(text.replace("premises: 25\n", "premises: 3\n"), "utf-8")


def test_the_page_is_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    codes = []
    for command, beneath in commands():
        words = shlex.split(command)
        if words[0] == "sed":
            subprocess.run(words, check=True)
            continue
        assert words[0] == "firmware-sim"
        if words[2] == "run":
            fewer_homes(Path(words[3]))
        codes.append((words[2], run(words[1:])))
        out = trimmed(capsys.readouterr().out)
        if beneath:
            assert out == beneath
        elif words[2] == "show":
            assert shown("show") in out
        elif words[2] == "check":
            assert shown("check") == out
    assert codes == [
        ("new", 0), ("show", 0), ("check", 4), ("check", 0), ("run", 0), ("run", 6),
    ]  # fmt: skip
    assert (tmp_path / "operator" / "report.html").is_file()


def question(edits: dict[str, str]) -> Story:
    key = FallenName.NETWORK_OPERATOR_DS
    start = load_story("gpf-handover").start
    plan = StoryPlan(key, "3", offered_devices(key))
    text = story_text(
        plan, "own", file="own.yaml", setting=setting_of(plan, 2, None, "1"), start=start
    )
    for old, new in edits.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return read_story(text, "own.yaml")


REPORT = "  - name: report\n    title: The DCC reports to the SMKI PMA\n    do: report\n"
RULE = "  - {clause: 'SEC L10.3', text: the DCC reports to the SMKI PMA what was done}\n"
SEATS = "[chair, supplier-1, network-1, security-sub-committee, smki-specialist]"


@pytest.mark.parametrize(
    ("edits", "outcome"),
    [
        ({"minutes: 60 # until": "minutes: 600 # until"}, Outcome.PASSED),
        ({"certainty: actual # or suspected": "certainty: suspected"}, Outcome.PASSED),
        ({SEATS: "[chair, supplier-1, network-1]"}, Outcome.PROCEDURE_NOT_FOLLOWED),
        ({REPORT: "", RULE: ""}, Outcome.PROCEDURE_NOT_FOLLOWED),
    ],
    ids=["late", "suspected", "three members", "no report"],
)
async def test_the_other_questions_are_answered_as_the_page_says(
    edits: dict[str, str], outcome: Outcome, tmp_path: Path
) -> None:
    run = await rehearse(question(edits), tmp_path, premises=2)
    assert run.whole is outcome, run.reasons()
