"""A Root replacement on the board, cut everywhere: afterwards it holds all of it or nothing."""

import re
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.board_check.check import BoardCheckScope, check_board
from firmware_sim.bench.experiments.sweep.board_case import (
    NEVER_DONE,
    NOTHING_CUT,
    OPERATION,
    BoardCase,
    BoardCutResult,
)
from firmware_sim.bench.experiments.sweep.board_cuts import cut_in_unicorn
from firmware_sim.bench.experiments.sweep.board_kills import cut_in_qemu
from firmware_sim.bench.experiments.sweep.case import Room
from firmware_sim.bench.experiments.sweep.witnessed import UNCUT
from firmware_sim.bench.outcome import ExitCode, Verdict
from firmware_sim.bench.progress import Silent
from firmware_sim.hw.build.catalogue import BoardDescription, board_named
from firmware_sim.hw.build.firmware import build
from firmware_sim.hw.build.new_board import new_board
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, RecordKind
from tests.board.emulated import elf, firmware, mps2

pytestmark = pytest.mark.usefixtures("emulated_board_tools")


def test_no_cut_under_unicorn_leaves_a_mixture() -> None:
    result = cut_in_unicorn(mps2(), firmware(), masks=())
    assert result.faults == []
    assert result.steps > 100
    assert result.cuts == result.steps + 1
    assert (result.before, result.after) == (result.steps, 1)


def test_no_cut_of_a_compaction_leaves_a_mixture() -> None:
    result = cut_in_unicorn(mps2(), firmware(), room=Room.FULL, masks=(), every=16)
    assert result.faults == []
    assert result.steps > 800
    assert result.before > result.after > 0


def test_no_kill_of_qemu_leaves_a_mixture() -> None:
    result = cut_in_qemu(mps2(), elf(), sample=3)
    assert result.faults == []
    assert (result.cuts, result.before, result.after) == (4, 3, 1)


@pytest.fixture(scope="module")
def without_cuts(tmp_path_factory: pytest.TempPathFactory) -> BoardDescription:
    """A board whose driver never calls the functions of link/cut.h."""
    folder = new_board("no-cuts", tmp_path_factory.mktemp("boards"))
    file = folder / "board.c"
    text = re.sub(r"cut_before_program\(offset, word\)", "word", file.read_text())
    file.write_text(re.sub(r"    cut_(before_erase|after_operation)\(.*\);\n", "", text))
    assert not re.search(r"cut_\w+\(", file.read_text())
    return board_named(str(folder))


def test_a_driver_without_cuts_is_told_though_the_emulator_cuts_it(
    without_cuts: BoardDescription,
) -> None:
    made = Firmware.read(build(without_cuts))
    result = cut_in_unicorn(without_cuts, made, masks=(), every=10_000)
    assert [fault.cut for fault in result.faults] == ["1:CUT before", "1:CUT after"]
    assert {fault.text for fault in result.faults} == {NOTHING_CUT}
    with pytest.raises(BenchError, match="no flash operation of the command was seen"):
        cut_in_qemu(without_cuts, made.path, sample=1)


def test_a_driver_without_cuts_fails_the_check_of_a_board(without_cuts: BoardDescription) -> None:
    target = f"board:{without_cuts.folder}?emulator=unicorn"
    scope = BoardCheckScope(target, stories=(), also=())
    found = {each.name: each for each in islice(check_board(scope, Silent()), 4)}
    assert found["power cut"].verdict is Verdict.FAILED
    assert "CUT is announced, but nothing was cut: an update" in found["power cut"].text
    assert "an erasure" in found["power cut"].text


@pytest.fixture(scope="module")
def without_after(tmp_path_factory: pytest.TempPathFactory) -> BoardDescription:
    """A board whose driver begins each operation rightly, and does not say that it is over."""
    folder = new_board("no-after", tmp_path_factory.mktemp("boards"))
    file = folder / "board.c"
    text = file.read_text()
    assert text.count("    cut_after_operation();\n") == 2
    file.write_text(text.replace("    cut_after_operation();\n", ""))
    return board_named(str(folder))


def test_cuts_of_both_emulators_see_that_the_end_of_a_program_is_not_told(
    without_after: BoardDescription,
) -> None:
    made = Firmware.read(build(without_after))
    for result in (
        cut_in_unicorn(without_after, made, masks=(), every=10_000),
        cut_in_qemu(without_after, made.path, sample=1),
    ):
        assert [tuple(fault) for fault in result.faults] == [("1:CUT after", NOTHING_CUT)]


def test_the_check_of_a_link_sees_that_the_end_of_an_erasure_is_not_told(
    without_after: BoardDescription,
) -> None:
    result = CliRunner().invoke(app, ["check-link", "--target", f"board:{without_after.folder}"])
    assert result.exit_code == ExitCode.DEVICE_FAILED, result.output
    assert "nothing was cut: ERASE with a cut after its operation 1" in result.output


def test_the_check_of_a_board_sees_both(without_after: BoardDescription) -> None:
    scope = BoardCheckScope(f"board:{without_after.folder}", stories=(), also=())
    found = {each.name: each for each in islice(check_board(scope, Silent()), 4)}
    assert found["power cut"].verdict is Verdict.FAILED
    for words in ("an update with a cut after", "an erasure with a cut after"):
        assert words in found["power cut"].text
    assert "cut before" not in found["power cut"].text


def test_cuts_that_never_show_the_command_done_are_a_failure() -> None:
    result = BoardCutResult(OPERATION, "none", steps=1, cuts=3, before=3)
    result.check_done()
    assert [(fault.cut, fault.text) for fault in result.faults] == [("all", NEVER_DONE)]


def test_a_driver_that_erases_to_another_value_than_board_toml_says_is_told(tmp_path: Path) -> None:
    folder = new_board("erased", tmp_path)
    file = folder / "board.toml"
    file.write_text(file.read_text().replace("erased_value = 0xFF", "erased_value = 0x00"))
    board = board_named(str(folder))
    result = cut_in_unicorn(board, Firmware.read(build(board)), masks=(), every=10_000)
    (fault,) = result.faults
    assert fault.cut == UNCUT
    assert "should read 00 00 00 00" in fault.text
    assert "[flash] of board.toml" in fault.text


def test_a_full_journal_is_refused_for_a_flash_of_another_shape() -> None:
    board = board_named("stm32f405")
    with pytest.raises(UsageError, match="no full journal for the flash of stm32f405"):
        cut_in_unicorn(board, firmware("stm32f405"), room=Room.FULL)


def test_state_between_before_and_after_is_found_by_the_judge() -> None:
    case = BoardCase(OPERATION)
    assert case.before != case.after
    changed = [key for key in case.after if case.before.get(key) != case.after[key]]
    assert {key.kind for key in changed} >= {RecordKind.ROOT, RecordKind.COUNTERS}
    assert OWN_COUNTERS_KEY in case.after
    result = BoardCutResult(OPERATION, "none")
    case.judge(result, "0:before", b"\xff" * mps2().flash.size)
    assert [fault.cut for fault in result.faults] == ["0:before"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("esme/none", "no operation"), ("esme/boot", "not brought about by a message")],
)
def test_operation_that_cannot_be_cut_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        BoardCase(name)
