"""The power fails in the middle of a command, at one operation of the flash after the other."""

import pytest

from firmware_sim.bench.dut.meter import Meter
from firmware_sim.bench.dut.power_cuts import CutFlavour
from firmware_sim.devices.links.board import Board
from firmware_sim.gbcs.replacement import ReplacementMode

STACK_BUDGET = 6 * 1024


@pytest.mark.parametrize("flavour", CutFlavour)
@pytest.mark.parametrize("operation", [0, 1, 7, 40, 100])
def test_a_root_replacement_that_is_cut_leaves_the_old_root(
    meter: Meter, operation: int, flavour: CutFlavour
) -> None:
    before = meter.cells()
    order = meter.replacing(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    # A cut that never comes is an error, which says how many operations the command makes.
    with meter.power_cut(operation, flavour):
        meter.send(order)
    assert meter.cells() == before


def test_after_a_cut_the_next_command_is_obeyed(meter: Meter) -> None:
    before = meter.cells()
    with meter.power_cut(20):
        meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    assert meter.refusal is None
    assert meter.cells()["root.CS"] != before["root.CS"]


@pytest.mark.board
def test_the_stack_stays_within_its_budget(meter: Meter, board: Board) -> None:
    meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    assert 0 < board.statistics().stack_octets < STACK_BUDGET
