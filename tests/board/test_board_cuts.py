"""A Root replacement on the board, cut everywhere: afterwards it holds all of it or nothing."""

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep.board_case import OPERATION, BoardCase, BoardCutResult
from firmware_sim.bench.experiments.sweep.board_cuts import cut_in_unicorn
from firmware_sim.bench.experiments.sweep.board_kills import cut_in_qemu
from firmware_sim.bench.experiments.sweep.case import Room
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
    assert (result.cuts, result.before) == (3, 3)


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
