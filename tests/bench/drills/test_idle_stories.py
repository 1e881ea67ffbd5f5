"""A story that addresses no device shows nothing of any, and is not green."""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.compromise_steps import ReportStep
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.drills.verdict_terms import VerdictTerms
from firmware_sim.bench.outcome import ExitCode, Outcome, ProcedureVerdict
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.drills.rehearsal import ROOT_STORY, rehearse, until

REPORT = ReportStep(do="report", name="report", title="The DCC reports to the SMKI PMA")
PROCEDURE_NOT_FOLLOWED = 6


def story_of(*steps: ReportStep | ReadBackStep) -> Story:
    return until(ROOT_STORY, "cells-before").model_copy(update={"steps": steps})


async def test_a_story_that_sends_no_message_is_nothing_ran(tmp_path: Path) -> None:
    rehearsal = await rehearse(story_of(REPORT), tmp_path)
    assert rehearsal.steps() == {"report": "passed"}
    assert rehearsal.outcome is Outcome.NOTHING_RAN


def test_a_story_of_a_report_alone_ends_with_exit_code_6_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = tmp_path / "report-alone.yaml"
    story.write_text(
        "name: report-alone\ntitle: A report\nsummary: Of nothing\n"
        "start: 2026-03-02T09:00:00Z\n"
        "steps:\n  - {name: report, title: The DCC reports, do: report}\n"
    )
    assert (
        run(["drill", "run", str(story), "--out", str(tmp_path / "run")]) == PROCEDURE_NOT_FOLLOWED
    )
    out = capsys.readouterr().out
    assert "Every device did what it must" not in out
    assert "Procedure not followed" in out


async def test_a_story_for_devices_without_the_cell_says_which_were_left_out(
    tmp_path: Path,
) -> None:
    """A Communications Hub Function has no supplier."""
    ask = ReadBackStep.model_validate(
        {"do": "read back", "name": "ask", "title": "Ask", "by": "supplier"}
    )
    story = story_of(ask).model_copy(update={"devices": (DeviceType.CHF,)})
    rehearsal = await rehearse(story, tmp_path)
    assert rehearsal.outcome is Outcome.NOTHING_RAN
    assert "1 left out (CHF)" in rehearsal.reasons()


async def test_a_procedure_that_asks_no_device_is_green_only_if_its_story_says_so(
    tmp_path: Path,
) -> None:
    story = load_story("non-device-keys")
    assert (await rehearse(story, tmp_path / "declared")).whole.exit_code == 0
    silent = story.model_copy(update={"verdicts": VerdictTerms()})
    undeclared = await rehearse(silent, tmp_path / "undeclared")
    assert undeclared.verdicts is not None
    assert undeclared.verdicts.procedure is ProcedureVerdict.FOLLOWED
    assert undeclared.whole.exit_code == ExitCode.NOTHING_RAN
