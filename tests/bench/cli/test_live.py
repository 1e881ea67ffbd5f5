"""What is shown of a run while it goes: which step, how fast, and how long it will take."""

from pathlib import Path

import pytest
from rich.progress import Progress as Bars

from firmware_sim.bench.cli.live import LeftColumn, RateColumn
from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.progress import StepProgress


class Shown:
    def __init__(self) -> None:
        self.told: list[object] = []

    def start(self, total: int, title: str) -> None:
        self.told.append((total, title))

    def advance(self, step: int = 1, text: str = "") -> None:
        self.told.append((step, text))


def test_every_stage_of_a_step_says_which_step_it_is() -> None:
    shown = Shown()
    progress = StepProgress(shown, 17)
    progress.start(9, "Making the homes")
    progress.begin(3)
    progress.start(4, "Devices are asked")
    progress.advance()
    assert shown.told == [
        (9, "Making the homes"),
        (4, "Devices are asked (step 3 of 17)"),
        (1, ""),
    ]


def test_rate_and_time_left_of_a_stage_follow_from_what_was_done() -> None:
    clock = [0.0]
    bars = Bars(get_time=lambda: clock[0])
    task = bars.add_task("asked", total=100)
    for now in (1.0, 2.0, 3.0):
        clock[0] = now
        bars.advance(task, 20)
    [shown] = bars.tasks
    assert RateColumn().render(shown).plain == "20/s"
    assert LeftColumn().render(shown).plain == "0:00:02 left"


def test_of_a_stage_with_one_unit_neither_is_said() -> None:
    bars = Bars()
    bars.add_task("people meet", total=1)
    [shown] = bars.tasks
    assert RateColumn().render(shown).plain == LeftColumn().render(shown).plain == ""


def test_a_drill_says_which_step_it_plays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "run", "gpf-handover", "--out", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().err
    steps = len(load_story("gpf-handover").steps)
    assert f"- The supplier may not read the cells yet (step 2 of {steps})\n" in told
