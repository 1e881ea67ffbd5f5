"""Ways to have a green drill without the procedure: each row is a story, and ends for its reason.

Two rows are tested where custody and the gate are: test_custody.py and test_decision.py.
"""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict, ExitCode, Outcome, ProcedureVerdict
from tests.bench.drills.rehearsal import Rehearsal, rehearse

STORIES = Path(__file__).with_name("stories")


async def play(name: str, folder: Path) -> Rehearsal:
    return await rehearse(load_story(str(STORIES / f"{name}.yaml")), folder)


NOT_FOLLOWED = {
    "row-1-recovery-outside-the-decision": (
        "I8: outside the decision",
        "cells networkOperator.DS, networkOperator.KA, transitionalCoS.DS",
    ),
    "row-2-second-compromise-on-the-first-decision": (
        "I8: outside the decision",
        "cells networkOperator.DS, networkOperator.KA",
    ),
    "row-3-recovery-without-a-report": (
        "not done was that the DCC reports to the SMKI PMA",
        "[SEC L10.3]",
    ),
    "row-3-report-of-nothing": ("there is nothing that it has done", "[SEC L10.3]"),
    "row-4-decided-and-never-sent": (
        "not done was that a command under a protected key is sent",
        "[SEC L10.1(b)]",
    ),
    "row-5-not-required-without-evidence": (
        "no Recovery Event occurs",
        "nothing can be claimed [SEC L10.16(b)]",
    ),
    "row-6-decision-30-days-after-the-meeting": (
        "the meeting was over at 2026-10-06 07:34",
        "[SEC L1.13]",
    ),
}
"""What the first departure says."""


@pytest.mark.parametrize("row", NOT_FOLLOWED)
async def test_each_row_ends_as_procedure_not_followed_for_its_reason(
    row: str, tmp_path: Path
) -> None:
    drill = await play(row, tmp_path)
    assert drill.whole is Outcome.PROCEDURE_NOT_FOLLOWED, drill.reasons()
    first = drill.departures()[0]
    for words in NOT_FOLLOWED[row]:
        assert words in first
    assert drill.devices in (DevicesVerdict.RIGHT, DevicesVerdict.NOT_ASKED)


FOLLOWED = [
    "followed",
    "row-5-not-required-and-no-event-expected",
    "row-6-decision-while-the-meeting-is-open",
    "event-b-with-evidence",
    "false-alarm",
    "method-1",
    "claims-in-time",
]


@pytest.mark.parametrize("name", FOLLOWED)
async def test_a_story_that_leaves_nothing_out_is_followed(name: str, tmp_path: Path) -> None:
    drill = await play(name, tmp_path)
    assert drill.departures() == []
    assert drill.verdicts is not None
    assert drill.verdicts.procedure is ProcedureVerdict.FOLLOWED
    assert drill.whole is Outcome.PASSED, drill.reasons()


async def test_what_lies_outside_the_decision_is_sent_to_no_device(tmp_path: Path) -> None:
    drill = await play("row-1-recovery-outside-the-decision", tmp_path)
    assert drill.rows("SELECT count(*) FROM message") == [(0,)]
    refused = "SELECT count(*) FROM governance WHERE event = 'Custody refused'"
    assert drill.rows(refused) == [(1,)]


def test_row_7_rules_of_no_event_are_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = STORIES / "row-7-clauses-that-are-not-there.yaml", tmp_path / "run"
    assert run(["drill", "run", str(story), "--out", str(folder)]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "line 5, rules[1].clause: no step of the story does anything of SEC L10.29" in told
    assert "line 6, rules[2].clause: there is no clause 'SEC L99.99'" in told
    assert "Traceback" not in told
    assert not folder.exists()


def test_exit_code_6_says_that_no_device_did_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = STORIES / "row-3-recovery-without-a-report.yaml"
    code = run(["drill", "run", str(story), "--out", str(tmp_path / "run")])
    assert code == ExitCode.PROCEDURE_NOT_FOLLOWED
    told = " ".join(capsys.readouterr().out.split())
    assert "Procedure not followed. No device did wrong" in told
    assert "not done was that the DCC reports to the SMKI PMA [SEC L10.3] (and 1 more)." in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: v\nmandatory: []\n", "mandatory: must not be empty"),
        ("version: v\n", "mandatory: is missing"),
        ("mandatory: [{name: a, question: q}]\n", "version: is missing"),
        ("version: v\nmandatory: [{name: a, question: q, wieght: 1}]\n", "wieght"),
        ("version: v\nmandatory: [{name: a, question: q}, {name: a, question: r}]\n", "twice"),
        ("[", "line"),
    ],
)
def test_a_guidance_that_is_none_is_refused_in_one_line(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = tmp_path / "guidance.yaml", tmp_path / "run"
    file.write_text(text)
    arguments = ["drill", "run", "gpf-handover", "--guidance", str(file), "--out", str(folder)]
    assert run(arguments) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not folder.exists()


def test_another_guidance_asks_for_its_own_factors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "guidance.yaml"
    file.write_text("version: own-1\nmandatory: [{name: nature, question: q}]\n")
    story = tmp_path / "story.yaml"
    text = (STORIES / "followed.yaml").read_text()
    kept = [line for line in text.splitlines() if not line.startswith("      ") or "nature" in line]
    story.write_text("\n".join(kept) + "\n")
    own = ["--guidance", str(file)]
    arguments = ["drill", "run", str(story)]
    assert run([*arguments, "--out", str(tmp_path / "own"), *own]) == ExitCode.PASSED
    code = run([*arguments, "--out", str(tmp_path / "shipped")])
    assert code == ExitCode.PROCEDURE_NOT_FOLLOWED
    assert "every mandatory factor" in " ".join(capsys.readouterr().out.split())


async def test_a_mandatory_factor_without_an_answer_is_a_departure(tmp_path: Path) -> None:
    story = load_story(str(STORIES / "followed.yaml"))
    steps = []
    for step in story.steps:
        factors = dict(getattr(step, "factors", {}))
        factors.pop("effect", None)
        steps.append(step.model_copy(update={"factors": factors}) if factors else step)
    drill = await rehearse(story.model_copy(update={"steps": tuple(steps)}), tmp_path)
    assert drill.whole is Outcome.PROCEDURE_NOT_FOLLOWED
    (departure,) = drill.departures()
    assert departure.endswith("every mandatory factor of the Guidance is answered [SEC L10.10(a)]")


async def test_a_story_can_assume_otherwise_of_evidence_and_votes(tmp_path: Path) -> None:
    lines = (STORIES / "i11-evidence-for-some-devices.yaml").read_text().split("steps:\n")
    story = tmp_path / "story.yaml"
    story.write_text("assumptions: {evidence: any}\nsteps:\n".join(lines))
    drill = await rehearse(load_story(str(story)), tmp_path / "any")
    assert drill.departures() == []
    lines = (STORIES / "followed.yaml").read_text().split("steps:\n")
    text = "assumptions: {voting: unanimous, custodians: 3, needed: 2}\nsteps:\n".join(lines)
    against = "outcome: require-recovery\n    against: [tabasc]\n"
    story.write_text(text)
    drill = await rehearse(load_story(str(story)), tmp_path / "unanimous")
    assert drill.departures() == []
    story.write_text(text.replace("outcome: require-recovery\n", against))
    drill = await rehearse(load_story(str(story)), tmp_path / "one against")
    assert "3 of 4 members are for it [SEC L1.15]" in drill.departures()[0]


def test_a_suspicion_gives_the_attacker_nothing_unless_the_story_says_so(tmp_path: Path) -> None:
    text = (STORIES / "false-alarm.yaml").read_text()
    attack = "  - {name: attack, title: t, do: read back, by: supplier, stolen: true}\n"
    path = tmp_path / "story.yaml"
    path.write_text(
        text.replace("certainty: suspected\n", "certainty: suspected\n    copied: false\n") + attack
    )
    with pytest.raises(UsageError, match="no step before it stole"):
        load_story(str(path))
