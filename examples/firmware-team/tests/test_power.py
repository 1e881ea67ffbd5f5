"""What only a board can show: its firmware loses power in the middle of a command."""

import pytest

from firmware_sim.bench.dut.meter import Meter
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import BoardResetError
from firmware_sim.gbcs.replacement import ReplacementMode

STACK_BUDGET = 6 * 1024


@pytest.mark.board
@pytest.mark.parametrize("operation", [0, 1, 7, 40, 100])
def test_a_root_replacement_that_is_cut_leaves_the_old_root(
    meter: Meter, board: Board, operation: int
) -> None:
    before = meter.cells()
    order = meter.replacing(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    board.cut(operation)
    with pytest.raises(BoardResetError):
        meter.send(order)
    assert meter.cells() == before


@pytest.mark.board
def test_after_a_cut_the_next_command_is_obeyed(meter: Meter, board: Board) -> None:
    before = meter.cells()
    board.cut(20)
    with pytest.raises(BoardResetError):
        meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    meter.power_cycle()
    meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    assert meter.refusal is None
    assert meter.cells()["root.CS"] != before["root.CS"]


@pytest.mark.board
def test_the_stack_stays_within_its_budget(meter: Meter, board: Board) -> None:
    meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    assert 0 < board.statistics().stack_octets < STACK_BUDGET
