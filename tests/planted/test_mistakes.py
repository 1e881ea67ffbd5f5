"""Twelve mistakes of a firmware team, and five more: ``board test`` names each of them.

Each patch changes the firmware. Its lines ``Red:`` say which checks of the board must fail and,
after a bar, which words must be in the reason; its lines ``Green:`` name some that must not.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import builtin_stories
from firmware_sim.bench.experiments.board_check.check import (
    OTHER_TYPES,
    BoardCheckScope,
    check_board,
)
from firmware_sim.bench.experiments.board_check.one_check import BoardCheck
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.power import default_emulator
from tests.board.emulated import elf, mps2
from tests.planted.planting import Planted, apply, environment_of_a_tree, planted_bugs

pytestmark = [
    pytest.mark.planted,
    pytest.mark.usefixtures("emulated_board_tools"),
]

MISTAKES = planted_bugs(Path(__file__).with_name("mistakes"))
_DRILL = "drill "


def test_the_firmware_as_it_is_has_every_protection() -> None:
    checks = checked(elf(), (), OTHER_TYPES)
    assert {name: check.text for name, check in checks.items() if check.verdict != "passed"} == {}
    assert len(checks) == 4 + len(PROTECTIONS) + len(OTHER_TYPES)


def test_each_protection_is_missed_where_a_mistake_takes_it_away() -> None:
    missed = {red.partition(" | ")[0] for mistake in MISTAKES for red in mistake.red}
    assert {f"protection {each.name}" for each in PROTECTIONS} <= missed


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_check_of_a_board_names_the_mistake(
    mistake: Planted, tree: Path, tmp_path: Path
) -> None:
    expected = dict(red.split(" | ") for red in mistake.red)
    named = {*expected, *mistake.green}
    file = built_with(mistake, tree, tmp_path / "mistake.elf")
    checks = checked(file, stories_in(expected), types_in(named))
    for name, words in expected.items():
        assert checks[name].verdict is Verdict.FAILED, f"unnoticed: {mistake.why}"
        assert words in checks[name].text
    for name in mistake.green:
        assert checks[name].verdict is Verdict.PASSED, checks[name].text
    assert Verdict.ERROR not in {check.verdict for check in checks.values()}


def stories_in(names: Iterable[str]) -> tuple[str, ...]:
    """Only the drills that a patch names: each takes seconds."""
    return tuple(story.name for story in builtin_stories() if _DRILL + story.name in names)


def types_in(names: Iterable[str]) -> tuple[DeviceType, ...]:
    """Only the device types that a patch names, for the same reason."""
    return tuple(kind for kind in OTHER_TYPES if f"protections as {kind.name}" in names)


def built_with(mistake: Planted, tree: Path, file: Path) -> Path:
    apply(mistake, tree)
    command = [sys.executable, "-m", "firmware_sim", "board", "build", mps2().name]
    done = subprocess.run(
        [*command, "--out", file],
        cwd=tree,
        env=environment_of_a_tree(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{mistake.path.name} does not compile:\n{done.stderr}"
    return file


def checked(
    file: Path, stories: tuple[str, ...], also: tuple[DeviceType, ...]
) -> dict[str, BoardCheck]:
    target = f"board:{mps2().name}?emulator={default_emulator(mps2())}&elf={file}"
    scope = BoardCheckScope(target, mps2(), Firmware.read(file), stories, also)
    return {check.name: check for check in check_board(scope, Silent())}
